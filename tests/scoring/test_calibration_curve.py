"""Calibration curves against hand-worked cases."""

import numpy as np
import pytest

from epochal.scoring.calibration_curve import calibration_curve, wilson_interval


def test_perfect_and_worst_probabilities():
    rng = np.random.default_rng(0)
    predicted = rng.random(200_000)
    assert calibration_curve(predicted, rng.random(200_000) < predicted).error < 0.005
    assert calibration_curve([0.0] * 50 + [1.0] * 50, [True] * 50 + [False] * 50).error == 1.0


def test_bins_hold_equally_many_rows():
    predicted = np.linspace(0, 1, 1000)
    bins = calibration_curve(predicted, predicted > 0.5)
    assert len(bins.predicted) == 10
    assert np.allclose(bins.predicted, np.arange(0.05, 1, 0.1), atol=0.01)


def test_few_rows_get_few_bins():
    assert len(calibration_curve(np.linspace(0, 1, 20), np.arange(20) % 2 == 0).predicted) == 1


@pytest.mark.parametrize(("successes", "rows"), [(0, 10), (10, 10), (3, 7)])
def test_wilson_interval_is_where_the_score_test_does_not_reject(successes, rows):
    fraction = successes / rows
    for end in wilson_interval(fraction, rows):
        distance = 1.959964 * np.sqrt(max(0.0, end * (1 - end)) / rows)
        assert abs(fraction - end) == pytest.approx(distance, abs=1e-6)
