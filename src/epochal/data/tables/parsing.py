"""Cells parsed as numbers, booleans, dates or names; what cannot be parsed becomes missing."""

import re
import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from epochal.errors import InputError

BOOLEANS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1", "1.0"), 1.0),
    **dict.fromkeys(("false", "no", "n", "f", "0", "0.0"), 0.0),
}
"""What a cell of a column of booleans may be, in small letters, and its number."""

_DATE = r"\d{1,4}[-/. ](?:\d{1,2}|[A-Za-z]{3,9})[-/. ,]+\d{1,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}"

# Groups of three digits, then decimals: 5,188.60 and 5.188,60 and 5 188, but not 555 123 4567.
_SIGN = r"[$€£¥]?"
_WRITTEN_NUMBER = re.compile(
    rf"\s*[-+]?\s*{_SIGN}\s*[-+]?(?:\d{{1,3}}(?:[,.'\s]\d{{3}})+|\d+)(?:[.,]\d+)?\s*(?:%|{_SIGN})\s*"
)

# Only where the year comes last: with the year first, the order is unambiguous.
_TWO_NUMBERS_FIRST = r"^(\d{1,2})[-/. ](\d{1,2})[-/. ]"


def shown(cell: Any) -> str:
    """The cell as the user wrote it: 5 and 'a', not np.int64(5)."""
    return repr(cell.item() if isinstance(cell, np.generic) else cell)


def hashable(series: pd.Series) -> pd.Series:
    """The cells, as text where some are lists, arrays and the like."""
    return series if _first_list(series) is None else series.map(repr, na_action="ignore")


def hashable_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its columns `hashable`."""
    objects = [str(name) for name, dtype in frame.dtypes.items() if dtype.kind == "O"]
    odd = {name: frame[name] for name in objects if _first_list(frame[name]) is not None}
    return frame.assign(**{name: hashable(series) for name, series in odd.items()})


def refuse_lists(series: pd.Series, what: str, remedy: str) -> None:
    """Refuse lists, arrays and the like as cells; `what` begins the error, `remedy` ends it."""
    at = _first_list(series)
    if at is not None:
        raise InputError(
            f"{what} must hold single values, got a {type(series.iloc[at]).__name__} in row "
            f"{series.index[at]}: {remedy}, or split it into several columns."
        )


def refuse_cells(series: pd.Series, wrong: np.ndarray, must: str, remedy: str) -> None:
    """Refuse a column where any cell is wrong, naming the first.

    Parameters
    ----------
    series : Series of shape (rows,)
        The cells, whose index names their rows.
    wrong : bool array of shape (rows,)
    must : str
        The beginning of the error, such as "Column 'x' must hold numbers".
    remedy : str
        What to do.

    Raises
    ------
    InputError
        With the first wrong cell, its row, and how many there are.

    Examples
    --------
    >>> refuse_cells(pd.Series([1, "a"]), np.array([False, True]), "x must be a number", "fix it")
    Traceback (most recent call last):
    epochal.errors.InputError: x must be a number, got 'a' in row 1: fix it.
    """
    count = int(wrong.sum())
    if count:
        at = int(wrong.argmax())
        more = f" ({count} such cells)" if count > 1 else ""
        raise InputError(
            f"{must}, got {shown(series.iloc[at])} in row {series.index[at]}{more}: {remedy}."
        )


def _first_list(series: pd.Series) -> int | None:
    """The position of the first cell that is not a single value."""
    if not pd.api.types.is_object_dtype(series.dtype):
        return None
    return next((at for at, cell in enumerate(series) if not isinstance(cell, Hashable)), None)


def parse_numbers(series: pd.Series) -> pd.Series:
    """The cells as float64, NaN where a cell is not a number."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.astype("float64")
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return pd.Series(float("nan"), index=series.index, name=series.name)
    # By way of object: category and Arrow dtypes do not parse.
    return pd.to_numeric(series.astype(object), errors="coerce").astype("float64")


def looks_like_numbers(series: pd.Series) -> np.ndarray:
    """Which cells are numbers to a reader, with currency signs, % and separators.

    Parameters
    ----------
    series : Series of shape (rows,)

    Returns
    -------
    bool array of shape (rows,)

    Examples
    --------
    >>> looks_like_numbers(pd.Series(["$5,188.60", "12 %", "1 234,5 €", "A12"])).tolist()
    [True, True, True, False]
    """
    return np.array(
        [bool(_WRITTEN_NUMBER.fullmatch(str(cell))) for cell in series.astype(object)], dtype=bool
    )


def parse_booleans(series: pd.Series) -> pd.Series:
    """The cells as 0.0 and 1.0 (true/false, yes/no, y/n, t/f, 1/0), NaN where a cell is neither."""
    words = series.astype(object).map(lambda cell: str(cell).strip().lower(), na_action="ignore")
    return words.map(BOOLEANS).astype("float64")


def parse_dates(series: pd.Series, *, day_first: bool | None = None) -> pd.Series:
    """The cells as times without a zone (UTC where they had one), NaT where a cell is not a date.

    `day_first` says how 02/03/2020 is read; None decides by `reads_day_first`.
    """
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return pd.to_datetime(series, utc=True).dt.tz_localize(None)
    text = _date_like(series)
    return _parse(text, _day_first(text) if day_first is None else day_first)


def reads_day_first(series: pd.Series) -> bool:
    """Whether the cells can only be dates with the day first (13/02/2020)."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return False
    return _day_first(_date_like(series))


def _day_first(text: pd.Series) -> bool:
    first, second = text.str.extract(_TWO_NUMBERS_FIRST).astype("Float64").max().fillna(0)
    return bool(first > 12 >= second)


def _date_like(series: pd.Series) -> pd.Series:
    # pandas reads "may" and "1.5" as dates: it gets only what looks like one.
    if pd.api.types.is_numeric_dtype(series.dtype):
        return pd.Series(None, index=series.index, name=series.name, dtype="string")
    text = series.astype("string").str.strip()
    return text.where(text.str.match(_DATE).fillna(False).astype(bool))


def _parse(text: pd.Series, day_first: bool) -> pd.Series:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # pandas' advice on dayfirst, which is decided above
        times = pd.to_datetime(text, errors="coerce", utc=True, dayfirst=day_first)
        if times.notna().sum() < text.notna().sum():  # several formats: slower, cell by cell
            times = pd.to_datetime(
                text, errors="coerce", utc=True, dayfirst=day_first, format="mixed"
            )
    return times.dt.tz_localize(None)


def as_names(series: pd.Series) -> pd.Series:
    """The cells as text, where 3, 3.0 and "3" are one category; NaN where missing."""
    if pd.api.types.is_float_dtype(series.dtype):
        known = series.dropna()
        if (known == known.round()).all():
            series = series.astype("float64").astype("Int64")
    text = series.astype(object).map(str, na_action="ignore")
    return text.where(series.notna(), np.nan).astype(object)
