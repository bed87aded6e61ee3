"""Rows that can't judge one another: folds of whole groups, stretches of time, and gaps."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from epochal.data.relations import Relations, majority_class
from epochal.errors import InputError


def random(seed=0):
    return np.random.default_rng(seed)


@given(
    rows=st.integers(12, 120),
    count=st.integers(2, 6),
    way=st.sampled_from(["plain", "classes", "groups", "both", "order"]),
    seed=st.integers(0, 100),
)
def test_each_row_is_left_out_once_and_trained_on_otherwise(rows, count, way, seed):
    draws = random(seed)
    given_columns = {}
    if way in ("classes", "both"):
        given_columns["classes"] = draws.integers(0, 3, rows)
    if way in ("groups", "both"):
        given_columns["groups"] = draws.permutation(np.arange(rows) // 2)
    if way == "order":
        given_columns["order"] = draws.permutation(rows)
    folds = Relations.of(rows, **given_columns).folds(count, random(seed))
    assert sorted(np.concatenate([left for _, left in folds])) == list(range(rows))
    for train, left_out in folds:
        np.testing.assert_array_equal(np.sort(np.r_[train, left_out]), np.arange(rows))
        if "groups" in given_columns:
            groups = given_columns["groups"]
            assert not set(groups[train]) & set(groups[left_out])


def test_folds_hold_as_much_of_each_class_and_of_groups_by_size():
    classes = np.repeat([0, 1], [900, 100])
    for _, left_out in Relations.of(1000, classes=classes).folds(5, random()):
        assert np.bincount(classes[left_out]).tolist() == [180, 20]
    sizes = random().integers(1, 30, 60)
    groups = np.repeat(np.arange(60), sizes)
    parts = [len(left) for _, left in Relations.of(len(groups), groups=groups).folds(4, random())]
    assert max(parts) - min(parts) <= sizes.max()


def test_times_are_left_out_in_stretches_with_a_gap_on_both_sides():
    times = random().permutation(100)
    for train, left_out in Relations.of(100, order=times, gap=3).folds(4, random()):
        first, last = times[left_out].min(), times[left_out].max()
        assert last - first + 1 == len(left_out) == 25
        apart = np.r_[
            first - times[train][times[train] < first], times[train][times[train] > last] - last
        ]
        assert apart.min() == 4
        assert len(train) == 100 - 25 - 3 * (int(first > 0) + int(last < 99))


def test_rows_are_judged_by_earlier_ones_as_in_scikit_learn():
    relations = Relations.of(60, order=np.arange(60), gap=2)
    ours = relations.forward_folds(5, random())
    theirs = TimeSeriesSplit(5, gap=2).split(np.zeros(60))
    for (train, test), (expected_train, expected_test) in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(train, expected_train)
        np.testing.assert_array_equal(test, expected_test)


def test_equal_times_are_in_one_stretch_and_none_is_empty():
    times = np.repeat([0, 1, 2, 3, 4], [96, 1, 1, 1, 1])
    folds = Relations.of(100, order=times).folds(5, random())
    assert [set(times[left]) for _, left in folds] == [{0}, {1}, {2}, {3}, {4}]


def test_a_group_at_a_later_time_is_not_trained_on():
    groups, times = np.array([0, 1, 2, 0, 3, 1]), np.arange(6)
    relations = Relations.of(6, groups=groups, order=times)
    assert relations.independent(np.arange(4), np.array([4, 5])).tolist() == [0, 2, 3]


def test_dates_are_seconds_and_gaps_durations():
    days = pd.Series(["2020-01-03", "2020-01-01"])
    relations = Relations.of(2, order=days, gap="12h")
    assert relations.times is not None
    assert np.diff(relations.times).item() == -2 * 86400
    assert relations.gap == 12 * 3600
    taken = relations.taken(np.array([1]))
    assert (taken.rows, taken.gap, taken.folds_at_most) == (1, relations.gap, 1)


def test_the_class_of_a_group_is_its_most_frequent():
    assert majority_class(np.array([2, 2, 0, 1, 1, 0]), np.array([0, 0, 0, 1, 1, 2])).tolist() == [
        2,
        1,
        0,
    ]


def test_a_column_is_named_where_its_values_are_missing():
    patients = pd.Series(["a", None], name="patient")
    with pytest.raises(InputError, match="groups 'patient' must have no missing values, got 1"):
        Relations.of(2, groups=patients)
