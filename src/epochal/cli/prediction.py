"""The command that predicts with a run, and its options."""

from pathlib import Path
from typing import Annotated

import typer

from epochal.cli.arguments import exit_on_input_error, parse_names
from epochal.cli.loading import load_command
from epochal.cli.options import (
    OUTPUT,
    SURENESS,
    Coverage,
    Debug,
    FalseAlarms,
    MaxError,
    Quiet,
    RunPath,
    Sheet,
    completion,
    examples,
    switch,
)

EXAMPLES = examples(
    "epochal predict runs/passengers-survived-1 new.csv",
    "epochal predict runs/passengers-survived-1 new.csv -o predictions.csv",
    "epochal predict runs/passengers-survived-1 new.csv -o p.parquet --force",
    "epochal predict runs/passengers-survived-1 new.csv --coverage 0.9",
)


def predict(
    context: typer.Context,
    run: RunPath,
    data: Annotated[
        str, typer.Argument(help="A table file, the name of a data set, or - for CSV from stdin.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            *("-o", "--output"),
            metavar="FILE",
            help="A .csv, .parquet or .xlsx file.",
            show_default="print CSV",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[bool, switch("--force", "Overwrite an existing output.")] = False,
    id: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN,...", help="Columns to keep beside the predictions."),
    ] = None,
    missing: Annotated[
        str,
        typer.Option(
            metavar="WAY",
            help="Columns that the table lacks: refuse, or take as unknown.",
            autocompletion=completion(("refuse", "unknown")),
        ),
    ] = "refuse",
    coverage: Coverage = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="WAY",
            help="How sets of classes are made: lac, aps or raps.",
            autocompletion=completion(("lac", "aps", "raps")),
            rich_help_panel=SURENESS,
        ),
    ] = "lac",
    by_group: Annotated[
        bool,
        switch("--by-group", "Coverage for each class, label or range of numbers.", SURENESS),
    ] = False,
    max_error: MaxError = None,
    false_alarms: FalseAlarms = None,
    uncertainty: Annotated[
        str | None,
        typer.Option(
            metavar="SOURCE",
            help="Add how sure each prediction is: ensemble, monte_carlo or both.",
            autocompletion=completion(("ensemble", "monte_carlo", "both")),
            show_default="none",
            rich_help_panel=SURENESS,
        ),
    ] = None,
    sheet: Sheet = None,
    escape: Annotated[bool, switch("--escape", "Texts that no spreadsheet computes.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Predict the rows of a table with a trained run."""
    with exit_on_input_error(context, debug):
        load_command("predict")(
            run,
            data,
            output,
            force=force,
            id=parse_names("id", id or []),
            missing=missing,
            sure={
                "coverage": coverage,
                "method": method,
                "by_group": by_group,
                "max_error": max_error,
                "false_alarms": false_alarms,
            },
            uncertainty=uncertainty,
            sheet=sheet,
            escape=escape,
            quiet=quiet,
        )
