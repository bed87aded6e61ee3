"""The kind of each column of a table, and which columns are dropped and why."""

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
    refuse_cells,
    refuse_lists,
)
from epochal.errors import InputError, suggest
from epochal.translation import translatable, translate

KINDS = (
    translatable("numeric"),
    translatable("category"),
    translatable("boolean"),
    translatable("date"),
    translatable("text"),
    translatable("dropped"),
)

_MOSTLY = 0.9  # if this fraction of the cells is of a kind, the column is meant to be
_WORDS_OF_TEXT = 3.0  # mean words per cell from which distinct cells are text, not categories
_ROWS_TO_JUDGE = 20  # with fewer, that all values differ means nothing
_IDENTIFIER_NAME = re.compile(
    r"(^|[_\W])(id|uuid|guid|index|key)$|^unnamed: \d+$|[a-z]I[dD]$", re.I
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table and how it is used.

    Attributes
    ----------
    name : str
    kind : {"numeric", "category", "boolean", "date", "text", "dropped"}
    missing : int
        Cells without a value.
    distinct : int
        Distinct values, missing ones not counted.
    note : str
        Why it was dropped, or what a reader should know; "" for most columns.
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
    """Infer the kinds of the columns of `frame` other than the target.

    Columns without values, constant columns and identifiers are dropped, with a note. Identifiers
    are texts without spaces, row numbers, and whole numbers in a column of such a name, that are
    unique in each row.

    Parameters
    ----------
    frame : DataFrame
        The table, its target included.
    target : str or sequence of str
        The column, or columns, to predict; not in the result.
    drop, keep : str or collection of str
        Columns to drop, and columns to keep that would be dropped.
    kinds : mapping of str to str, optional
        Kinds by column that override the inferred ones, such as ``{"zip": "category"}``.

    Returns
    -------
    tuple of Column
        One for each column but the target, in the order of the table.

    Raises
    ------
    InputError
        An unknown column or kind (the nearest is suggested), a column of numbers or dates in
        which a few cells are not (the first is named by row and column), numbers with currency
        signs, % or thousands separators, infinite values, lists as cells, or no column left to
        learn from.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [22, 38, 26], "sex": ["m", "f", "f"], "alive": [0, 1, 1]})
    >>> [(column.name, column.kind) for column in infer_columns(frame, target="alive")]
    [('age', 'numeric'), ('sex', 'category')]
    """
    targets = [target] if isinstance(target, str) else list(target)
    drop = [drop] if isinstance(drop, str) else drop
    keep = [keep] if isinstance(keep, str) else keep
    kinds = dict(kinds or {})
    _check_arguments(frame, targets, drop, keep, kinds)
    columns = tuple(
        _describe(
            frame[name],
            dropped=name in drop or kinds.get(name) == "dropped",
            kept=name in keep,
            asked=kinds.get(name),
        )
        for name in frame.columns
        if name not in targets
    )
    if all(column.kind == "dropped" for column in columns):
        reasons = "; ".join(f"{column.name}: {column.note}" for column in columns[:5])
        raise InputError(
            "The table must have a column to learn from besides the target, got none"
            f"{f' ({reasons})' if reasons else ''}: keep one (keep), or give more columns."
        )
    return columns


def check_names(frame: pd.DataFrame, names: Collection[str], argument: str) -> None:
    """Refuse a name that is not a column of `frame`; the nearest is suggested."""
    for name in names:
        if name not in frame.columns:
            listed = ", ".join(map(str, frame.columns[:20]))
            more = ", ..." if frame.shape[1] > 20 else ""
            raise InputError(
                f"{argument} must name a column of the table, got {name!r}."
                f"{suggest(name, frame.columns) or f' The columns are {listed}{more}.'}"
            )


def _check_arguments(
    frame: pd.DataFrame,
    targets: Sequence[str],
    drop: Collection[str],
    keep: Collection[str],
    kinds: Mapping[str, str],
) -> None:
    check_names(frame, targets, "target")
    for argument, names in (("drop", drop), ("keep", keep), ("kinds", kinds)):
        check_names(frame, names, argument)
        named = [name for name in targets if name in names]
        if named and argument != "keep":
            raise InputError(
                f"{argument} must name columns other than the target, got {named[0]!r}: remove "
                f"it{', or choose its task (task)' if argument == 'kinds' else ''}."
            )
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise InputError(
                f"kinds[{name!r}] must be one of {', '.join(KINDS)}, got {kind!r}."
                f"{suggest(kind, KINDS)}"
            )


def _describe(series: pd.Series, *, dropped: bool, kept: bool, asked: str | None) -> Column:
    if not dropped:
        refuse_lists(series, f"Column {series.name!r}", "drop the column (drop)")
    distinct = int(hashable(series).nunique())
    if dropped:
        kind, note = "dropped", translate("dropped on request")
    else:
        kind, note = _kind_and_note(series, distinct, kept, asked)
    missing = int(series.isna().sum())
    return Column(name=str(series.name), kind=kind, missing=missing, distinct=distinct, note=note)


def _kind_and_note(
    series: pd.Series, distinct: int, kept: bool, asked: str | None
) -> tuple[str, str]:
    if distinct == 0:
        return "dropped", translate("no values")
    if asked:
        _check_kind(series, asked)
        return asked, translate("kind given")
    kind = _kind(series, distinct)
    if kind == "category" and 2 * distinct > len(series) >= _ROWS_TO_JUDGE:
        _refuse_decorated(series)
    constant = distinct == 1 and series.notna().all()  # else it says where values are missing
    useless = translate("constant") if constant else _identifier(series, kind, distinct)
    if not useless:
        return kind, ""
    if kept:
        return kind, translate("kept on request: {reason}", reason=useless)
    return "dropped", useless


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
    numbers = parse_numbers(known)
    if _all_parsed(numbers, known, "numbers"):
        _refuse_infinite(numbers)
        return "numeric"
    if _all_parsed(parse_dates(known), known, "dates"):
        return "date"
    return "text" if _is_text(known, distinct) else "category"


def _all_parsed(parsed: pd.Series, known: pd.Series, what: str) -> bool:
    """Whether `parsed` has a value for each known cell; refuse where it has for most."""
    wrong = parsed.isna().to_numpy()
    if 1 - wrong.mean() >= _MOSTLY:
        refuse_cells(
            known,
            wrong,
            f"Column {known.name!r} must hold {what}, as most of its cells do",
            f"correct them, or use the column as categories (kinds: {known.name!r}: 'category')",
        )
    return not wrong.any()


def _refuse_infinite(series: pd.Series) -> None:
    values = series.to_numpy(dtype="float64", na_value=np.nan)
    must = f"Column {series.name!r} must hold finite numbers"
    refuse_cells(series, np.isinf(values), must, "correct such cells, or leave them empty")


def _is_text(known: pd.Series, distinct: int) -> bool:
    if distinct < len(known) / 2 or len(known) < _ROWS_TO_JUDGE:
        return False
    words = known.astype(str).iloc[:1000].str.count(r"\S+").mean()
    return bool(words >= _WORDS_OF_TEXT)


def _identifier(series: pd.Series, kind: str, distinct: int) -> str:
    """Why the column merely identifies the rows, or ""."""
    if distinct < len(series) or len(series) < _ROWS_TO_JUDGE:
        return ""
    if kind == "category":
        return translate("identifier: unique in each row")
    if kind == "numeric":
        numbers = parse_numbers(series).to_numpy(dtype="float64")
        if numbers[0] in (0, 1) and (np.diff(numbers) == 1).all():
            return translate("identifier: row numbers")
        if _IDENTIFIER_NAME.search(str(series.name)) and (numbers == np.rint(numbers)).all():
            return translate("identifier: unique in each row")
    return ""


def _refuse_decorated(series: pd.Series) -> None:
    """Refuse numbers with signs and separators: what "1,234" means differs between countries."""
    known = series.dropna()
    written = looks_like_numbers(known)
    if written.mean() >= _MOSTLY:
        refuse_cells(
            known,
            written,
            f"Column {series.name!r} must hold plain numbers such as 1234.5",
            "write them without currency signs, % and thousands separators, drop the column "
            f"(drop), or use it as categories (kinds: {series.name!r}: 'category')",
        )


def _check_kind(series: pd.Series, kind: str) -> None:
    known = series.dropna()
    parser = {"numeric": parse_numbers, "boolean": parse_booleans, "date": parse_dates}.get(kind)
    if parser is None:
        return
    parsed = parser(known)
    must = f"Column {series.name!r} must hold cells of the given kind, {kind!r}"
    refuse_cells(known, parsed.isna().to_numpy(), must, "correct them, or choose 'category'")
    if kind == "numeric":
        _refuse_infinite(parsed)
