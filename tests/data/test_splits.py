"""Splits: every row once, proportions, groups whole, time in order, Keras' last rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from epochal.data import split, validation_split
from epochal.errors import InputError


def parts_of(parts):
    return parts.train, parts.validation, parts.test


@given(
    rows=st.integers(5, 200),
    test_size=st.sampled_from([0, 0.1, 0.3]),
    validation_size=st.sampled_from([0, 0.2, 0.3]),
    classes=st.integers(1, 8),
    way=st.sampled_from(["plain", "stratify", "groups", "order"]),
    seed=st.integers(0, 1000),
)
def test_every_row_lies_in_one_part(rows, test_size, validation_size, classes, way, seed):
    values = np.random.default_rng(seed).integers(0, classes, rows)
    if way == "groups":
        values = np.arange(rows) // 2 if rows > 8 else np.arange(rows)
    if way == "order":
        values = np.random.default_rng(seed).permutation(rows)
    ways = {} if way == "plain" else {way: values}
    parts = split(rows, test_size=test_size, validation_size=validation_size, seed=seed, **ways)
    together = np.concatenate(parts_of(parts))
    assert sorted(together) == list(range(rows))
    assert all((np.diff(part) > 0).all() for part in parts_of(parts))
    assert (len(parts.test) > 0) == (test_size > 0)
    assert (len(parts.validation) > 0) == (validation_size > 0)


def test_sizes_are_fractions_of_all_rows():
    parts = split(1000, test_size=0.2, validation_size=0.3)
    assert [len(part) for part in parts_of(parts)] == [500, 300, 200]


def test_the_seed_alone_decides():
    first, again, other = split(50, seed=1), split(50, seed=1), split(50, seed=2)
    np.testing.assert_array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_classes_keep_their_proportions():
    classes = np.repeat(["rare", "common"], [100, 900])
    for part in parts_of(split(1000, stratify=classes)):
        assert np.mean(classes[part] == "rare") == pytest.approx(0.1, abs=1e-9)


def test_classes_of_one_row_are_drawn_together_and_it_is_said():
    parts = split(22, stratify=["a"] * 10 + ["b"] * 10 + ["c", "d"])
    assert parts.note == "2 classes with a single row were drawn together as one class"
    parts = split(21, stratify=["a"] * 10 + ["b"] * 10 + ["c"])
    assert parts.note == "a class with a single row was drawn together with the next smallest"
    assert split(20, stratify=["a"] * 10 + ["b"] * 10).note == ""


def test_a_part_with_fewer_rows_than_classes_is_drawn_without_them():
    parts = split(20, test_size=0.1, validation_size=0.1, stratify=np.arange(20) // 2)
    assert parts.note == "the split is not stratified: 2 rows cannot hold 10 classes"


def test_no_group_lies_in_two_parts():
    groups = np.random.default_rng(0).integers(0, 30, 300)
    train, validation, test = (set(groups[part]) for part in parts_of(split(300, groups=groups)))
    assert not train & validation
    assert not train & test
    assert not validation & test
    assert len(test) == len(validation) == 6


def test_the_latest_rows_are_the_test_part():
    dates = pd.Series(pd.date_range("2020-01-01", periods=10)).sample(frac=1, random_state=0)
    parts = split(10, order=dates)
    times = dates.to_numpy()
    assert times[parts.train].max() < times[parts.validation].min()
    assert times[parts.validation].max() < times[parts.test].min()


def test_equal_times_lie_in_one_part():
    years = np.repeat([2001, 2002, 2003, 2004], 25)
    parts = split(100, order=years, test_size=0.3, validation_size=0.1)
    assert [set(years[part]) for part in parts_of(parts)] == [{2001}, {2002}, {2003, 2004}]


def test_a_gap_keeps_rows_before_a_part_from_use():
    days = pd.date_range("2020-01-01", periods=100)
    parts = split(100, order=days, gap="7 days")
    assert parts.test.tolist() == list(range(80, 100))
    assert parts.validation.tolist() == list(range(53, 73))
    assert parts.train.max() == 45
    assert parts.note == "14 rows in a gap, or of a group in a later part, are in no part"


def test_groups_and_times_hold_together():
    random = np.random.default_rng(0)
    times, groups = np.arange(300), np.repeat(np.arange(100), 3) + random.integers(0, 2, 300)
    train, validation, test = parts_of(split(300, order=times, groups=groups))
    assert times[train].max() < times[validation].min() < times[test].min()
    assert not set(groups[train]) & set(groups[np.r_[validation, test]])
    assert not set(groups[validation]) & set(groups[test])


def test_groups_are_drawn_by_their_classes():
    groups = np.repeat(np.arange(100), 4)
    classes = (groups < 20).astype(int)
    for part in parts_of(split(400, groups=groups, stratify=classes)):
        assert classes[part].mean() == pytest.approx(0.2)


def test_dates_as_text_are_in_order():
    days = pd.Series(pd.date_range("2020-01-25", periods=10)).dt.strftime("%d/%m/%Y")
    np.testing.assert_array_equal(split(10, order=days).test, [8, 9])


@pytest.mark.parametrize(("rows", "fraction", "train"), [(10, 0.2, 8), (7, 0.25, 5), (3, 0.5, 1)])
def test_validation_split_takes_the_last_rows_as_keras_does(rows, fraction, train):
    keras_module = pytest.importorskip("keras.src.trainers.data_adapters.array_slicing")
    (x_train,), (x_validation,) = keras_module.train_validation_split(
        (np.arange(rows),), validation_split=fraction
    )
    ours = validation_split(rows, fraction)
    np.testing.assert_array_equal(ours[0], np.asarray(x_train))
    np.testing.assert_array_equal(ours[1], np.asarray(x_validation))
    assert len(ours[0]) == train


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rows": 10, "test_size": 1.5}, "test_size must be at least 0 and below 1, got 1.5"),
        (
            {"rows": 10, "validation_size": -0.1},
            "validation_size must be at least 0 and below 1, got -0.1",
        ),
        ({"rows": 10, "test_size": 0.6, "validation_size": 0.5}, "must leave rows to train on"),
        ({"rows": 1}, "must have at least 2 rows to be split, got 1"),
        ({"rows": 2}, "at least one of the rows, got 2, of which 1 to test"),
        ({"rows": 4, "groups": [0, 0, 1, 1]}, "at least one of the groups, got 2"),
        ({"rows": 4, "order": [0, 1, 2]}, "order must have one value for each of the 4 rows"),
        (
            {"rows": 3, "order": [0, None, 2]},
            "order must have no missing values, got 1, the first in row 1",
        ),
        (
            {"rows": 3, "order": ["a", "b", "c"]},
            "order must hold dates or numbers, got 'a' in row 0 ",
        ),
        ({"rows": 9, "order": [0] * 9}, "earlier than the next, got none for the first, of 1 "),
        (
            {"rows": 9, "order": range(9), "groups": [0] * 9},
            "earlier than the next, of groups that are in no later part, got none",
        ),
        ({"rows": 9, "gap": 1}, "gap must come with times, got 1 without any"),
        ({"rows": 9, "order": range(9), "gap": "2 days"}, "gap must be a number, .*got '2 days'"),
        ({"rows": 9, "order": range(9), "gap": -1}, "gap must be a number, .*at least 0, got -1"),
        (
            {"rows": 9, "order": pd.date_range("2020-01-01", periods=9), "gap": 2},
            "gap must be a duration, as the times are dates, of at least 0, got 2",
        ),
    ],
)
def test_bad_splits_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        split(**arguments)


@pytest.mark.parametrize(
    ("rows", "fraction", "message"),
    [
        (10, 0.0, "validation_split must be above 0 and below 1, got 0.0"),
        (10, 10, "validation_split must be above 0 and below 1, got 10"),
        (1, 0.5, "must leave rows to train and .*, got 0.5, which splits 1 rows into 0 and 1"),
    ],
)
def test_bad_validation_splits_are_refused(rows, fraction, message):
    with pytest.raises(InputError, match=message):
        validation_split(rows, fraction)
