"""CRPS and log score as scores of a run."""

import numpy as np
import pytest

from epochal.distributions import Gaussian, Mixture, Quantiles
from epochal.scoring.crps import crps_of_normal, crps_of_sample
from epochal.scoring.distribution_scores import (
    distribution_scores,
    scores_of_errors,
    scores_of_mixture,
)


def errors(scale=1.0, rows=120, targets=1):
    return scale * np.random.default_rng(0).normal(size=(rows, targets))


def test_they_are_means_over_the_rows_with_intervals_and_lower_is_better():
    known = np.abs(np.random.default_rng(1).normal(size=(60, 1)))
    crps, log = distribution_scores(scores_of_errors(errors(), known), ["price"])
    sample = np.repeat(np.concatenate([known, -known]), 120, axis=1)
    assert crps.network.value == pytest.approx(crps_of_sample(errors()[:, 0], sample).mean())
    worse = distribution_scores(scores_of_errors(errors(2.0), known), ["price"])
    for one, other in zip((crps, log), worse, strict=True):
        assert not one.higher_is_better
        assert one.network.low < one.network.value < one.network.high < other.network.value


@pytest.mark.parametrize("times", [0.25, 4.0])
def test_distributions_that_are_too_narrow_or_too_wide_score_worse(times):
    known = np.abs(np.random.default_rng(1).normal(size=(200, 1)))
    good = distribution_scores(scores_of_errors(errors(), known), ["price"])
    bad = distribution_scores(scores_of_errors(errors(), times * known), ["price"])
    assert all(b.network.value > g.network.value for g, b in zip(good, bad, strict=True))


def test_each_of_several_targets_has_its_own_and_baselines_none():
    rows = scores_of_errors(errors(targets=2) * [1, 100], np.ones((20, 2)))
    found = distribution_scores(rows, ["a", "b"], baselines=["mean"])
    assert [s.label for s in found] == [
        "CRPS of a",
        "log score of a",
        "CRPS of b",
        "log score of b",
    ]
    assert found[2].network.value > 10 * found[0].network.value
    assert all(np.isnan(score.baselines["mean"].value) for score in found)


def test_without_errors_of_other_rows_there_is_none():
    for score in distribution_scores(scores_of_errors(errors(), None), ["price"]):
        assert np.isnan([score.network.value, score.network.low, score.network.high]).all()


def test_distributions_that_are_predicted_are_judged_themselves():
    truth = errors(targets=2)
    parameters = np.stack([np.zeros((1, 120, 2)), np.ones((1, 120, 2))], axis=-1)
    rows = scores_of_mixture(
        truth, Mixture(family=Gaussian(), parameters=parameters, weights=(1.0,))
    )
    crps, log, *_ = distribution_scores(rows, ["a", "b"])
    normal = crps_of_normal(truth[:, 0], np.zeros(120), np.ones(120))
    assert crps.network.value == pytest.approx(normal.mean(), rel=1e-4)
    assert log.network.value == pytest.approx((truth[:, 0] ** 2 / 2).mean() + np.log(2 * np.pi) / 2)


def test_a_truth_without_a_density_leaves_out_the_log_score_of_its_target():
    parameters = np.tile([0.0, 1.0, 2.0], (1, 40, 2, 1))
    mixture = Mixture(family=Quantiles((0.1, 0.5, 0.9)), parameters=parameters, weights=(1.0,))
    truth = np.ones((40, 2))
    truth[3, 0] = 50
    found = distribution_scores(scores_of_mixture(truth, mixture), ["a", "b"])
    known = {score.label: np.isfinite(score.network.value) for score in found}
    assert known == {
        "CRPS of a": True,
        "log score of a": False,
        "CRPS of b": True,
        "log score of b": True,
    }
