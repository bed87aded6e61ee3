"""Rows that are unlike all known ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epochal.drift.nearest import KnownRows
from epochal.errors import InputError


def by_loops(known, row):
    """The conformal p-value, by its definition."""

    def fifth(point, others):
        return np.sort(np.linalg.norm(others - point, axis=1))[4]

    scores = [fifth(each, np.delete(known, at, 0)) for at, each in enumerate(known)]
    return (sum(score >= fifth(row, known) for score in scores) + 1) / (len(known) + 1)


def test_against_loops():
    random = np.random.default_rng(0)
    known, new = random.normal(size=(40, 3)), random.normal(0, 2, (30, 3))
    found = KnownRows(known).p_values(new)
    np.testing.assert_allclose(found, [by_loops(known, row) for row in new])


@pytest.mark.parametrize("rate", [0.01, 0.1])
def test_false_alarms_are_as_rare_as_asked(rate):
    random = np.random.default_rng(1)
    alarms = []
    for _ in range(60):
        rows = random.standard_t(3, (600, 3))
        alarms.append(KnownRows(rows[:200]).unlike(rows[200:], rate).mean())
    error = np.std(alarms) / len(alarms) ** 0.5
    assert rate / 2 < np.mean(alarms) < rate + 3 * error


def test_what_lies_outside_is_found_and_equal_rows_are_not():
    random = np.random.default_rng(2)
    known = random.normal(size=(300, 4))
    assert KnownRows(known).unlike(known + 9).all()
    assert KnownRows(known).unlike(known).mean() < 0.01
    few = KnownRows(np.repeat(np.eye(3), 50, axis=0))  # three kinds of rows, each many times
    assert not few.unlike(np.eye(3)).any()
    assert few.unlike(np.zeros((1, 3))).all()
    assert few.unlike(np.empty((0, 3))).shape == (0,)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 30), st.integers(0, 100), st.floats(0.1, 100))
def test_p_values_are_of_ranks_and_know_no_unit(rows, seed, unit):
    random = np.random.default_rng(seed)
    known, new = random.normal(size=(rows, 2)), random.normal(size=(5, 2))
    found = KnownRows(known).p_values(new)
    assert ((found >= 1 / (rows + 1)) & (found <= 1)).all()
    np.testing.assert_allclose(KnownRows(unit * known).p_values(unit * new), found)


@pytest.mark.parametrize("rate", [0, 1, -0.5, float("nan"), "often"])
def test_rates_that_are_none_are_refused(rate):
    with pytest.raises(InputError, match=r"^false_alarms must be above 0 and below 1, got "):
        KnownRows(np.eye(9)).unlike(np.eye(9), rate)


def test_too_few_rows_say_how_many_are_needed():
    message = (
        r"^false_alarms must be at least 0\.02, as 50 rows of the training are known, got 0\.01: "
        r"99 rows would be needed for it\.$"
    )
    with pytest.raises(InputError, match=message):
        KnownRows(np.random.default_rng(0).normal(size=(50, 2))).unlike(np.zeros((1, 2)), 0.01)
