"""The continuous ranked probability score."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from epochal.scoring.crps import crps_of_errors, crps_of_normal, crps_of_sample


@pytest.mark.parametrize(("truth", "mean", "deviation"), [(0, 0, 1), (2.5, 1, 0.5), (-4, 3, 2)])
def test_of_a_normal_it_is_the_integral_of_its_definition(truth, mean, deviation):
    below = quad(lambda x: norm.cdf(x, mean, deviation) ** 2, -60, truth, points=[mean])[0]
    above = quad(lambda x: norm.sf(x, mean, deviation) ** 2, truth, 60, points=[mean])[0]
    found = float(crps_of_normal(truth, mean, deviation))
    assert found == pytest.approx(below + above, abs=1e-7)


def test_of_a_sample_it_is_that_of_a_loop_over_pairs():
    random = np.random.default_rng(0)
    sample, truth = random.normal(size=(7, 5)), random.normal(size=5)
    for row, found in enumerate(crps_of_sample(truth, sample)):
        drawn = sample[:, row]
        away = np.mean([abs(x - truth[row]) for x in drawn])
        apart = np.mean([abs(x - y) for x in drawn for y in drawn])
        assert found == pytest.approx(away - apart / 2)


def test_a_large_sample_scores_as_its_distribution():
    sample = np.random.default_rng(0).normal(1, 2, size=(40_000, 1))
    assert crps_of_sample([0.3], sample)[0] == pytest.approx(
        float(crps_of_normal(0.3, 1, 2)), abs=0.02
    )


def test_of_one_number_it_is_the_absolute_error():
    assert crps_of_sample([1.0, -1.0], [[3.0, -1.5]]).tolist() == [2.0, 0.5]


def test_rows_that_share_a_sample_score_as_by_themselves():
    random = np.random.default_rng(0)
    errors, sample = np.append(random.normal(size=9), 0.25), np.append(random.normal(size=6), 0.25)
    repeated = np.repeat(sample[:, None], 10, axis=1)
    assert crps_of_errors(errors, sample) == pytest.approx(crps_of_sample(errors, repeated))
