"""Rules on curves whose answer is known."""

import numpy as np
import pytest

from epochal.tuning.suggestion_rules import (
    ALL_RULES,
    DEFAULT_RULE,
    has_fallen,
    steepest,
    tenth_of_minimum,
    valley,
)

RATES = np.geomspace(1e-6, 1.0, 61)  # ten a decade


def sigmoid(center: float) -> np.ndarray:
    """Falls from 2 to 1 around `center`, steepest there."""
    return 1 + 1 / (1 + (RATES / center) ** 2)


@pytest.mark.parametrize("center", [1e-4, 1e-3, 1e-2])
def test_the_middle_of_a_sigmoid_is_its_steepest_place_and_the_middle_of_its_fall(center):
    assert RATES[steepest(RATES, sigmoid(center))] == pytest.approx(center)
    assert RATES[valley(RATES, sigmoid(center))] == pytest.approx(center)


def test_a_tenth_of_the_minimum_of_a_parabola():
    parabola = np.log10(RATES / 1e-2) ** 2
    assert RATES[tenth_of_minimum(RATES, parabola)] == pytest.approx(1e-3)
    lowest_first = np.log10(RATES / 1e-6) ** 2
    assert tenth_of_minimum(RATES, lowest_first) == 0  # none lower was tried


def test_the_steepest_place_is_before_the_minimum():
    losses = np.concatenate([np.linspace(2, 1, 31), np.linspace(1.5, 0.99, 5), np.full(25, 3.0)])
    losses[35] = 1.2
    assert steepest(RATES, losses) <= 30


def longest_fall(losses) -> tuple[int, int]:
    """First and last step of the longest falling subsequence, the quadratic loop of fastai."""
    length, begin = [1] * len(losses), list(range(len(losses)))
    for one in range(len(losses)):
        for other in range(one):
            if losses[one] < losses[other] and length[one] < length[other] + 1:
                length[one], begin[one] = length[other] + 1, begin[other]
    last = int(np.argmax(length))
    return begin[last], last


@pytest.mark.parametrize("seed", range(5))
def test_the_valley_lies_in_the_longest_fall(seed):
    losses = sigmoid(1e-3) + np.random.default_rng(seed).normal(0, 0.03, len(RATES))
    first, last = longest_fall(losses)
    assert first < valley(RATES, losses) < last


def test_what_has_fallen():
    assert has_fallen(sigmoid(1e-3))
    assert not has_fallen(np.linspace(1, 2, 61))
    assert not has_fallen(np.full(61, 1.0) - 1e-9 * np.arange(61))  # rounding
    assert not has_fallen(np.array([2.0, 1.0]))


def test_the_default_is_one_of_at_least_three():
    assert len(ALL_RULES) >= 3
    assert DEFAULT_RULE in ALL_RULES
