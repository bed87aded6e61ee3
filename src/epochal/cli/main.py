"""The commands and their options; what a command does is imported when it is called."""

import atexit
import gc
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from epochal.cli import deployment, judging, lab, prediction, sweeping
from epochal.cli.arguments import (
    exit_on_full_disk,
    exit_on_input_error,
    parse_mapping,
    parse_names,
    parse_whole_numbers,
)
from epochal.cli.loading import load_command
from epochal.cli.options import (
    NETWORK,
    OUTPUT,
    ROWS,
    Data,
    Debug,
    Json,
    Language,
    Quiet,
    Sheet,
    examples,
    setting,
    switch,
)
from epochal.cli.signals import treat_signals_as_ctrl_c
from epochal.compat.deferred import defer_imports
from epochal.errors import InputError
from epochal.runs.settings import TrainSettings

app = typer.Typer(
    name="epochal",
    help="Train deep networks that generalise, fast. Keras in, Keras out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(lab.app, name="lab")

FROM_SIZE = "by table size"
NETWORKS = "the network's"
RUNS = Path("runs")


def run() -> None:
    """The entry point of the command `epochal`."""
    defer_imports()
    atexit.register(gc.freeze)  # nobody looks for garbage in a process that ends
    treat_signals_as_ctrl_c()
    with exit_on_full_disk():
        app(prog_name="epochal")


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"epochal {metadata.version('epochal')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """Train deep networks that generalise, fast. Keras in, Keras out."""


@app.command(
    epilog=examples(
        "epochal train passengers.csv --target survived --dry-run",
        "epochal train passengers.csv --target survived --drop name,ticket",
        "epochal train visits.csv --target outcome --group patient --cv 5x2",
        "epochal train sales.csv --target price --time-column sold --gap 7d --time 2m",
    )
)
def train(
    context: typer.Context,
    data: Data,
    target: Annotated[str, setting("target")],
    task: Annotated[str | None, setting("task", "inferred")] = None,
    positive: Annotated[str | None, setting("positive", "the rarer")] = None,
    metric: Annotated[str | None, setting("metric", "by the task")] = None,
    cost: Annotated[list[str] | None, setting("cost", "none")] = None,
    min_precision: Annotated[float | None, setting("min_precision", "none")] = None,
    min_recall: Annotated[float | None, setting("min_recall", "none")] = None,
    drop: Annotated[list[str] | None, setting("drop")] = None,
    keep: Annotated[list[str] | None, setting("keep")] = None,
    kinds: Annotated[list[str] | None, setting("kinds", "inferred")] = None,
    network: Annotated[str, setting("network")] = TrainSettings.network,
    hidden: Annotated[str | None, setting("hidden", FROM_SIZE)] = None,
    distribution: Annotated[str | None, setting("distribution", "none")] = None,
    members: Annotated[int | None, setting("members", NETWORKS)] = None,
    epochs: Annotated[int | None, setting("epochs", FROM_SIZE)] = None,
    batch_size: Annotated[int | None, setting("batch_size", FROM_SIZE)] = None,
    time: Annotated[str | None, setting("time", "no limit")] = None,
    tune: Annotated[str | None, setting("tune", "none")] = None,
    learning_rate: Annotated[float | None, setting("learning_rate", NETWORKS)] = None,
    dropout: Annotated[float | None, setting("dropout", NETWORKS)] = None,
    l2: Annotated[float | None, setting("l2", "0")] = None,
    weight_decay: Annotated[float | None, setting("weight_decay", NETWORKS)] = None,
    patience: Annotated[int | None, setting("patience", NETWORKS)] = None,
    validation_size: Annotated[float | None, setting("validation_size", "0.15")] = None,
    class_weight: Annotated[str | None, setting("class_weight", "none")] = None,
    oversample: Annotated[bool, setting("oversample")] = False,
    try_remedies: Annotated[bool, setting("try_remedies")] = False,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Table to test on.",
            show_default="rows of the table",
            rich_help_panel=ROWS,
        ),
    ] = None,
    group: Annotated[str | None, setting("group", "none")] = None,
    group_duplicates: Annotated[bool, setting("group_duplicates")] = False,
    time_column: Annotated[str | None, setting("time_column", "none")] = None,
    gap: Annotated[str | None, setting("gap", "none")] = None,
    cv: Annotated[str | None, setting("cv", "one test part")] = None,
    learning_curve: Annotated[bool, setting("learning_curve")] = False,
    quick: Annotated[bool, switch("--quick", "One network: --members 1.", NETWORK)] = False,
    seed: Annotated[int, setting("seed")] = TrainSettings.seed,
    sheet: Sheet = None,
    test_size: Annotated[float, setting("test_size")] = TrainSettings.test_size,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="New folder for the run.",
            show_default="under ./runs",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    dry_run: Annotated[bool, switch("--dry-run", "Show the plan and stop.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """Train and test a network on a table, and write a report."""
    with exit_on_input_error(context, debug):
        settings = TrainSettings.from_options(
            parse_names("target", [target]),
            task=task,
            positive=positive,
            metric=metric,
            cost=parse_mapping("cost", cost, "two costs", "fp=1,fn=5") if cost else None,
            min_precision=min_precision,
            min_recall=min_recall,
            drop=parse_names("drop", drop or []),
            keep=parse_names("keep", keep or []),
            kinds=parse_mapping("kind", kinds or []),
            network=network,
            hidden=parse_whole_numbers("hidden", hidden),
            distribution=distribution,
            members=_members(members, quick),
            epochs=epochs,
            batch_size=batch_size,
            time=time,
            tune=tune,
            learning_rate=learning_rate,
            dropout=dropout,
            l2=l2,
            weight_decay=weight_decay,
            patience=patience,
            validation_size=validation_size,
            class_weight=class_weight,
            oversample=oversample,
            try_remedies=try_remedies,
            group=group,
            group_duplicates=group_duplicates,
            time_column=time_column,
            gap=gap,
            cv=cv,
            learning_curve=learning_curve,
            seed=seed,
            sheet=sheet,
            test_size=test_size,
        )
        load_command("train")(
            data, settings, test=test, out=out, dry_run=dry_run, quiet=quiet, as_json=as_json
        )


def _members(members: int | None, quick: bool) -> int | None:
    if quick and members not in (None, 1):
        raise InputError(
            f"--quick must not be given with --members, got {members}: leave one of them out."
        )
    return 1 if quick else members


app.command(
    epilog=examples(
        "epochal evaluate runs/passengers-survived-1 new.csv",
        "epochal evaluate runs/titanic-survived-1 titanic --by sex",
    )
)(judging.evaluate)


app.command(epilog=sweeping.EXAMPLES)(sweeping.sweep)
app.command(epilog=prediction.EXAMPLES)(prediction.predict)
app.command(
    epilog=examples(
        "epochal explain runs/passengers-survived-1 new.csv --row 3",
        "epochal explain runs/titanic-survived-1 one.csv --row 0 --background titanic",
    )
)(judging.explain)
app.command()(deployment.export)
app.command()(deployment.serve)


@app.command()
def info(context: typer.Context, as_json: Json = False, debug: Debug = False) -> None:
    """Show what epochal runs on here: put it into a bug report."""
    with exit_on_input_error(context, debug):
        load_command("info")(as_json=as_json)


@app.command()
def runs(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of runs.")] = RUNS,
    clean: Annotated[bool, switch("--clean", "Remove what killed runs have left.")] = False,
    as_json: Json = False,
    language: Language = None,
    debug: Debug = False,
) -> None:
    """List the runs in a folder."""
    with exit_on_input_error(context, debug):
        load_command("runs")(folder, clean=clean, as_json=as_json)
