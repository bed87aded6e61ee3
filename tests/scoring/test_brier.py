"""The Brier score and its parts."""

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from epochal.scoring.brier import brier_parts, brier_score


@pytest.fixture
def drawn():
    random = np.random.default_rng(0)
    probabilities = random.integers(0, 11, 400) / 10
    return (random.random(400) < probabilities**1.5).astype(int), probabilities


def test_the_score_is_scikit_learns(drawn):
    truth, probabilities = drawn
    assert brier_score(truth, probabilities) == pytest.approx(
        brier_score_loss(truth, probabilities), abs=1e-15
    )
    two = np.column_stack([1 - probabilities, probabilities])
    assert brier_score(truth, two) == pytest.approx(2 * brier_score(truth, probabilities))


def test_several_classes_are_those_of_a_loop():
    random = np.random.default_rng(1)
    probabilities, truth = random.dirichlet(np.ones(3), 50), random.integers(0, 3, 50)
    expected = np.mean(
        [
            sum((p - (k == code)) ** 2 for k, p in enumerate(row))
            for row, code in zip(probabilities, truth, strict=True)
        ]
    )
    assert brier_score(truth, probabilities) == pytest.approx(expected)


@pytest.mark.parametrize("bins", [None, 1, 4, 10])
def test_the_parts_add_up(drawn, bins):
    truth, probabilities = drawn
    parts = brier_parts(truth, probabilities, bins=bins)
    total = parts.reliability - parts.resolution + parts.uncertainty + parts.within
    assert total == pytest.approx(brier_score(truth, probabilities), abs=1e-12)
    assert parts.uncertainty == pytest.approx(truth.mean() * (1 - truth.mean()))


def test_the_parts_of_calibrated_and_of_constant_probabilities():
    calibrated = brier_parts([0, 1, 1, 1] * 5 + [0] * 10, [0.75] * 20 + [0.0] * 10)
    assert calibrated.reliability == pytest.approx(0)
    assert calibrated.resolution > 0.1
    constant = brier_parts([0, 1, 1, 1], [0.75] * 4)
    assert constant.resolution == pytest.approx(0)
    planted = brier_parts([0, 1, 1, 1], [0.25] * 4)
    assert planted.reliability == pytest.approx(0.25)
