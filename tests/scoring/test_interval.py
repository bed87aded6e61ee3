"""Percentile bootstrap: quantiles of the draws, and the interval of a mean."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.scoring import interval
from epochal.scoring.interval import mean_interval, percentile_interval


def test_samples_without_a_number_are_left_out():
    drawn = np.r_[np.nan, np.arange(0.0, 101.0), np.inf]
    assert percentile_interval(drawn) == (2.5, 97.5)
    assert np.isnan(percentile_interval(np.array([np.nan]))).all()


def test_the_interval_is_that_of_a_mean():
    values = np.random.default_rng(1).normal(3.0, 2.0, 400)
    low, high = mean_interval(values)
    half = 1.96 * values.std() / 20
    assert_allclose([low, high], [values.mean() - half, values.mean() + half], atol=0.03)
    assert mean_interval(values) == (low, high)


def test_it_is_a_plain_loop_over_the_samples(monkeypatch):
    values = np.random.default_rng(1).normal(3.0, 2.0, 90)
    generator = np.random.default_rng(5)
    means = [values[generator.integers(0, 90, 90)].mean() for _ in range(200)]
    expected = tuple(np.quantile(means, [0.025, 0.975]))
    assert mean_interval(values, seed=5, draws=200) == pytest.approx(expected)
    monkeypatch.setattr(interval, "_NUMBERS_AT_ONCE", 1000)
    assert mean_interval(values, seed=5, draws=200) == pytest.approx(expected)
