"""Intervals that hold what they promise, and gains that are paired."""

import numpy as np
import pytest
from scipy.stats import binomtest

from epochal.scoring import interval
from epochal.scoring.bootstrap import score_all
from epochal.scoring.task_metrics import metrics_of


def test_the_interval_of_an_accuracy_is_the_binomial_one():
    truth = np.ones((400, 1))
    right = (np.arange(400) < 320)[:, None].astype(float)
    (accuracy, *_), _ = score_all(metrics_of("binary"), truth, {"network": right}, draws=4000)
    expected = binomtest(320, 400).proportion_ci(0.95, method="wilson")
    assert accuracy.network.value == 0.8
    assert accuracy.network.low == pytest.approx(expected.low, abs=0.01)
    assert accuracy.network.high == pytest.approx(expected.high, abs=0.01)


def test_intervals_cover_the_true_error_95_times_in_100():
    covered = 0
    for trial in range(200):
        noise = np.random.default_rng(trial).normal(0, 1, (100, 1))
        found, _ = score_all(
            metrics_of("regression"), noise, {"network": np.zeros((100, 1))}, draws=300
        )
        covered += found[0].network.low <= 1 <= found[0].network.high
    assert 0.88 <= covered / 200 <= 0.99


def test_the_gain_is_paired():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 10, (300, 1))
    good = truth + rng.normal(0, 5, (300, 1))
    little_worse = good + 0.4 * np.sign(good - truth)
    found, gains = score_all(
        metrics_of("regression"), truth, {"network": good, "mean": 0 * truth, "b": little_worse}
    )
    pairs = [("b", "mean"), ("network", "mean"), ("network", "b")]
    assert [(one.model, one.baseline) for one in gains] == pairs
    assert all(one.is_better and not one.is_worse for one in gains)
    gain = gains[-1]
    assert 0 < gain.gain.low < gain.gain.value < gain.gain.high
    # Each alone is far less certain than their difference.
    assert found[0].network.high - found[0].network.low > 5 * (gain.gain.high - gain.gain.low)


def test_without_baselines_there_is_no_comparison():
    _, gains = score_all(
        metrics_of("regression"), np.eye(3)[:, :1], {"network": np.zeros((3, 1))}, draws=10
    )
    assert gains == ()


def test_the_seed_alone_decides_and_the_size_of_a_block_does_not(monkeypatch):
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 3, 90), {"network": rng.dirichlet(np.ones(3), 90)}
    first = score_all(metrics_of("multiclass"), truth, predicted, seed=1)
    monkeypatch.setattr(interval, "_NUMBERS_AT_ONCE", 1000)
    assert score_all(metrics_of("multiclass"), truth, predicted, seed=1) == first
    assert score_all(metrics_of("multiclass"), truth, predicted, seed=2) != first


def test_a_threshold_decides_what_needs_a_class_and_nothing_else():
    truth, predicted = np.array([[0], [1], [1], [0]]), np.array([[0.1], [0.3], [0.4], [0.35]])
    given = {"network": predicted, "constant": predicted}
    plain, _ = score_all(metrics_of("binary"), truth, given, draws=10)
    moved, _ = score_all(metrics_of("binary"), truth, given, thresholds={"network": 0.25}, draws=10)
    for before, after in zip(plain, moved, strict=True):
        same = before.network.value == pytest.approx(after.network.value, nan_ok=True)
        of_probabilities = {"AUC", "average precision", "log loss", "Brier score"}
        assert same == (after.name in of_probabilities | {"calibration error (15 bins)"})
        assert str(after.baselines) == str(before.baselines)
    named = {score.name: score.network.value for score in moved}
    assert (named["accuracy"], named["recall"]) == (0.75, 1.0)
    assert named["precision"] == pytest.approx(2 / 3)


def test_rows_of_a_group_are_drawn_together():
    groups = np.repeat(np.arange(30), 20)
    right = np.random.default_rng(0).random(30)[groups] < 0.7  # whole groups are right or wrong
    truth = np.ones((600, 1))
    predicted = {"network": np.where(right, 0.9, 0.1)[:, None]}
    metrics = metrics_of("binary")[:1]
    (alone,), _ = score_all(metrics, truth, predicted)
    (together,), _ = score_all(metrics, truth, predicted, groups=groups)
    share = right.mean()
    width = 2 * 1.96 * np.sqrt(share * (1 - share) / 30)
    assert together.network.value == alone.network.value == pytest.approx(share)
    assert together.network.high - together.network.low == pytest.approx(width, rel=0.15)
    assert alone.network.high - alone.network.low < 0.3 * width
