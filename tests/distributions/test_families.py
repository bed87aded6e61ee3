"""Distributions on arrays: SciPy's own, closed forms, and what they draw."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from epochal.distributions import (
    ALL_FAMILIES,
    Family,
    Gaussian,
    GaussianMixture,
    Mixture,
    NegativeBinomial,
    Poisson,
    Quantiles,
    StudentT,
)
from epochal.errors import InputError
from epochal.scoring.crps import crps_of_normal

PARAMETERS: dict[type[Family], list[list[float]]] = {
    Gaussian: [[1.0, 4.0], [-2.0, 0.25]],
    StudentT: [[1.0, 2.0, 7.0], [0.0, 0.5, 12.0]],
    Quantiles: [[-2.0, -1.0, 0.0, 2.0, 5.0], [1.0, 1.5, 2.0, 2.5, 3.0]],
    GaussianMixture: [[0.2, 0.3, 0.5, -3.0, 0.0, 2.0, 1.0, 0.5, 2.0]] * 2,
    Poisson: [[3.0], [50.0]],
    NegativeBinomial: [[3.0, 0.5], [40.0, 0.1]],
}
every_family = pytest.mark.parametrize("family", ALL_FAMILIES, ids=lambda one: type(one).__name__)


def parameters_of(family: Family) -> np.ndarray:
    return np.array(PARAMETERS[type(family)])


@every_family
def test_another_unit_of_the_values_changes_no_probability(family: Family) -> None:
    parameters, values = parameters_of(family), np.array([0.5, 1.2])
    if family.discrete:
        with pytest.raises(NotImplementedError):
            family.in_units(parameters, 1.0, 0.0)
        return
    scale, offset = np.array([3.0, 0.1]), np.array([100.0, -1.0])
    moved = family.in_units(parameters, scale, offset)
    assert_allclose(family.cdf(values * scale + offset, moved), family.cdf(values, parameters))
    assert_allclose(family.mean(moved), family.mean(parameters) * scale + offset)
    assert_allclose(family.variance(moved), family.variance(parameters) * scale**2)


@every_family
def test_what_is_drawn_has_the_mean_the_variance_and_the_shape(family: Family) -> None:
    parameters = parameters_of(family)
    drawn = family.sample(parameters, 40_000, seed=1)
    mean, variance = family.mean(parameters), family.variance(parameters)
    assert drawn.shape == (40_000, 2)
    assert (np.abs(drawn.mean(axis=0) - mean) < 5 * np.sqrt(variance / 40_000)).all()
    assert_allclose(drawn.var(axis=0), variance, rtol=0.1)
    for level in (0.1, 0.5, 0.9):
        at = np.quantile(drawn, level, axis=0)
        assert_allclose((drawn <= at).mean(axis=0), family.cdf(at, parameters), atol=0.013)


@every_family
def test_densities_add_up_to_the_distribution_function(family: Family) -> None:
    parameters = parameters_of(family)[0]
    if family.discrete:
        counts = np.arange(30)
        whole = np.exp(family.log_likelihood(counts, np.tile(parameters, (30, 1)))).cumsum()
        assert_allclose(whole, family.cdf(counts, np.tile(parameters, (30, 1))), atol=1e-12)
        return
    area = integrate.quad(
        lambda y: float(np.exp(family.log_likelihood(y, parameters))), -20, 1.3,
        points=[-2, -1, 0, 1], limit=200,
    )[0]  # fmt: skip
    assert area == pytest.approx(float(family.cdf(1.3, parameters)), abs=2e-3)


def test_parameters_are_those_of_scipy() -> None:
    y = np.array([0.0, 3.0])
    mean, dispersion = parameters_of(NegativeBinomial()).T
    assert_allclose(NegativeBinomial().variance([[3.0, 0.5]]), 3 + 0.5 * 9)
    assert_allclose(
        NegativeBinomial().log_likelihood(y, parameters_of(NegativeBinomial())),
        stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean)).logpmf(y),
    )
    assert_allclose(
        StudentT().log_likelihood(y, parameters_of(StudentT())),
        stats.t([7, 12], [1, 0], [2, 0.5]).logpdf(y),
    )
    assert_allclose(
        Gaussian().log_likelihood(y, parameters_of(Gaussian())),
        stats.norm([1, -2], [2, 0.5]).logpdf(y),
    )


def test_quantiles_that_are_evenly_apart_are_a_uniform_distribution() -> None:
    family = Quantiles((0.25, 0.5, 0.75))
    parameters = [2.0, 3.0, 4.0]  # uniform from 1 to 5
    assert float(family.mean(parameters)) == pytest.approx(3)
    assert float(family.variance(parameters)) == pytest.approx(16 / 12)
    assert float(family.cdf(2.0, parameters)) == pytest.approx(0.25)
    assert float(np.exp(family.log_likelihood(2.5, parameters))) == pytest.approx(0.25)


def mixture(family: Family) -> Mixture:
    one = parameters_of(family)
    return Mixture(family=family, parameters=np.array([one, one[::-1]]), weights=(0.25, 0.75))


@every_family
def test_a_mixture_is_what_is_drawn_from_its_parts(family: Family) -> None:
    mixed = mixture(family)
    first = family.sample(mixed.parameters[0], 10_000, seed=1)
    second = family.sample(mixed.parameters[1], 30_000, seed=2)
    drawn = np.concatenate([first, second])
    spread = mixed.aleatoric + mixed.epistemic
    assert (np.abs(drawn.mean(axis=0) - mixed.mean) < 5 * np.sqrt(spread / 40_000)).all()
    assert_allclose(drawn.var(axis=0), spread, rtol=0.05)
    for level in (0.05, 0.5, 0.95):
        found = mixed.quantile(level)
        assert ((drawn <= found).mean(axis=0) >= level - 0.01).all()
        assert ((drawn < found).mean(axis=0) <= level + 0.01).all()
    y = drawn[100]
    parts = np.exp([family.log_likelihood(y, each) for each in mixed.parameters])
    assert_allclose(np.exp(mixed.log_likelihood(y)), 0.25 * parts[0] + 0.75 * parts[1])


@settings(max_examples=20)
@given(st.floats(0.001, 0.999), st.floats(-50, 50), st.floats(0.01, 100))
def test_the_quantile_of_one_draw_is_scipys(level: float, mean: float, variance: float) -> None:
    one = Mixture(family=Gaussian(), parameters=np.array([[mean, variance]]), weights=(1.0,))
    found, wanted = float(one.quantile(level)), stats.norm(mean, np.sqrt(variance)).ppf(level)
    assert found == pytest.approx(wanted, abs=1e-6 * np.sqrt(variance) + 1e-9)


@settings(max_examples=20)
@given(st.floats(0.001, 0.999), st.floats(0.01, 200))
def test_the_quantile_of_counts_is_scipys(level: float, rate: float) -> None:
    one = Mixture(family=Poisson(), parameters=np.array([[rate]]), weights=(1.0,))
    assert float(one.quantile(level)) == stats.poisson(rate).ppf(level)


def test_levels_of_0_and_1_are_the_ends() -> None:
    normal, counts = mixture(Gaussian()), mixture(Poisson())
    assert normal.quantile(0).tolist() == [-np.inf] * 2
    assert normal.quantile(1).tolist() == counts.quantile(1).tolist() == [np.inf] * 2
    assert counts.quantile(0).tolist() == [0, 0]


def test_the_ranked_probability_score_is_that_of_the_closed_form() -> None:
    y = np.array([1.5, 7.0, -40.0])
    parameters = np.array([[[1.0, 4.0], [6.0, 0.01], [0.0, 1.0]]])
    one = Mixture(family=Gaussian(), parameters=parameters, weights=(1.0,))
    wanted = crps_of_normal(y, [1, 6, 0], [2, 0.1, 1])
    assert_allclose(one.crps(y), wanted, rtol=1e-4)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial(), StudentT()])
def test_the_ranked_probability_score_is_that_of_a_sample(family: Family) -> None:
    """E|X - y| - E|X - X'| / 2, from draws."""
    mixed, y = mixture(family), np.array([2.0, 30.0])
    two = [
        np.concatenate(
            [
                family.sample(mixed.parameters[0], 10_000, seed),
                family.sample(mixed.parameters[1], 30_000, seed + 1),
            ]
        )
        for seed in (1, 3)
    ]
    shuffled = np.random.default_rng(0).permutation(two[1])
    wanted = np.abs(two[0] - y).mean(axis=0) - np.abs(two[0] - shuffled).mean(axis=0) / 2
    assert_allclose(mixed.crps(y), wanted, rtol=0.03)


@pytest.mark.parametrize("levels", [(0.5,), (0.9, 0.1), (0.0, 0.5), (0.5, 1.0), (0.5, 0.5)])
def test_levels_that_do_not_rise_are_a_sentence(levels: Any) -> None:
    with pytest.raises(InputError) as raised:
        Quantiles(levels)
    assert str(raised.value) == (
        f"levels must be two or more that rise from above 0 to below 1, got {list(levels)}: give "
        "for example (0.05, 0.5, 0.95)."
    )
