"""The commands that take a run elsewhere: as one file, and as a web service."""

from pathlib import Path
from typing import Annotated

import typer

from epochal.cli.arguments import exit_on_input_error
from epochal.cli.loading import load_command
from epochal.cli.options import (
    OUTPUT,
    Coverage,
    Debug,
    FalseAlarms,
    MaxError,
    RunPath,
    completion,
    switch,
)


def export(
    context: typer.Context,
    run: RunPath,
    format: Annotated[
        str, typer.Option(metavar="FORMAT", help="onnx.", autocompletion=completion(("onnx",)))
    ] = "onnx",
    output: Annotated[
        Path | None,
        typer.Option(
            *("-o", "--output"),
            metavar="FILE",
            help="A file.",
            show_default="RUN.onnx",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[bool, switch("--force", "Overwrite an existing output.")] = False,
    debug: Debug = False,
) -> None:
    """Write a run as one file that other runtimes read: preprocessing and network."""
    with exit_on_input_error(context, debug):
        load_command("export")(run, format, output, force=force)


def serve(
    context: typer.Context,
    run: RunPath,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address; 0.0.0.0 is every one.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="NUMBER", help="Port; 0 takes a free one.")] = 8000,
    max_rows: Annotated[int, typer.Option(metavar="NUMBER", help="Most rows of a request.")] = 1000,
    max_bytes: Annotated[
        int, typer.Option(metavar="NUMBER", help="Most bytes of a request.")
    ] = 1_000_000,
    coverage: Coverage = None,
    max_error: MaxError = None,
    false_alarms: FalseAlarms = None,
    debug: Debug = False,
) -> None:
    """Answer over HTTP: rows in, predictions out."""
    with exit_on_input_error(context, debug):
        load_command("serve")(
            run,
            host,
            port,
            max_rows=max_rows,
            max_bytes=max_bytes,
            coverage=coverage,
            max_error=max_error,
            false_alarms=false_alarms,
        )
