"""Rows as dictionaries, encoded as a fitted `TablePreprocessor` encodes tables, but at once.

A table of one row takes pandas and scikit-learn milliseconds, of which nearly all is overhead.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data.preprocessing.fitted_parts import Categories, Fitted, Numbers, Part, fitted_parts
from epochal.data.preprocessing.table import TablePreprocessor
from epochal.data.tables.cleaning import MISSING
from epochal.data.tables.parsing import BOOLEANS, parse_dates
from epochal.errors import suggest

_WORDS = {"numeric": "a finite number", "boolean": "true or false", "date": "a date"}
_LONGEST_SHOWN = 60


class EncodedRows(NamedTuple):
    """What became of rows.

    Attributes
    ----------
    x : float32 array of shape (good rows, features)
    good : list of int
        The numbers of the rows in `x`.
    errors : dict of int to str
        Of each other row, in one sentence.
    warnings : dict of int to str
        By row the columns whose values are unlike those of training, where there are some.
    """

    x: NDArray
    good: list[int]
    errors: dict[int, str]
    warnings: dict[int, str]


class RowEncoder:
    """Encodes rows given as mappings from column names to cells.

    Cells are what JSON holds: numbers, texts, true, false and null, which is a missing value, as
    are the texts that a text file has for one. Columns that were not fitted are ignored.

    Parameters
    ----------
    preprocessor : TablePreprocessor
        A fitted one.

    Examples
    --------
    >>> from epochal.data import infer_columns
    >>> frame = pd.DataFrame({"age": [20, 40] * 9, "sex": ["m", "f"] * 9, "y": [0, 1] * 9})
    >>> encoder = RowEncoder(TablePreprocessor().fit(frame, infer_columns(frame, target="y")))
    >>> encoded = encoder([{"age": 30, "sex": "f"}, {"age": "old", "sex": "m"}])
    >>> encoded.x.tolist(), encoded.errors[1]
    ([[0.0, 1.0, 0.0]], "'age' must be a finite number, got 'old'.")
    """

    def __init__(self, preprocessor: TablePreprocessor) -> None:
        self._kinds = dict(preprocessor.kinds_)
        self._parts = fitted_parts(preprocessor)
        self._seen = preprocessor.seen_
        self._bounds = self._seen.bounds()
        self._known = {name: frozenset(known) for name, known in self._seen.categories_.items()}
        self._dates = [name for name, kind in self._kinds.items() if kind == "date"]

    def __call__(self, rows: Sequence[Any]) -> EncodedRows:
        """Encode them; a row that cannot be is told apart from the others."""
        cells: dict[int, dict[str, Any]] = {}
        errors: dict[int, str] = {}
        for number, row in enumerate(rows):
            parsed, problems = self._parsed(row)
            if problems:
                errors[number] = f"{'; '.join(problems)}."
            else:
                cells[number] = parsed
        for name in self._dates:
            self._check_dates(name, cells, errors)
        good = list(cells)
        warnings = {n: words for n in good if (words := self._unlike(cells[n]))}
        return EncodedRows(self._encoded(list(cells.values())), good, errors, warnings)

    def _parsed(self, row: Any) -> tuple[dict[str, Any], list[str]]:
        """The cells of a row as numbers and texts, None where missing; and all that is wrong."""
        if not isinstance(row, Mapping):
            return {}, [f"A row must be an object of columns and values, got {_shown(row)}"]
        parsed, problems = {}, []
        for name, kind in self._kinds.items():
            if name not in row:
                near = suggest(name, [given for given in row if given not in self._kinds])
                hint = near.strip(" ?") if near else "send null where it is unknown"
                problems.append(f"{name!r} is missing ({hint})")
                continue
            cell = _known(row[name])
            parsed[name] = cell if cell is None else _parse(cell, kind)
            if cell is not None and parsed[name] is None:
                must = _WORDS.get(kind, "a single value")
                problems.append(f"{name!r} must be {must}, got {_shown(cell)}")
        return parsed, problems

    def _check_dates(
        self, name: str, cells: dict[int, dict[str, Any]], errors: dict[int, str]
    ) -> None:
        """Move rows whose cell is no date from `cells` to `errors`."""
        column = pd.Series({number: row[name] for number, row in cells.items()}, dtype=object)
        wrong = column.notna() & parse_dates(column, day_first=False).isna()
        for number in column.index[wrong]:
            errors[number] = f"{name!r} must be a date, got {_shown(column[number])}."
            del cells[number]

    def _unlike(self, row: Mapping[str, Any]) -> str:
        unlike = []
        for name, cell in row.items():
            if cell is None:
                continue
            if name in self._bounds:
                low, high = self._bounds[name]
                known = low <= cell <= high
            else:
                known = name not in self._known or cell in self._known[name]
            if not known:
                unlike.append(f"{name} ({self._seen.words(name)})")
        return ", ".join(unlike)

    def _encoded(self, rows: list[dict[str, Any]]) -> NDArray:
        if not rows:
            return np.empty((0, 0), np.float32)
        return np.concatenate([_encode(part, rows) for part in self._parts], axis=1)


def _encode(part: Part, rows: list[dict[str, Any]]) -> NDArray:
    """The features of a part, float32 of shape (rows, features)."""
    if isinstance(part, Numbers):
        cells = [[row[name] for name in part.names] for row in rows]
        return part.encode(np.array(cells, np.float64).reshape(len(rows), -1))
    if isinstance(part, Fitted):
        frame = pd.DataFrame(
            {name: pd.Series([row[name] for row in rows], dtype=object) for name in part.names}
        )
        other: NDArray = np.asarray(part.encoder.transform(frame), np.float32)
        return other
    if isinstance(part, Categories):
        x = np.zeros((len(rows), sum(column.width for column in part.columns)), np.float32)
        begin = 0
        for column in part.columns:
            for number, row in enumerate(rows):
                cell = row[column.name]
                at = column.missing if cell is None else column.positions.get(cell, column.new)
                if at >= 0:
                    x[number, begin + at] = 1
            begin += column.width
        return x
    missing = [[row[name] is None for name in part.names] for row in rows]
    return np.array(missing, np.float32).reshape(len(rows), -1)


def _known(cell: Any) -> Any:
    """None for a missing value; a text without spaces around it."""
    if isinstance(cell, str):
        cell = cell.strip()
        return None if cell in MISSING else cell
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _parse(cell: Any, kind: str) -> Any:
    """The cell in the form of its kind; None where it is not of it."""
    if isinstance(cell, list | dict | tuple):
        return None
    if kind == "numeric":
        return _number(cell)
    if kind == "boolean":
        return BOOLEANS.get(str(cell).strip().lower())
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if whole else str(cell)


def _number(cell: Any) -> float | None:
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    # Python reads "1_000" as a number, tables do not.
    written = isinstance(cell, str) and "_" in cell
    return number if math.isfinite(number) and not written else None


def _shown(cell: Any) -> str:
    text = repr(cell)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
