"""Where rising functions reach a level."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from epochal.distributions import Mixture, Quantiles
from epochal.distributions.crossings import smallest_count_reaching, smallest_reaching

HALVINGS = 42  # from the first interval to one that is narrow enough, both ends looked at


@pytest.mark.parametrize(
    ("shape", "calls_a_row"),
    [
        (np.tanh, 20),
        (lambda x: np.expm1(np.minimum(x, 300.0)), 20),
        (np.cbrt, 1.1 * HALVINGS),  # infinitely steep
        (lambda x: x**9, 1.1 * HALVINGS),  # flat
    ],
)
def test_smooth_functions_take_few_steps_and_others_no_more_than_halving(shape, calls_a_row):
    wanted, calls = np.linspace(-2, 3, 50), []

    def moved(x, rows):
        calls.append(len(rows))
        return shape(x - wanted[rows])

    found = smallest_reaching(moved, 0.0, np.full(50, -40.0), np.full(50, 70.0))
    assert_allclose(found, wanted, atol=1e-9)
    assert sum(calls) / 50 < calls_a_row


def test_of_a_jump_it_is_the_place_of_the_jump():
    places = np.array([-1.0, 0.25, np.pi])
    found = smallest_reaching(
        lambda x, rows: np.where(x >= places[rows], 1.0, 0.0),
        0.5,
        np.full(3, -9.0),
        np.full(3, 9.0),
    )
    assert_allclose(found, places, atol=1e-10)


def test_a_flat_part_at_the_level_ends_at_its_beginning_or_before_what_rises():
    def flat(x, rows):
        return np.clip(x, 0, 1) + np.clip(x - 2, 0, 1)

    found = smallest_reaching(flat, 1.0 - 1e-9, np.full(1, -5.0), np.full(1, 5.0))
    assert found[0] == pytest.approx(1.0, abs=1e-6)


def test_a_count_is_the_smallest_that_reaches_the_level():
    limits = np.array([0.0, 1.0, 7.5, 1000.2])
    found = smallest_count_reaching(
        lambda x, rows: (x >= limits[rows]).astype(float), 0.5, np.full(4, -1.0), np.full(4, 5000.0)
    )
    assert found.tolist() == [0, 1, 8, 1001]


@pytest.mark.parametrize("level", [0.01, 0.3, 0.5, 0.77, 0.99])
def test_quantiles_of_steep_and_flat_distributions(level):
    """Two that lie apart, one of which has pieces without a width."""
    family = Quantiles((0.05, 0.5, 0.95))
    parameters = np.array([[[0.0, 1.0, 1.0]], [[50.0, 60.0, 70.0]]])
    mixed = Mixture(family=family, parameters=parameters, weights=(0.4, 0.6))
    found = mixed.quantile(level)
    width = 1e-7
    assert mixed.cdf(found + width)[0] >= level
    assert mixed.cdf(found - width)[0] <= level + 1e-9
