"""Intervals of predicted numbers."""

import numpy as np
import pytest

from epochal.conformal.conformity import NumberConformity
from epochal.conformal.intervals import interval, interval_by_size
from epochal.errors import InputError

CREPES = [
    (0.5, -2.5, 22.5),
    (0.77, -14.355492193753754, 34.355492193753754),
    (0.93, -22.221576621884907, 42.22157662188491),
    (0.95, -23.255375505322448, 43.25537550532245),
]


def test_all_intervals_are_as_wide_as_twice_the_quantile():
    low, high = interval([0.0, 5.0], np.arange(1.0, 10), 0.9)
    assert (low.tolist(), high.tolist()) == ([-9.0, -4.0], [9.0, 14.0])


def test_an_interval_is_as_crepes_makes_it():
    # crepes 0.9.1: ConformalRegressor().fit(residuals).predict_int([10.0], confidence=c), with
    # residuals = (-1)**i * i**1.5 / 10 for i in 1 .. 49. (At c = 0.9 it takes
    # one score more, as (1 - 0.9) * 50 is below 5 in floating point.)
    numbers = np.arange(1, 50)
    scores = np.abs((-1.0) ** numbers * numbers**1.5 / 10)
    for coverage, low, high in CREPES:
        found = interval([10.0], scores, coverage)
        np.testing.assert_allclose(np.ravel(found), [low, high], rtol=1e-12)


def test_ranges_of_the_prediction_have_quantiles_of_their_own():
    random = np.random.default_rng(0)
    sizes = random.uniform(0, 10, 3000)
    scores = np.abs(random.normal(0, 0.1 + sizes))
    new = random.uniform(0, 10, 3000)
    away = np.abs(random.normal(0, 0.1 + new))
    low, high = interval_by_size(new, scores, sizes, 0.9)
    plain_low, plain_high = interval(new, scores, 0.9)
    small = new < 2
    assert abs((away <= (high - low) / 2)[small].mean() - 0.9) < 0.05
    assert (away <= (plain_high - plain_low) / 2)[small].mean() > 0.99
    assert len(np.unique((high - low).round(9))) == 5


def test_few_rows_and_equal_predictions_have_one_range():
    scores = np.arange(1.0, 20)
    for sizes in (np.arange(19.0), np.zeros(19)):
        found = interval_by_size([3.0, 100.0], scores, sizes, 0.9)
        np.testing.assert_array_equal(found, interval([3.0, 100.0], scores, 0.9))


def test_each_target_has_intervals_of_its_own():
    truth = np.column_stack([np.arange(19.0), 10 * np.arange(19.0)])
    found = NumberConformity.of(truth, np.zeros((19, 2)))
    low, high = found.intervals([[0.0, 0.0], [5.0, 5.0]], 0.9)
    assert (high - low).tolist() == [[34.0, 340.0]] * 2
    assert ((high + low) / 2).tolist() == [[0.0, 0.0], [5.0, 5.0]]


def test_a_coverage_out_of_its_range_is_refused_by_ranges_too():
    with pytest.raises(InputError, match="coverage must be above 0 and below 1, got 1"):
        interval_by_size([0.0], np.ones(50), np.ones(50), 1)
