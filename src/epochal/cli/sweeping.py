"""The command that tries settings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from epochal.cli.arguments import exit_on_input_error, parse_mapping, parse_names
from epochal.cli.loading import load_command
from epochal.cli.options import (
    OUTPUT,
    Data,
    Debug,
    Json,
    Language,
    Quiet,
    Sheet,
    examples,
    setting,
)
from epochal.cli.space import parse_space
from epochal.runs.settings import TrainSettings

SWEEP = "Sweep"
FROM_SIZE = "by table size"

EXAMPLES = examples(
    "epochal sweep data.csv --target y --param learning_rate=1e-4..1e-2:log",
    "epochal sweep data.csv --target y --param dropout=0,0.1 --param hidden=8,8x8",
)


def _option(metavar: str, text: str, panel: str = SWEEP, default: Any = True) -> Any:
    return typer.Option(metavar=metavar, help=text, rich_help_panel=panel, show_default=default)


def sweep(
    context: typer.Context,
    data: Data,
    target: Annotated[str, setting("target")],
    space: Annotated[
        list[str],
        typer.Option(
            "--param",
            metavar="NAME=VALUES",
            help="low..high, low..high:log, or a,b,c; several times.",
            rich_help_panel=SWEEP,
        ),
    ],
    trials: Annotated[int, _option("NUMBER", "Settings to try, in all.")] = 30,
    seeds: Annotated[int, _option("NUMBER", "Networks of each setting.")] = 3,
    time: Annotated[
        str | None, _option("DURATION", "Time for all, e.g. 10m.", SWEEP, "no limit")
    ] = None,
    storage: Annotated[
        str | None, _option("ADDRESS", "A file, or SQLAlchemy address.", OUTPUT, "in the folder")
    ] = None,
    name: Annotated[str, _option("NAME", "Of the study in the storage.", OUTPUT)] = "sweep",
    out: Annotated[
        Path | None, _option("FOLDER", "Folder for the results.", OUTPUT, "under ./sweeps")
    ] = None,
    task: Annotated[str | None, setting("task", "inferred")] = None,
    positive: Annotated[str | None, setting("positive", "the rarer")] = None,
    drop: Annotated[list[str] | None, setting("drop")] = None,
    keep: Annotated[list[str] | None, setting("keep")] = None,
    kinds: Annotated[list[str] | None, setting("kinds", "inferred")] = None,
    network: Annotated[str, setting("network")] = TrainSettings.network,
    distribution: Annotated[str | None, setting("distribution", "none")] = None,
    epochs: Annotated[int | None, setting("epochs", FROM_SIZE)] = None,
    class_weight: Annotated[str | None, setting("class_weight", "none")] = None,
    group: Annotated[str | None, setting("group", "none")] = None,
    time_column: Annotated[str | None, setting("time_column", "none")] = None,
    seed: Annotated[int, setting("seed")] = TrainSettings.seed,
    sheet: Sheet = None,
    test_size: Annotated[float, setting("test_size")] = TrainSettings.test_size,
    quiet: Quiet = False,
    as_json: Json = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """Try settings of the network on the training rows of a table; test rows stay untouched."""
    with exit_on_input_error(context, debug):
        settings = TrainSettings.from_options(
            parse_names("target", [target]),
            task=task,
            positive=positive,
            drop=parse_names("drop", drop or []),
            keep=parse_names("keep", keep or []),
            kinds=parse_mapping("kind", kinds or []),
            network=network,
            distribution=distribution,
            epochs=epochs,
            class_weight=class_weight,
            group=group,
            time_column=time_column,
            seed=seed,
            sheet=sheet,
            test_size=test_size,
        )
        load_command("sweep")(
            data,
            settings,
            parse_space(space),
            trials=trials,
            seeds=seeds,
            time=time,
            storage=storage,
            name=name,
            out=out,
            quiet=quiet,
            as_json=as_json,
        )
