"""`epochal export`: a run as one file for other runtimes."""

from functools import partial
from pathlib import Path

from epochal.cli import console
from epochal.cli.output_files import check_overwrite, check_path, write_output
from epochal.errors import InputError, suggest
from epochal.runs import read_run

FORMATS = ("onnx",)


def command(run: Path, format: str, output: Path | None, *, force: bool = False) -> None:
    """Write `run` to `output`."""
    if format not in FORMATS:
        raise InputError(
            f"--format must be {' or '.join(FORMATS)}, got {format!r}.{suggest(format, FORMATS)}"
        )
    opened, meanwhile = read_run(run), console.progress()
    output = output or Path(f"{opened.path.resolve().name}.{format}")
    check_path(output, [f".{format}"])
    check_overwrite(output, force)
    try:
        exporting = console.load("epochal.runs.exporting.onnx_file", meanwhile)
    except ImportError as error:
        raise InputError(
            f"The package onnx must be installed to export a run, got none ({error}): pip install "
            "'epochal[onnx]'."
        ) from error
    with meanwhile.status("exporting"):
        write_output(output, partial(exporting.export_onnx, run))
    meanwhile.print(f"{output.stat().st_size / 1e6:.1f} MB: {output}", soft_wrap=True)
