"""What a table must have to be encoded as the training table was; all that is wrong at once."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data.tables.parsing import parse_dates, shown
from epochal.errors import InputError, suggest

_MOST_LISTED = 20
_WORDS = {"date": "a date"}
_REMEDY = "correct such cells, or leave them empty"


def missing_columns(kinds: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """The columns of training that are not among `names`."""
    known = set(names)
    return [name for name in kinds if name not in known]


def check_columns(
    frame: pd.DataFrame, kinds: Mapping[str, str], parsed: Mapping[str, pd.Series]
) -> None:
    """Refuse a table without columns of training, or with cells of another kind; all are named.

    Parameters
    ----------
    frame : DataFrame
    kinds : mapping of str to str
        The kind of each column in training.
    parsed : mapping of str to Series
        The columns that the table has, numbers and booleans as float64.

    Raises
    ------
    InputError
        One sentence on all such columns.
    """
    missing = missing_columns(kinds, frame.columns)
    wrong = {}
    for name, cells in parsed.items():
        bad = _wrong(frame[name], cells, kinds[name])
        if bad.any():
            kind = _WORDS.get(kinds[name], kinds[name])
            wrong[name] = f"must be {kind}, as in training, got {_first(frame[name], bad)}"
    if missing and not wrong:
        raise _without(missing, frame)
    if len(wrong) == 1 and not missing:
        ((name, what),) = wrong.items()
        raise InputError(f"Column {name!r} {what}: {_REMEDY}.")
    if wrong:
        problems = [f"{name!r} {what}" for name, what in wrong.items()]
        problems += [f"{name!r} is missing" for name in missing]
        raise InputError(
            f"The table must be like the training table, got {len(problems)} columns that are "
            f"not ({_listed(problems, '; ')}): correct or add them, empty where unknown."
        )


def _wrong(series: pd.Series, parsed: pd.Series, kind: str) -> NDArray:
    """Which cells are not of the kind of their column."""
    if kind in ("numeric", "boolean"):
        wrong: NDArray = ~np.isfinite(parsed.to_numpy())
    elif kind == "date" and not pd.api.types.is_datetime64_any_dtype(series.dtype):
        wrong = parse_dates(series, day_first=False).isna().to_numpy()
    else:
        return np.zeros(0, bool)
    return wrong & series.notna().to_numpy() if wrong.any() else wrong


def _first(series: pd.Series, wrong: NDArray) -> str:
    at, count = int(wrong.argmax()), int(wrong.sum())
    more = f" ({count} such cells)" if count > 1 else ""
    return f"{shown(series.iloc[at])} in row {series.index[at]}{more}"


def _without(missing: list[str], frame: pd.DataFrame) -> InputError:
    near = suggest(missing[0], frame.columns) if len(missing) == 1 else ""
    it = "it" if len(missing) == 1 else "them"
    return InputError(
        "The table must have the columns of the training table, got one without "
        f"{_listed([repr(name) for name in missing], ', ')}."
        f"{near or f' Add {it}, empty where the values are unknown.'}"
    )


def _listed(parts: list[str], between: str) -> str:
    more = f"{between}and {len(parts) - _MOST_LISTED} more" if len(parts) > _MOST_LISTED else ""
    return between.join(parts[:_MOST_LISTED]) + more
