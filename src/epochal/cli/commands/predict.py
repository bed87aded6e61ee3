"""`epochal predict`: a run's predictions as CSV or Parquet."""

import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.console import escape_controls
from epochal.errors import InputError
from epochal.runs import read_run

EXTENSIONS = (".csv", ".parquet")


def command(
    run: Path, data: str, output: Path | None, *, force: bool = False, quiet: bool = False
) -> None:
    """Predict every row of `data`; without `output` the predictions are printed as CSV."""
    meanwhile = console.progress(quiet)
    if output is not None:
        _check_path(output)
        _check_overwrite(output, data, force)
    read_run(run)
    enable_compilation_cache()
    predicting = console.load("epochal.runs.predict", meanwhile)
    with meanwhile.status("predicting"):
        frame = predicting.predict_table(run, data)
    if output is None:
        _show(frame)
        return
    _write(frame, output)
    meanwhile.print(f"{len(frame):,} predictions: {output}", soft_wrap=True)


def _show(frame: pd.DataFrame) -> None:
    """Print as CSV: exactly into a pipe, without control characters to a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(escape_controls(frame.to_csv(index=False, lineterminator="\n")))
    else:
        frame.to_csv(sys.stdout, index=False)


def _check_path(output: Path) -> None:
    if output.suffix.lower() not in EXTENSIONS:
        raise InputError(
            f"--output must end in .csv or .parquet, got {str(output)!r}: change its extension."
        )
    if not output.absolute().parent.is_dir():
        raise InputError(
            f"--output must be in an existing folder, got {str(output)!r}: create "
            f"{str(output.parent)!r}, or give another."
        )


def _check_overwrite(output: Path, data: str, force: bool) -> None:
    """Refuse to overwrite a file; with `force` only the table and the files of a run."""
    if (output.absolute().parent / "run.json").exists():
        raise InputError(
            f"--output must not be in a run folder, got {str(output)!r}: give another folder."
        )
    if not os.path.lexists(output):  # true for a broken link, too
        return
    if output.exists() and Path(data).exists() and output.samefile(data):
        raise InputError(f"--output must not be the table, got {str(output)!r}: give another file.")
    if not force:
        raise InputError(
            f"--output must be a new file, got {str(output)!r}, which exists: give another, or "
            "add --force to overwrite it."
        )


def _write(frame: pd.DataFrame, output: Path) -> None:
    """Write under a hidden name, then rename: a file of the final name is always complete."""
    try:
        hidden = _new_file_beside(output)
        try:
            if output.suffix.lower() == ".csv":
                frame.to_csv(hidden, index=False)
            else:
                frame.to_parquet(hidden, index=False)
            hidden.replace(output)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"--output must be writable, got {str(output)!r} ({error.strerror or error}): give "
            "another."
        ) from error


def _new_file_beside(output: Path) -> Path:
    """A new empty file of an unpredictable name, with the usual permissions of a new file."""
    handle, name = tempfile.mkstemp(
        prefix=".unfinished-", suffix=output.suffix, dir=output.absolute().parent
    )
    os.close(handle)
    hidden = Path(name)
    hidden.chmod(0o666 & ~_umask())
    return hidden


def _umask() -> int:
    """The process' file mode creation mask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
