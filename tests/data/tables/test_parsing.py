"""Cells as numbers, booleans, dates and names."""

import numpy as np
import pandas as pd
import pytest

from epochal.data.tables.parsing import (
    as_names,
    parse_booleans,
    parse_dates,
    parse_numbers,
    reads_day_first,
)


def test_numbers():
    parsed = parse_numbers(pd.Series(["1", " 2.5", "1e3", "three", None]))
    np.testing.assert_array_equal(parsed, [1, 2.5, 1000, np.nan, np.nan])
    np.testing.assert_array_equal(parse_numbers(pd.Series([1, None], dtype="Int64")), [1, np.nan])


def test_booleans():
    parsed = parse_booleans(pd.Series(["Yes", "no", "T", "0", True, 1.0, "maybe", None]))
    np.testing.assert_array_equal(parsed, [1, 0, 1, 0, 1, 1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2020-02-03", "2021-12-31 10:30"], ["2020-02-03", "2021-12-31 10:30"]),
        (["02/03/2020", "12/31/2020"], ["2020-02-03", "2020-12-31"]),
        (["02/03/2020", "31/12/2020"], ["2020-03-02", "2020-12-31"]),
        (["3 Feb 2020", "Feb 3, 2020"], ["2020-02-03", "2020-02-03"]),
        (["2020-02-03T01:00:00+02:00", None], ["2020-02-02 23:00", None]),
        (["may", "1.5", "2020-13-45", "12"], [None, None, None, None]),
    ],
)
def test_dates(cells, expected):
    parsed = parse_dates(pd.Series(cells, dtype=object))
    assert [None if pd.isna(time) else time for time in parsed] == [
        None if time is None else pd.Timestamp(time) for time in expected
    ]


def test_the_order_of_day_and_month_can_be_kept():
    assert reads_day_first(pd.Series(["01/02/2020", "13/02/2020"]))
    assert not reads_day_first(pd.Series(["01/02/2020", "02/13/2020"]))
    kept = parse_dates(pd.Series(["01/02/2020"]), day_first=True)
    assert kept.tolist() == [pd.Timestamp(2020, 2, 1)]


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (pd.Series([3, 4]), ["3", "4"]),
        (pd.Series([3.0, None]), ["3", "missing"]),
        (pd.Series([3.5, None]), ["3.5", "missing"]),
        (pd.Series(["3", None]), ["3", "missing"]),
        (pd.Series([3, None], dtype="Int64"), ["3", "missing"]),
        (pd.Series(["a", None], dtype="category"), ["a", "missing"]),
    ],
)
def test_names_are_the_same_whatever_the_dtype(cells, names):
    assert as_names(cells).fillna("missing").tolist() == names
