"""What kind each column of a table is, and which are left out, with the reason."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import (
    hashable,
    looks_like_numbers,
    parse_booleans,
    parse_dates,
    parse_numbers,
    refuse_lists,
    shown,
)
from epochal.errors import InputError, suggest

KINDS = ("numeric", "category", "boolean", "date", "text", "dropped")

_MOSTLY = 0.9  # of the cells: what so many are, the column is meant to be
_WORDS_OF_TEXT = 3.0  # mean words in a cell from which distinct cells are text, not categories
_ROWS_TO_JUDGE = 20  # below, that all values differ says nothing
_IDENTIFIER_NAME = re.compile(
    r"(^|[_\W])(id|uuid|guid|index|key)$|^unnamed: \d+$|[a-z]I[dD]$", re.I
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table and what is done with it.

    Attributes
    ----------
    name : str
    kind : one of "numeric", "category", "boolean", "date", "text", "dropped"
    missing : int
        Cells without a value.
    distinct : int
        Different values, missing ones apart.
    note : str
        Why it was dropped, or what is odd about it; "" mostly.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    note: str = ""


def infer_columns(
    frame: pd.DataFrame,
    *,
    target: str | Sequence[str],
    drop: Collection[str] = (),
    keep: Collection[str] = (),
    kinds: Mapping[str, str] | None = None,
) -> tuple[Column, ...]:
    """The columns of `frame` other than the target, with their kinds.

    Dropped, with a note, are columns without values, with one value in all rows, and identifiers:
    texts without spaces or whole numbers that differ in every row (numbers only where they
    count the rows or are named so).

    Parameters
    ----------
    frame : DataFrame
        The table, its target included.
    target : str or sequence of str
        The column, or columns, to learn; left out of the result.
    drop, keep : names
        Columns to leave out whatever they are, and to keep though they would be dropped.
    kinds : mapping from name to kind, or None
        Overrides the inferred kinds, such as ``{"zip": "category"}``.

    Returns
    -------
    tuple of Column
        One for each column but the target, in the order of the table.

    Raises
    ------
    InputError
        An unknown column or kind (the nearest is suggested), a column of numbers or dates in
        which a few cells are none (the first is named by row and column), a column of numbers
        with currency signs, % or separators of thousands, infinite values, cells that are no
        single values, or no column left to learn from.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [22, 38, 26], "sex": ["m", "f", "f"], "alive": [0, 1, 1]})
    >>> [(column.name, column.kind) for column in infer_columns(frame, target="alive")]
    [('age', 'numeric'), ('sex', 'category')]
    """
    targets = [target] if isinstance(target, str) else list(target)
    kinds = dict(kinds or {})
    check_names(frame, targets, "target")
    drop = [drop] if isinstance(drop, str) else drop
    keep = [keep] if isinstance(keep, str) else keep
    for argument, names in (("drop", drop), ("keep", keep), ("kinds", kinds)):
        check_names(frame, names, argument)
        named = [name for name in targets if name in names]
        if named and argument != "keep":
            raise InputError(
                f"{argument} must name columns other than the target, got {named[0]!r}: take it "
                f"out{', or choose its task (task)' if argument == 'kinds' else ''}."
            )
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise InputError(
                f"kinds[{name!r}] must be one of {', '.join(KINDS)}, but it is {kind!r}."
                f"{suggest(kind, KINDS) or ' Choose one.'}"
            )
    columns = tuple(
        _describe(frame[name], name in drop, name in keep, kinds.get(name))
        for name in frame.columns
        if name not in targets
    )
    if not any(column.kind != "dropped" for column in columns):
        reasons = "; ".join(f"{column.name}: {column.note}" for column in columns[:5])
        raise InputError(
            "A table must have a column to learn from beside the target, but none is left"
            f"{f' ({reasons})' if reasons else ''}. Keep one (keep), or give more columns."
        )
    return columns


def check_names(frame: pd.DataFrame, names: Collection[str], argument: str) -> None:
    """Refuse a name that is no column of `frame`, with the nearest that is one."""
    for name in names:
        if name not in frame.columns:
            listed = ", ".join(map(str, frame.columns[:20])) + (
                ", ..." if frame.shape[1] > 20 else ""
            )
            raise InputError(
                f"{argument} must name a column of the table, but there is no {name!r}."
                f"{suggest(name, frame.columns) or f' The columns are {listed}.'}"
            )


def _describe(series: pd.Series, dropped: bool, kept: bool, asked: str | None) -> Column:
    name = str(series.name)
    missing = int(series.isna().sum())
    unwanted = dropped or asked == "dropped"
    if not unwanted:
        refuse_lists(series, f"Column {name!r}", "Drop the column (drop)")
    distinct = int(hashable(series).nunique())

    def column(kind: str, note: str = "") -> Column:
        return Column(name=name, kind=kind, missing=missing, distinct=distinct, note=note)

    if unwanted:
        return column("dropped", "dropped on request")
    if distinct == 0:
        return column("dropped", "no values")
    if asked:
        _check_kind(series, asked)
        return column(asked, "kind given")
    kind = _kind(series, distinct)
    if kind == "category" and 2 * distinct > len(series) >= _ROWS_TO_JUDGE:
        _refuse_decorated(series)
    constant = distinct == 1 and missing == 0  # with missing cells it says where they are
    odd = "one value only" if constant else _identifier(series, kind, distinct)
    if odd and not kept:
        return column("dropped", odd)
    return column(kind, f"kept on request: {odd}" if odd else "")


def _kind(series: pd.Series, distinct: int) -> str:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(dtype):
        _refuse_infinite(series)
        return "boolean" if distinct == 2 and series.dropna().isin([0, 1]).all() else "numeric"
    known = series.dropna()
    if distinct == 2 and parse_booleans(known).notna().all():
        return "boolean"
    if _mostly(parse_numbers(known), known, "numbers"):
        return "numeric"
    if _mostly(parse_dates(known), known, "dates"):
        return "date"
    return "text" if _is_text(known, distinct) else "category"


def _mostly(parsed: pd.Series, known: pd.Series, what: str) -> bool:
    """Whether `parsed` has a value for every known cell; refuse where it has for most."""
    good = parsed.notna().to_numpy()
    share = good.mean()
    if share == 1 and what == "numbers":
        _refuse_infinite(parsed)
    if _MOSTLY <= share < 1:
        at = int(good.argmin())
        raise InputError(
            f"Column {known.name!r} must hold {what}, as most of its cells do, but row "
            f"{known.index[at]} holds {shown(known.iloc[at])} ({int((~good).sum())} such cells). "
            f"Correct them, or take the column as categories (kinds: {known.name!r}: 'category')."
        )
    return bool(share == 1)


def _refuse_infinite(series: pd.Series) -> None:
    values = series.to_numpy(dtype="float64", na_value=np.nan)
    if np.isinf(values).any():
        at = int(np.isinf(values).argmax())
        raise InputError(
            f"Column {series.name!r} must hold finite numbers, but row {series.index[at]} holds "
            f"{values[at]}. Correct it, or leave the cell empty."
        )


def _is_text(known: pd.Series, distinct: int) -> bool:
    if distinct < len(known) / 2 or len(known) < _ROWS_TO_JUDGE:
        return False
    words = known.astype(str).iloc[:1000].str.count(r"\S+").mean()
    return bool(words >= _WORDS_OF_TEXT)


def _identifier(series: pd.Series, kind: str, distinct: int) -> str:
    """Why the column only names the rows, or ""."""
    if distinct < len(series) or len(series) < _ROWS_TO_JUDGE:
        return ""
    if kind == "category":
        return "an identifier: it differs in every row"
    if kind == "numeric":
        numbers = parse_numbers(series).to_numpy(dtype="float64")
        if numbers[0] in (0, 1) and (np.diff(numbers) == 1).all():
            return "an identifier: it counts the rows"
        if _IDENTIFIER_NAME.search(str(series.name)) and (numbers == np.rint(numbers)).all():
            return "an identifier: it differs in every row"
    return ""


def _refuse_decorated(series: pd.Series) -> None:
    """Refuse numbers with signs and separators: "1,234" is read differently in two countries."""
    known = series.dropna()
    written = looks_like_numbers(known)
    if written.mean() >= _MOSTLY:
        at = int(written.argmax())
        raise InputError(
            f"Column {series.name!r} must hold plain numbers such as 1234.5, but row "
            f"{known.index[at]} holds {shown(known.iloc[at])}. Write them without currency signs, "
            f"% and separators of thousands, drop the column (drop), or take it as categories "
            f"(kinds: {series.name!r}: 'category')."
        )


def _check_kind(series: pd.Series, kind: str) -> None:
    known = series.dropna()
    parser = {"numeric": parse_numbers, "boolean": parse_booleans, "date": parse_dates}.get(kind)
    if parser is None:
        return
    bad = parser(known).isna().to_numpy()
    if bad.any():
        at = int(bad.argmax())
        raise InputError(
            f"Column {series.name!r} must be {kind}, as asked, but row {known.index[at]} holds "
            f"{shown(known.iloc[at])} ({int(bad.sum())} such cells). Correct them, or ask for "
            "category."
        )
    if kind == "numeric":
        _refuse_infinite(parse_numbers(known))
