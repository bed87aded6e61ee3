"""Cells as numbers in their order, and as codes."""

import numpy as np
import pandas as pd

from epochal.explanation.column_values import named_values, ordered_values


def test_numbers_as_texts_and_booleans():
    assert ordered_values(pd.Series(["3", None, "-1.5"]), "numeric").tolist()[::2] == [3.0, -1.5]
    assert ordered_values(pd.Series([True, False]), "boolean").tolist() == [1.0, 0.0]


def test_dates_are_years():
    years = ordered_values(pd.Series(["1970-01-01", None, "1969-01-01"]), "date")
    assert np.round(years, 2).tolist()[::2] == [1970.0, 1969.0]
    assert np.isnan(years[1])


def test_codes_go_from_the_most_frequent_value_on():
    codes, values = named_values(pd.Series([3, 1, 1, None, 3, 1]))
    assert codes.tolist() == [1, 0, 0, -1, 1, 0]
    assert values == ["1", "3"]


def test_no_value_at_all():
    codes, values = named_values(pd.Series([None, None]))
    assert (codes.tolist(), values) == ([-1, -1], [])
