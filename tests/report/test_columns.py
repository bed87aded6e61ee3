"""The table of columns: what it says of each kind, and its order."""

import pytest

from epochal.data import KINDS, Column
from epochal.report.columns import MOST_COLUMNS, column_rows


def column(kind: str, missing: int = 0, note: str = "") -> Column:
    return Column(name="a", kind=kind, missing=missing, distinct=1234, note=note)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_treatment(kind):
    (row,), more = column_rows([column(kind, note="why")])
    assert (row.kind, row.used, more) == (kind, kind != "dropped", 0)
    assert "why" in row.treatment


def test_the_treatment_says_what_became_of_a_column():
    (row,), _ = column_rows([column("category", missing=2, note="kept on request")])
    assert row.treatment == "1,234 values, missing-value indicator added (kept on request)"
    (row,), _ = column_rows([column("date")], "piecewise-linear")
    assert row.treatment == "its parts, squashed, and cut into pieces"
    (row,), _ = column_rows([column("dropped", missing=2, note="no values")])
    assert row.treatment == "dropped: no values"


def test_dropped_columns_come_first_and_the_rest_is_counted():
    rows, more = column_rows([column("numeric")] * MOST_COLUMNS + [column("dropped")])
    assert (rows[0].used, len(rows), more) == (False, MOST_COLUMNS, 1)
