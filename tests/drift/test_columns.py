"""Columns of new rows beside those of the training."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from epochal.drift.columns import drift_of_columns, holm

KINDS = {
    "age": "numeric",
    "skewed": "numeric",
    "kind": "category",
    "paid": "boolean",
    "day": "date",
    "note": "text",
}


def table(rows, seed):
    random = np.random.default_rng(seed)
    age = random.normal(40, 10, rows)
    return pd.DataFrame(
        {
            "age": np.where(random.random(rows) < 0.1, np.nan, age),
            "skewed": random.lognormal(0, 1, rows),
            "kind": random.choice(["a", "b", "c", "rare"], rows, p=[0.5, 0.3, 0.19, 0.01]),
            "paid": random.integers(0, 2, rows).astype(float),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 365, rows), "D"),
            "note": ["word " * n for n in random.integers(1, 9, rows)],
        }
    )


PLANTED = {
    "age": (lambda t: t["age"] + 10, "median "),
    "skewed": (lambda t: t["skewed"] * 2, "median "),
    "kind": (lambda t: t["kind"].replace("b", "a"), " in the training, "),
    "paid": (lambda t: t["paid"] * 0, " in the training, "),
    "day": (lambda t: t["day"] + pd.Timedelta(days=200), "median 2020-0"),
    "note": (lambda t: t["note"] + "and more words than before", "words in the training"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_shift_is_found_and_no_other(name):
    change, words = PLANTED[name]
    new = table(500, 1)
    found = drift_of_columns(table(500, 0), new.assign(**{name: change(new)}), KINDS)
    assert [column.name for column in found if column.differs] == [name]
    assert found[0].name == name
    assert words in found[0].words


def test_missing_cells_are_a_difference_too():
    new = table(400, 1)
    new.loc[:199, "age"] = np.nan
    new.loc[:199, "kind"] = None
    found = {column.name: column for column in drift_of_columns(table(400, 0), new, KINDS)}
    assert found["age"].differs
    assert "missing in the training, 5" in found["age"].words
    assert found["kind"].differs
    assert "0.0% missing in the training, 50.0% here" in found["kind"].words


def test_false_alarms_of_any_column_are_rare():
    alarms = [
        any(
            column.differs
            for column in drift_of_columns(table(150, seed), table(150, 999 - seed), KINDS)
        )
        for seed in range(50)
    ]
    assert sum(alarms) <= 6  # 2.5 are expected at most, and more than 6 once in 70 such tests


def test_many_rows_make_no_small_difference_large():
    new = table(20000, 1)
    found = drift_of_columns(table(1000, 0), new.assign(age=new["age"] + 1.5), KINDS)
    age = next(column for column in found if column.name == "age")
    assert age.p_value < 0.05
    assert age.size < 0.1
    assert not age.differs


def test_numbers_are_scipys():
    known, new = table(80, 0), table(90, 5)
    found = {column.name: column for column in drift_of_columns(known, new, KINDS)}
    expected = stats.ks_2samp(known["skewed"], new["skewed"])
    assert found["skewed"].size == expected.statistic
    counts = np.array([known["paid"].value_counts(), new["paid"].value_counts()])
    chi = stats.chi2_contingency(counts, correction=False)
    assert found["paid"].size == pytest.approx(max(0, chi.statistic - 1) ** 0.5 / 170**0.5)


def test_columns_without_a_value_and_of_one_value():
    empty = pd.DataFrame({"age": [np.nan] * 30, "kind": ["a"] * 30})
    kinds = {"age": "numeric", "kind": "category"}
    assert not any(column.differs for column in drift_of_columns(empty, empty, kinds))
    full = empty.assign(age=1.0)
    assert drift_of_columns(empty, full, kinds)[0].size == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_against_its_definition(values):
    found = holm(values)
    order = np.argsort(values, kind="stable")
    worst = 0.0
    for rank, at in enumerate(order):
        worst = max(worst, (len(values) - rank) * values[at])
        assert found[at] == pytest.approx(min(1, worst))
