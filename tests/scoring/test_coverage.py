"""Coverage with its interval, and the interval score."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from epochal.scoring.coverage import (
    binomial_interval,
    coverage_of,
    held_by_intervals,
    interval_score,
)


@pytest.mark.parametrize(("hits", "rows"), [(0, 5), (5, 5), (1, 30), (29, 30), (450, 500)])
def test_the_ends_of_the_interval_are_those_of_two_tests(hits, rows):
    low, high = binomial_interval(hits, rows)
    assert (low == 0) if hits == 0 else binom.sf(hits - 1, rows, low) == pytest.approx(0.025)
    assert (high == 1) if hits == rows else binom.cdf(hits, rows, high) == pytest.approx(0.025)


def test_the_interval_score_is_lowest_for_the_true_quantiles():
    truth = np.random.default_rng(0).standard_normal(200_000)
    half = norm.ppf(0.95)
    means = {
        reach: interval_score(truth, np.full_like(truth, -reach), np.full_like(truth, reach), 0.9)
        for reach in (0.8 * half, half, 1.2 * half)
    }
    best = min(means, key=lambda reach: means[reach].mean())
    assert best == half
    # The closed form for a normal target: 2 * phi(z) / alpha * 2.
    assert means[half].mean() == pytest.approx(4 * norm.pdf(half) / 0.1, rel=0.01)


def test_the_interval_score_is_that_of_a_loop():
    truth, low, high = [0.0, 3.0, -2.0], [-1.0, 0.0, 0.0], [1.0, 2.0, 1.0]
    expected = [
        b - a + (20 * (a - y) if y < a else 0) + (20 * (y - b) if y > b else 0)
        for y, a, b in zip(truth, low, high, strict=True)
    ]
    np.testing.assert_allclose(interval_score(truth, low, high, 0.9), expected)


def test_ends_belong_to_an_interval_and_nan_to_none():
    held = held_by_intervals([1.0, 2.0, np.nan], [1.0, 1.0, 1.0], [3.0, 2.0, 2.0])
    assert held.tolist() == [True, True, False]


def test_groups_widen_the_interval_of_the_coverage():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 25)
    held = np.repeat(random.random(20) < 0.8, 25)  # all rows of a group, or none
    alone, together = coverage_of(held), coverage_of(held, groups)
    assert alone.value == together.value == held.mean()
    assert together.high - together.low > 3 * (alone.high - alone.low)
