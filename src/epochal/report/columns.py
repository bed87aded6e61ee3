"""The report's table of the columns, and what was done with each."""

from collections.abc import Sequence
from dataclasses import dataclass

from epochal.data import Column
from epochal.translation import translatable, translate

MOST_COLUMNS = 200
"""Columns that the page lists; `run.json` holds all of them."""

NUMBERS = {
    "standard": translatable("standardised"),
    "piecewise-linear": translatable("squashed, and cut into pieces"),
}
"""What becomes of numbers by each encoding."""


@dataclass(frozen=True, kw_only=True)
class ColumnRow:
    """A row of that table.

    Attributes
    ----------
    name, kind : str
        As `epochal.data.Column` has them.
    missing : int
        Cells without a value.
    treatment : str
        How the column became the network's input, or why it was dropped.
    used : bool
        False where it was dropped.
    """

    name: str
    kind: str
    missing: int
    treatment: str
    used: bool


def column_rows(
    columns: Sequence[Column], numeric_encoding: str = "standard"
) -> tuple[list[ColumnRow], int]:
    """The rows to list, dropped columns first, and how many more columns there are.

    `numeric_encoding` is that of `epochal.data.TablePreprocessor`.

    Examples
    --------
    >>> rows, more = column_rows([Column(name="age", kind="numeric", missing=3, distinct=60)])
    >>> rows[0].treatment, more
    ('standardised, missing-value indicator added', 0)
    """
    encoded = translate(NUMBERS[numeric_encoding])
    rows = sorted((_row(column, encoded) for column in columns), key=lambda row: row.used)
    return rows[:MOST_COLUMNS], max(0, len(rows) - MOST_COLUMNS)


def _row(column: Column, encoded: str) -> ColumnRow:
    used = column.kind != "dropped"
    return ColumnRow(
        name=column.name,
        kind=column.kind,
        missing=column.missing,
        treatment=_treatment(column, encoded)
        if used
        else translate("dropped: {reason}", reason=column.note),
        used=used,
    )


def _treatment(column: Column, encoded: str) -> str:
    encoding = {
        "numeric": encoded,
        "boolean": translate("0 and 1, scaled"),
        "category": translate("{count:,} values", count=column.distinct),
        "date": translate("its parts, {encoding}", encoding=encoded),
        "text": translate("the words in it"),
    }[column.kind]
    if column.missing:
        encoding = translate("{encoding}, missing-value indicator added", encoding=encoding)
    return f"{encoding} ({column.note})" if column.note else encoding
