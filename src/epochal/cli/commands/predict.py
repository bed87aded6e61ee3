"""`epochal predict`: a run's predictions as CSV, Parquet or Excel."""

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from epochal.characters import escape_controls
from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.output_files import (
    check_overwrite,
    check_path,
    with_escaped_cells,
    write_frame,
)
from epochal.errors import InputError
from epochal.runs import read_run

STDIN = "-"
_MOST_COLUMNS = 10


def command(
    run: Path,
    data: str,
    output: Path | None,
    *,
    force: bool = False,
    id: Sequence[str] = (),
    missing: str = "refuse",
    sure: Mapping[str, Any] | None = None,
    uncertainty: str | None = None,
    sheet: str | None = None,
    escape: bool = False,
    quiet: bool = False,
) -> None:
    """Predict every row of `data`; without `output` the predictions are printed as CSV.

    With `escape` no text in them does anything to a terminal or a spreadsheet.
    """
    meanwhile = console.progress(quiet)
    if output is not None:
        check_path(output)
        check_overwrite(output, force, data)
    read_run(run)
    enable_compilation_cache()
    predicting = console.load("epochal.runs.predict", meanwhile)
    with _file_of(data) as source, meanwhile.status("predicting"):
        frame, unlike, absent = predicting.predict_and_compare(
            run,
            source,
            id=id,
            missing=missing,
            sure=None if sure is None else predicting.Sureness(**sure),
            uncertainty=uncertainty,
            sheet=sheet,
        )
    frame = with_escaped_cells(frame) if escape else frame
    if output is None:
        _show(frame)
    else:
        write_frame(frame, output)
        meanwhile.print(f"{len(frame):,} predictions: {output}", soft_wrap=True)
    if absent:
        columns = _listed([repr(name) for name in absent])
        meanwhile.print(f"taken as missing, as the table lacks them: {columns}", soft_wrap=True)
    if unlike:
        meanwhile.print(_words(unlike), soft_wrap=True)


@contextmanager
def _file_of(data: str) -> Iterator[str | Path]:
    """What `-` stands for, as a file that is there for a while; any other name as it is."""
    if data != STDIN:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="epochal-") as folder:
        path = Path(folder, "stdin.csv")
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        if not path.stat().st_size:
            raise InputError(
                "The data must hold a table, got nothing on the standard input: pipe a CSV file "
                "into the command, or name one."
            )
        yield path


def _show(frame: pd.DataFrame) -> None:
    """Print as CSV: exactly into a pipe, without control characters to a terminal."""
    if sys.stdout.isatty():
        sys.stdout.write(escape_controls(frame.to_csv(index=False, lineterminator="\n")))
    else:
        frame.to_csv(sys.stdout, index=False)


def _words(unlike: Mapping[str, Any]) -> str:
    """How many rows are unlike the training data, and in which columns."""
    rows = int(np.any([cells.rows for cells in unlike.values()], axis=0).sum())
    columns = _listed([f"{name} ({int(cells.rows.sum()):,})" for name, cells in unlike.items()])
    have = "row has" if rows == 1 else "rows have"
    return f"{rows:,} {have} values unlike the training data: {columns}"


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _MOST_COLUMNS} more" if len(parts) > _MOST_COLUMNS else ""
    return ", ".join(parts[:_MOST_COLUMNS]) + more
