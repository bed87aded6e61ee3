"""The expected calibration error."""

import numpy as np
import pytest

from epochal.scoring.bootstrap import bootstrap_weights
from epochal.scoring.calibration_error import (
    calibration_error,
    classwise_calibration_error,
    confidence_calibration_error,
    debiased_calibration_errors,
)
from epochal.scoring.interval import percentile_interval


@pytest.fixture
def drawn():
    random = np.random.default_rng(0)
    probabilities = random.dirichlet([1, 0.7, 0.5], 600)
    truth = (random.random(600)[:, None] > probabilities.cumsum(axis=1)).sum(axis=1)
    return truth, probabilities


def by_loop(happened, said, bins):
    """Bin by bin, each of equal width."""
    total = 0.0
    for at in range(bins):
        rows = [
            (p, y)
            for p, y in zip(said, happened, strict=True)
            if at / bins <= p < (at + 1) / bins or (at == bins - 1 and p == 1)
        ]
        if rows:
            total += abs(sum(p for p, _ in rows) - sum(y for _, y in rows)) / len(said)
    return total


@pytest.mark.parametrize("bins", [1, 8, 16])  # powers of two: no probability lies on an edge
def test_errors_are_those_of_a_loop(drawn, bins):
    truth, probabilities = drawn
    columns = [by_loop(truth == k, probabilities[:, k], bins) for k in range(3)]
    assert calibration_error(truth == 0, probabilities[:, 0], bins=bins) == pytest.approx(
        columns[0]
    )
    assert classwise_calibration_error(truth, probabilities, bins=bins) == pytest.approx(
        np.mean(columns)
    )
    right = probabilities.argmax(axis=1) == truth
    assert confidence_calibration_error(truth, probabilities, bins=bins) == pytest.approx(
        by_loop(right, probabilities.max(axis=1), bins)
    )


def test_planted_miscalibration_is_found_and_its_size(drawn):
    said = np.full(2000, 0.9)
    happened = np.arange(2000) < 1400
    assert calibration_error(happened, said) == pytest.approx(0.2)
    assert calibration_error(happened, said, debiased=True) == pytest.approx(0.2, abs=0.001)


def test_scatter_is_taken_off_on_request():
    random = np.random.default_rng(0)
    plain, debiased = [], []
    for _ in range(300):
        said = random.random(150)
        happened = random.random(150) < said
        plain.append(calibration_error(happened, said))
        debiased.append(calibration_error(happened, said, debiased=True))
    assert np.mean(plain) > 0.08 > 0.04 > np.mean(debiased)


def test_a_single_row_has_no_debiased_error():
    assert calibration_error([1], [0.5], debiased=True) == 0


@pytest.mark.parametrize("too_sure", [0.0, 0.4])
def test_an_interval_from_bootstrap_samples_holds_the_error(too_sure):
    random = np.random.default_rng(1)
    many = random.random(100_000)

    def really(said):
        return 0.5 + (1 - too_sure) * (said - 0.5)

    bins = np.floor(many * 15)
    squares = [(many - really(many))[bins == b].mean() ** 2 * np.mean(bins == b) for b in range(15)]
    error = np.sqrt(np.sum(squares))
    held = 0
    for seed in range(40):
        said = random.random(200)
        happened = (random.random(200) < really(said)).astype(float)
        samples = bootstrap_weights(200, seed, 200)
        drawn = [debiased_calibration_errors(happened, said, weights) for weights in samples]
        low, high = percentile_interval(np.concatenate(drawn))
        held += low <= error <= high
    assert held >= 36


def test_weights_of_one_row_alone_tell_nothing():
    weights = np.array([[2.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    found = debiased_calibration_errors(np.ones(3), np.full(3, 0.5), weights)
    assert found.tolist() == [0.0, 0.5, 0.5]
