"""Several predictions against a first one."""

import numpy as np
import pytest

from epochal.scoring.bootstrap import score_all
from epochal.scoring.interval import percentile_interval
from epochal.scoring.paired import paired_gains
from epochal.scoring.task_metrics import metrics_of

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.normal(size=(80, 1))
FIRST, OTHER, WORSE = (TRUTH + RANDOM.normal(size=(80, 1)) * s for s in (1.0, 0.8, 1.5))
RMSE = metrics_of("regression")[0]


def test_scores_and_gains_are_those_of_a_loop_over_the_draws():
    draws = 300
    score, gains = paired_gains(RMSE, TRUTH, FIRST, [OTHER, WORSE], seed=3, draws=draws)
    rows = np.random.default_rng(3).integers(0, 80, (draws, 80))  # one block holds them all

    def rmse(predicted, taken):
        return np.sqrt(np.mean((TRUTH[taken] - predicted[taken]) ** 2))

    every = np.arange(80)
    assert score.value == pytest.approx(rmse(FIRST, every))
    for found, predicted in zip(gains, (OTHER, WORSE), strict=True):
        gain = np.array([rmse(FIRST, one) - rmse(predicted, one) for one in rows])
        assert found.gain.value == pytest.approx(rmse(FIRST, every) - rmse(predicted, every))
        np.testing.assert_allclose(
            [found.gain.low, found.gain.high], np.quantile(gain, [0.025, 0.975])
        )
        assert found.beyond_chance == (np.quantile(gain, 0.0125) > 0)


def test_alone_it_is_the_comparison_of_score_all():
    _, (found,) = paired_gains(RMSE, TRUTH, FIRST, [OTHER], seed=1, draws=500)
    _, (other,) = score_all([RMSE], TRUTH, {"network": OTHER, "x": FIRST}, seed=1, draws=500)
    np.testing.assert_allclose(
        [found.gain.value, found.gain.low, found.gain.high],
        [other.gain.value, other.gain.low, other.gain.high],
    )


def test_among_many_a_gain_must_be_larger():
    """The same prediction is beyond chance alone, and not among twenty-one."""
    half = np.random.default_rng(7).random((80, 1)) < 0.5
    slight = TRUTH + (FIRST - TRUTH) * np.where(half, 0.85, 1.06)
    alone, among = (
        paired_gains(RMSE, TRUTH, FIRST, [slight, *[FIRST] * more], seed=0)[1][0]
        for more in (0, 20)
    )
    assert alone.gain == among.gain
    assert alone.gain.low > 0
    assert alone.beyond_chance
    assert not among.beyond_chance


def test_rows_of_a_group_are_drawn_together():
    """Of two groups there are three bootstrap samples, whatever the rows."""
    groups = np.repeat([0, 1], 40)
    _, (found,) = paired_gains(RMSE, TRUTH, FIRST, [OTHER], groups=groups, draws=400)
    parts = [slice(0, 40), slice(40, 80), slice(0, 80)]
    gains = [
        np.sqrt(np.mean((TRUTH - FIRST)[part] ** 2)) - np.sqrt(np.mean((TRUTH - OTHER)[part] ** 2))
        for part in parts
    ]
    assert found.gain.low == pytest.approx(min(gains))
    assert found.gain.high == pytest.approx(max(gains))


def test_a_wider_interval_leaves_out_less():
    drawn = np.arange(0.0, 101.0)
    assert percentile_interval(drawn, 0.5) == (25.0, 75.0)
    assert percentile_interval(drawn) == (2.5, 97.5)
