"""`epochal predict`: a run's predictions as CSV, Parquet or Excel."""

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.status import Status

from epochal.characters import escape_controls
from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.output_files import (
    check_overwrite,
    check_path,
    csv_texts,
    with_escaped_cells,
    write_pieces,
)
from epochal.data.tables.reading import read_blocks
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
    predictor = predicting.TablePredictor(
        run,
        id=id,
        missing=missing,
        sure=None if sure is None else predicting.Sureness(**sure),
        uncertainty=uncertainty,
    )
    found = _Found()
    with _file_of(data) as source, meanwhile.status("predicting") as status:
        pieces = _predictions(predictor, read_blocks(source, sheet=sheet), found, status)
        pieces = map(with_escaped_cells, pieces) if escape else pieces
        if output is None:
            _show(pieces)
        else:
            write_pieces(pieces, output)
    if output is not None:
        meanwhile.print(f"{found.rows:,} predictions: {output}", soft_wrap=True)
    if found.absent:
        columns = _listed([repr(name) for name in found.absent])
        meanwhile.print(f"taken as missing, as the table lacks them: {columns}", soft_wrap=True)
    if found.unlike:
        meanwhile.print(_words(found), soft_wrap=True)


@dataclass
class _Found:
    """What there is to say of a table when all of it is predicted."""

    rows: int = 0
    unlike_rows: int = 0
    unlike: Counter[str] = field(default_factory=Counter)  # rows by column
    absent: Sequence[str] = ()

    def add(self, predicted: Any) -> None:
        """Count an `epochal.runs.predict.Predictions` in."""
        self.rows += len(predicted.frame)
        self.absent = predicted.absent
        cells = {name: cells.rows for name, cells in predicted.unlike.items()}
        self.unlike_rows += int(np.any([*cells.values()], axis=0).sum()) if cells else 0
        self.unlike.update({name: int(rows.sum()) for name, rows in cells.items()})


def _predictions(
    predictor: Any, blocks: Iterable[pd.DataFrame], found: _Found, status: Status
) -> Iterator[pd.DataFrame]:
    """The predictions of one block after another."""
    for block in blocks:
        predicted = predictor(block, found.rows)
        found.add(predicted)
        yield predicted.frame
        status.update(f"predicting ({found.rows:,} rows are done)")


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


def _show(pieces: Iterable[pd.DataFrame]) -> None:
    """Print as CSV: exactly into a pipe, without control characters to a terminal."""
    for text in csv_texts(pieces):
        sys.stdout.write(escape_controls(text) if sys.stdout.isatty() else text)


def _words(found: _Found) -> str:
    """How many rows are unlike the training data, and in which columns."""
    have = "row has" if found.unlike_rows == 1 else "rows have"
    columns = _listed([f"{name} ({rows:,})" for name, rows in found.unlike.items()])
    return f"{found.unlike_rows:,} {have} values unlike the training data: {columns}"


def _listed(parts: Sequence[str]) -> str:
    more = f" and {len(parts) - _MOST_COLUMNS} more" if len(parts) > _MOST_COLUMNS else ""
    return ", ".join(parts[:_MOST_COLUMNS]) + more
