"""Scores of uncertainty beside those of other libraries, computed once.

torchmetrics 1.9.0 (torch 2.13.0), in double precision, `truth` and `p` of `classes()` as tensors::

    multiclass_calibration_error(p, truth, 3, n_bins=bins, norm="l1")
    mean(binary_calibration_error(p[:, k], truth == k, n_bins=15, norm="l1") for k in range(3))

uncertainty-toolbox 0.1.1 (`uct`), with `mean`, `std` and `y` of `numbers()`::

    uct.crps_gaussian(mean, std, y)
    uct.nll_gaussian(mean, std, y)
    uct.sharpness(std)
    uct.optimize_recalibration_ratio(mean, std, y, criterion="rms_cal")
"""

import numpy as np
import pytest

from epochal import plots
from epochal.calibration import variance_factor
from epochal.distributions import Gaussian, Mixture
from epochal.scoring.calibration_error import (
    classwise_calibration_error,
    confidence_calibration_error,
)
from epochal.scoring.crps import crps_of_normal
from tests.plots.reading import words


def classes() -> tuple[np.ndarray, np.ndarray]:
    """Classes of 2,000 rows, and probabilities that are too sure of them."""
    random = np.random.default_rng(7)
    p = random.dirichlet([1, 0.7, 0.5], 2000)
    sure = p**1.6
    sure /= sure.sum(axis=1, keepdims=True)
    return (random.random(2000)[:, None] > p.cumsum(axis=1)[:, :-1]).sum(axis=1), sure


def numbers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and deviations of 800 rows, and numbers that scatter half as much again."""
    random = np.random.default_rng(3)
    mean, std = random.normal(size=800), random.uniform(0.5, 2, 800)
    return mean, std, mean + 1.5 * std * random.normal(size=800)


@pytest.mark.parametrize(
    ("bins", "theirs"),
    [(10, 0.07806603610515594), (15, 0.08068665862083435), (30, 0.08068671077489853)],
)
def test_the_calibration_error_is_torchmetrics(bins: int, theirs: float) -> None:
    # They sum up in float32.
    assert confidence_calibration_error(*classes(), bins=bins) == pytest.approx(theirs, rel=2e-6)


def test_the_classwise_calibration_error_is_torchmetrics() -> None:
    assert classwise_calibration_error(*classes(), bins=15) == pytest.approx(
        0.06226245465885208, rel=2e-6
    )


def test_scores_of_normal_distributions_are_the_uncertainty_toolboxes() -> None:
    mean, std, y = numbers()
    parameters = np.column_stack([mean, std**2])
    said = Mixture(family=Gaussian(), parameters=parameters[None], weights=(1.0,))
    assert crps_of_normal(y, mean, std).mean() == pytest.approx(1.142746656212333)
    assert said.crps(y).mean() == pytest.approx(1.142746656212333, rel=1e-4)
    assert -said.log_likelihood(y).mean() == pytest.approx(2.2734302535980566)
    assert "root mean square: 1.338" in words(plots.sharpness(std))  # 1.3380607178373634


def test_the_factor_of_variances_is_near_theirs_and_the_planted_one() -> None:
    # They make the quantiles fit, we the squared errors: both estimate 1.5.
    mean, std, y = numbers()
    ours = np.sqrt(variance_factor(y[:, None], mean[:, None], std[:, None] ** 2))[0]
    assert ours == pytest.approx(1.5461982347924328, rel=0.05)
    assert ours == pytest.approx(1.5, rel=0.05)
