"""`epochal predict`: a run's predictions as CSV or Parquet."""

import os
import sys
import tempfile
from pathlib import Path

import pandas as pd

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.controls import escape_controls
from epochal.errors import InputError
from epochal.runs import read_run

ENDINGS = (".csv", ".parquet")


def command(run: Path, data: str, output: Path | None, *, force: bool = False) -> None:
    """Predict every row of `data`; without `output` the rows go to the screen as CSV."""
    meanwhile = console.progress()
    if output is not None:
        _check(output)
        _check_free(output, data, force)
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
    """As it is into a pipe; a terminal is sent no control characters."""
    if sys.stdout.isatty():
        sys.stdout.write(escape_controls(frame.to_csv(index=False, lineterminator="\n")))
    else:
        frame.to_csv(sys.stdout, index=False)


def _check(output: Path) -> None:
    if output.suffix.lower() not in ENDINGS:
        raise InputError(
            f"--output must end in .csv or .parquet, got {str(output)!r}: give it one of these "
            "endings."
        )
    if not output.absolute().parent.is_dir():
        raise InputError(
            f"--output must lie in a folder that is there, but {str(output.parent)!r} is not. "
            "Make it, or name another."
        )


def _check_free(output: Path, data: str, force: bool) -> None:
    """Refuse to write over a file: with `force` over the table and a run's own files only."""
    if (output.absolute().parent / "run.json").exists():
        raise InputError(
            f"--output must lie outside of run folders, but {str(output.parent)!r} is one. "
            "Name another."
        )
    if not os.path.lexists(output):  # a link that leads nowhere is there, too
        return
    if output.exists() and Path(data).exists() and output.samefile(data):
        raise InputError(
            f"--output must be another file than the table, but {str(output)!r} is the table. "
            "Name another."
        )
    if not force:
        raise InputError(
            f"--output must be a new file, but {str(output)!r} is there already. Name another, "
            "or add --force to write over it."
        )


def _write(frame: pd.DataFrame, output: Path) -> None:
    """Under a hidden name first: a file of that name is always a whole one."""
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
            f"--output must be a file that can be written, but {str(output)!r} cannot "
            f"({error.strerror or error}). Name another."
        ) from error


def _new_file_beside(output: Path) -> Path:
    """An empty file that nobody could put there first, with the permissions of any new file."""
    handle, name = tempfile.mkstemp(
        prefix=".unfinished-", suffix=output.suffix, dir=output.absolute().parent
    )
    os.close(handle)
    hidden = Path(name)
    hidden.chmod(0o666 & ~_umask())
    return hidden


def _umask() -> int:
    """The permissions that new files lack: they can only be read by setting them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
