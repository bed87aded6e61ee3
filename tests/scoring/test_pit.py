"""Levels of the truth in predicted distributions."""

import numpy as np
import pytest
from scipy import stats

from epochal.scoring.pit import density_of_levels, frequency_below, frequency_inside, lean_of


def test_bars_of_calibrated_distributions_lie_in_their_band_as_often_as_it_says():
    random = np.random.default_rng(0)
    inside = []
    for _ in range(400):
        found = density_of_levels(random.random(300))
        inside.append((found.low <= found.observed) & (found.observed <= found.high))
    # A binomial interval holds at least 95%, and of 300 rows hardly more.
    assert 0.945 < np.mean(inside) < 0.975


def test_frequencies_are_those_of_the_quantiles_and_of_the_intervals():
    random = np.random.default_rng(1)
    mean, truth = random.normal(size=500), random.normal(size=500) * 1.5
    levels = stats.norm.cdf(truth, mean)
    asked = np.array([0.1, 0.5, 0.9])
    below, inside = frequency_below(levels, asked), frequency_inside(levels, asked)
    for at, level in enumerate(asked):
        low, high = stats.norm.interval(level, mean)
        assert inside.observed[at] == np.mean((low <= truth) & (truth <= high))
        assert below.observed[at] == np.mean(truth <= stats.norm.ppf(level, mean))
    # Of 500 rows a calibrated 90% interval would hold more.
    assert inside.observed[2] < inside.low[2]


@pytest.mark.parametrize(
    ("scale", "moved", "lean"),
    [(1, 0, "fits"), (2, 0, "too narrow"), (0.5, 0, "too wide"), (1, 1, "low"), (1, -1, "high")],
)
def test_what_is_wrong_is_told(scale, moved, lean):
    random = np.random.default_rng(2)
    assert lean_of(stats.norm.cdf(scale * random.normal(size=400) + moved)) == lean


def test_calibrated_distributions_are_blamed_for_few_draws_alone():
    random = np.random.default_rng(3)
    blamed = np.mean([lean_of(random.random(50)) != "fits" for _ in range(2000)])
    assert 0.05 < blamed < 0.13  # two tests at 5%
