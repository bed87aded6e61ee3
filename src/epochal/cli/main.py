"""The commands and their options; what a command does is imported when it is called."""

import atexit
import gc
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer

from epochal.cli import deployment, lab
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
    SETTINGS,
    Data,
    Debug,
    Json,
    Quiet,
    RunPath,
    Sheet,
    completion,
    examples,
    switch,
)
from epochal.cli.signals import treat_signals_as_ctrl_c
from epochal.compat.deferred import defer_imports
from epochal.errors import InputError
from epochal.runs.settings import TrainSettings, setting_help, setting_option

app = typer.Typer(
    name="epochal",
    help="Train deep networks that generalise, fast. Keras in, Keras out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(lab.app, name="lab")

FROM_SIZE = "by table size"
RUNS = Path("runs")


def _setting(name: str, default: str | None = None) -> Any:
    """The option of one of `TrainSettings`; `default`: what None means."""
    shown = SETTINGS[name]
    return typer.Option(
        setting_option(name),
        help=setting_help(name),
        show_default=default or True,
        metavar=shown.type,
        rich_help_panel=shown.panel,
        autocompletion=completion(shown.values),
    )


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
    target: Annotated[str, _setting("target")],
    task: Annotated[str | None, _setting("task", "inferred")] = None,
    positive: Annotated[str | None, _setting("positive", "the rarer")] = None,
    metric: Annotated[str | None, _setting("metric", "by the task")] = None,
    cost: Annotated[list[str] | None, _setting("cost", "none")] = None,
    min_precision: Annotated[float | None, _setting("min_precision", "none")] = None,
    min_recall: Annotated[float | None, _setting("min_recall", "none")] = None,
    drop: Annotated[list[str] | None, _setting("drop")] = None,
    keep: Annotated[list[str] | None, _setting("keep")] = None,
    kinds: Annotated[list[str] | None, _setting("kinds", "inferred")] = None,
    network: Annotated[str, _setting("network")] = TrainSettings.network,
    hidden: Annotated[str | None, _setting("hidden", FROM_SIZE)] = None,
    members: Annotated[int | None, _setting("members", "the network's")] = None,
    epochs: Annotated[int | None, _setting("epochs", FROM_SIZE)] = None,
    batch_size: Annotated[int | None, _setting("batch_size", FROM_SIZE)] = None,
    time: Annotated[str | None, _setting("time", "no limit")] = None,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="DATA",
            help="Table to test on.",
            show_default="rows of the table",
            rich_help_panel=ROWS,
        ),
    ] = None,
    group: Annotated[str | None, _setting("group", "none")] = None,
    group_duplicates: Annotated[bool, _setting("group_duplicates")] = False,
    time_column: Annotated[str | None, _setting("time_column", "none")] = None,
    gap: Annotated[str | None, _setting("gap", "none")] = None,
    cv: Annotated[str | None, _setting("cv", "one test part")] = None,
    quick: Annotated[bool, switch("--quick", "One network: --members 1.", NETWORK)] = False,
    seed: Annotated[int, _setting("seed")] = TrainSettings.seed,
    sheet: Sheet = None,
    test_size: Annotated[float, _setting("test_size")] = TrainSettings.test_size,
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
            members=_members(members, quick),
            epochs=epochs,
            batch_size=batch_size,
            time=time,
            group=group,
            group_duplicates=group_duplicates,
            time_column=time_column,
            gap=gap,
            cv=cv,
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


@app.command(
    epilog=examples(
        "epochal evaluate runs/passengers-survived-1 new.csv",
        "epochal evaluate runs/titanic-survived-1 titanic",
    )
)
def evaluate(
    context: typer.Context,
    run: RunPath,
    data: Data,
    sheet: Sheet = None,
    quiet: Quiet = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Score a trained run on a table with the target."""
    with exit_on_input_error(context, debug):
        load_command("evaluate")(run, data, sheet=sheet, quiet=quiet, as_json=as_json)


@app.command(
    epilog=examples(
        "epochal predict runs/passengers-survived-1 new.csv",
        "epochal predict runs/passengers-survived-1 new.csv -o predictions.csv",
        "epochal predict runs/passengers-survived-1 new.csv -o p.parquet --force",
    )
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
            sheet=sheet,
            escape=escape,
            quiet=quiet,
        )


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
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the runs in a folder."""
    with exit_on_input_error(context, debug):
        load_command("runs")(folder, as_json=as_json)
