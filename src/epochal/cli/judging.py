"""The commands that judge a run's predictions: how good they are, and why they are so."""

from typing import Annotated

import typer

from epochal.cli.arguments import exit_on_input_error
from epochal.cli.loading import load_command
from epochal.cli.options import Data, Debug, Json, Language, Quiet, RunPath, Sheet


def evaluate(
    context: typer.Context,
    run: RunPath,
    data: Data,
    by: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Score the rows of each value too.", show_default="none"
        ),
    ] = None,
    sheet: Sheet = None,
    quiet: Quiet = False,
    as_json: Json = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """Score a trained run on a table, and compare its rows with those of the training."""
    with exit_on_input_error(context, debug):
        load_command("evaluate")(run, data, by=by, sheet=sheet, quiet=quiet, as_json=as_json)


def explain(
    context: typer.Context,
    run: RunPath,
    data: Data,
    row: Annotated[
        int,
        typer.Option(metavar="NUMBER", help="Number of a row, from 0, as `predict` numbers them."),
    ],
    of: Annotated[
        str | None,
        typer.Option(
            metavar="CLASS",
            help="Class, label or target to explain.",
            show_default="the positive or most probable one, the first target",
        ),
    ] = None,
    background: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Table of the rows to compare with.",
            show_default="the other rows",
        ),
    ] = None,
    sheet: Sheet = None,
    quiet: Quiet = False,
    as_json: Json = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """Show what each column contributes to the prediction of one row."""
    with exit_on_input_error(context, debug):
        load_command("explain")(
            run,
            data,
            row,
            of=of,
            background=background,
            sheet=sheet,
            quiet=quiet,
            as_json=as_json,
        )
