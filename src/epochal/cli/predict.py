"""`epochal predict`: a run's predictions as CSV or Parquet."""

import sys
from pathlib import Path

import pandas as pd

from epochal.cli import screen
from epochal.cli.cache import keep_programs
from epochal.errors import InputError
from epochal.runs import read_run

ENDINGS = (".csv", ".parquet")


def command(run: Path, data: str, output: Path | None) -> None:
    """Predict every row of `data`; without `output` the rows go to the screen as CSV."""
    meanwhile = screen.progress()
    if output is not None:
        _check(output)
    read_run(run)
    keep_programs()
    predicting = screen.load("epochal.runs.predict", meanwhile)
    with meanwhile.status("predicting"):
        frame = predicting.predict_table(run, data)
    if output is None:
        frame.to_csv(sys.stdout, index=False)
        return
    _write(frame, output)
    meanwhile.print(f"{len(frame):,} predictions: {output}", soft_wrap=True)


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


def _write(frame: pd.DataFrame, output: Path) -> None:
    """Under a hidden name first: a file of that name is always a whole one."""
    hidden = output.with_name(f".unfinished-{output.name}")
    try:
        if output.suffix.lower() == ".csv":
            frame.to_csv(hidden, index=False)
        else:
            frame.to_parquet(hidden, index=False)
        hidden.replace(output)
    except OSError as error:
        hidden.unlink(missing_ok=True)
        raise InputError(
            f"--output must be a file that can be written, but {str(output)!r} cannot "
            f"({error.strerror or error}). Name another."
        ) from error
