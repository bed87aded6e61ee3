"""The commands of `epochal lab`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from epochal.cli.arguments import exit_on_input_error
from epochal.cli.loading import load_module
from epochal.cli.options import Debug, completion

app = typer.Typer(
    help="Repeat the experiments of Géron's Hands-On Machine Learning, chapter 11.",
    no_args_is_help=True,
)


def _scale(default: str | bool = True) -> Any:
    return typer.Option(
        "--scale",
        metavar="SCALE",
        help="small (seconds) or full (the original sizes).",
        show_default=default,
        autocompletion=completion(("small", "full")),
    )


ScaleName = Annotated[str, _scale()]
KeptScale = Annotated[str | None, _scale("full if it was run, else small")]
Results = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help="Folder of results.", show_default="./lab"),
]


@app.command("list")
def lab_list(context: typer.Context, debug: Debug = False) -> None:
    """List the experiments."""
    with exit_on_input_error(context, debug):
        load_module("lab").show_list()


@app.command("run")
def lab_run(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="EXPERIMENT", help="Experiments.", show_default="all"),
    ] = None,
    scale: ScaleName = "small",
    out: Results = None,
    debug: Debug = False,
) -> None:
    """Run experiments. Resumable: finished runs are skipped."""
    with exit_on_input_error(context, debug):
        load_module("lab").run(names or [], scale, out)


@app.command("table")
def lab_table(
    context: typer.Context,
    scale: KeptScale = None,
    out: Results = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a .md page, with its images beside it."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the quoted figures beside the reproduced ones."""
    with exit_on_input_error(context, debug):
        load_module("lab").table(scale, out, write)


@app.command("report")
def lab_report(
    context: typer.Context, scale: KeptScale = None, out: Results = None, debug: Debug = False
) -> None:
    """Write one HTML page of all results."""
    with exit_on_input_error(context, debug):
        load_module("lab").report(scale, out)
