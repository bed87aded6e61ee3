"""The expected calibration error."""

import numpy as np
import pytest

from epochal.scoring.calibration_error import (
    calibration_error,
    classwise_calibration_error,
    confidence_calibration_error,
)


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
