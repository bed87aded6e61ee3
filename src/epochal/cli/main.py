"""The command line: what each command takes. What it does is imported when it is called."""

import signal
from importlib import import_module, metadata
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from epochal.cli.arguments import (
    exit_on_full_disk,
    exit_on_input_error,
    parse_mapping,
    parse_names,
    whole_numbers_in,
)

app = typer.Typer(
    name="epochal",
    help="Train deep networks that generalise, fast. Keras in, Keras out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Data = Annotated[str, typer.Argument(help="A table file, or the name of a data set.")]
RunPath = Annotated[Path, typer.Argument(help="A folder that `epochal train` wrote.")]


def run() -> None:
    """What the command `epochal` starts."""
    _end_as_ctrl_c_does()
    with exit_on_full_disk():
        app()


def _end_as_ctrl_c_does() -> None:
    """Let an end that is asked for (a batch system, a closed terminal) keep the best epoch."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # nohup has it ignored: that stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if number != signal.SIGTERM:
        # A closed terminal sends it twice: the second would end the writing of the run.
        signal.signal(number, signal.SIG_IGN)
    signal.default_int_handler(number, frame)


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


@app.command()
def train(
    context: typer.Context,
    data: Data,
    target: Annotated[
        str, typer.Option(help=r"The column to learn; several as a,b (a comma in a name: \,).")
    ],
    task: Annotated[
        str | None,
        typer.Option(help="binary, multiclass, multilabel, regression or unit_interval."),
    ] = None,
    drop: Annotated[list[str] | None, typer.Option(help="Columns to leave out: a,b.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Columns to keep though they would be left out: a,b.")
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Columns' kinds: zip=category,age=numeric (boolean, date, text)."),
    ] = None,
    network: Annotated[
        str,
        typer.Option(help="default, self-normalizing, sparse, low-latency or risk-aware."),
    ] = "default",
    hidden: Annotated[
        str | None, typer.Option(help="Units of each hidden layer: 100,100.", show_default="sized")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="The most epochs.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Rows a step.")] = None,
    seed: Annotated[int, typer.Option(help="Decides everything random.")] = 0,
    test_size: Annotated[float, typer.Option(help="Share of the rows to test on.")] = 0.2,
    out: Annotated[
        Path | None, typer.Option(help="The new folder.", show_default="under ./runs")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    debug: Debug = False,
) -> None:
    """Train and test a network on a table, and write a report."""
    with exit_on_input_error(context, debug):
        settings = {
            "target": parse_names("target", [target]),
            "task": task,
            "drop": parse_names("drop", drop or []),
            "keep": parse_names("keep", keep or []),
            "kinds": parse_mapping("kind", kind or []),
            "network": network,
            "hidden": whole_numbers_in("hidden", hidden),
            "epochs": epochs,
            "batch_size": batch_size,
            "seed": seed,
            "test_size": test_size,
        }
        _command("train")(data, settings, out=out, dry_run=dry_run)


@app.command()
def evaluate(context: typer.Context, run: RunPath, data: Data, debug: Debug = False) -> None:
    """Score a trained run on a table that holds the target."""
    with exit_on_input_error(context, debug):
        _command("evaluate")(run, data)


@app.command()
def predict(
    context: typer.Context,
    run: RunPath,
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A .csv or .parquet file.", show_default="the screen"),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over an output that is there.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Predict the rows of a table with a trained run."""
    with exit_on_input_error(context, debug):
        _command("predict")(run, data, output, force=force)


@app.command()
def runs(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where the runs lie.")] = Path("runs"),
    debug: Debug = False,
) -> None:
    """List the runs in a folder."""
    with exit_on_input_error(context, debug):
        _command("runs")(folder)


lab = typer.Typer(
    help="The experiments of the source documents, beside the figures that they quote.",
    no_args_is_help=True,
)
app.add_typer(lab, name="lab")

SCALE_WORDS = "small (seconds) or full (the documents' sizes)."
ScaleName = Annotated[str, typer.Option(help=SCALE_WORDS)]
KeptScale = Annotated[
    str | None,
    typer.Option("--scale", help=SCALE_WORDS, show_default="full where it was run, else small"),
]
Results = Annotated[
    Path | None, typer.Option("--out", help="Where results are kept.", show_default="./lab")
]


@lab.command("list")
def lab_list(context: typer.Context, debug: Debug = False) -> None:
    """List the experiments."""
    with exit_on_input_error(context, debug):
        _module("lab").show_list()


@lab.command("run")
def lab_run(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Experiments.", show_default="all of them")
    ] = None,
    scale: ScaleName = "small",
    out: Results = None,
    debug: Debug = False,
) -> None:
    """Run experiments. What is finished is kept; the same command goes on where it stopped."""
    with exit_on_input_error(context, debug):
        _module("lab").run(names or [], scale, out)


@lab.command("table")
def lab_table(
    context: typer.Context,
    scale: KeptScale = None,
    out: Results = None,
    write: Annotated[
        Path | None, typer.Option(help="A .md file to write, with its pictures beside it.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the quoted figures beside ours."""
    with exit_on_input_error(context, debug):
        _module("lab").table(scale, out, write)


@lab.command("report")
def lab_report(
    context: typer.Context, scale: KeptScale = None, out: Results = None, debug: Debug = False
) -> None:
    """Write one HTML page of all results."""
    with exit_on_input_error(context, debug):
        _module("lab").report(scale, out)


def _command(name: str) -> Any:
    """What the command does: importing it takes seconds, which --help need not wait for."""
    return _module(name).command


def _module(name: str) -> Any:
    return import_module(f"epochal.cli.commands.{name}")
