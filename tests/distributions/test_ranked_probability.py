"""The ranked probability score of mixtures, against the integral that defines it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.special import beta

from epochal.distributions import (
    Family,
    Gaussian,
    GaussianMixture,
    Mixture,
    NegativeBinomial,
    Poisson,
    Quantiles,
    StudentT,
    counts,
    mixture,
    ranked_probability,
)

ROWS, DRAWS = 12, 6
WEIGHTS = np.random.default_rng(9).dirichlet(np.ones(DRAWS)).tolist()


def by_integration(mixed: Mixture, row: int, truth: float) -> float:
    """Of F^2 below the truth and (1 - F)^2 above it, on a grid that is fine wherever F changes."""
    parameters, family = mixed.parameters[:, row], mixed.family

    def below(values: NDArray) -> NDArray:
        each = family.cdf(values[None], parameters[:, None])
        return np.asarray(WEIGHTS) @ each

    means, deviations = family.mean(parameters), np.sqrt(family.variance(parameters))
    if family.discrete:
        every = np.arange(int((means + 60 * deviations).max()) + 100.0)
        return float(((below(every) - (every >= truth)) ** 2).sum())
    away = np.sinh(np.linspace(-12, 12, 241))
    places = [*(means[:, None] + deviations[:, None] * away).ravel(), truth]
    if isinstance(family, Quantiles):
        places += list(family.frozen(parameters).knots.ravel())
    nodes, shares = np.polynomial.legendre.leggauss(8)
    edges = np.unique(places)
    half = np.diff(edges) / 2
    at = (edges[:-1] + half)[:, None] + half[:, None] * nodes
    distance = below(at.ravel()).reshape(at.shape) - (at >= truth)
    return float((half[:, None] * shares * distance**2).sum())


def drawn(family: Family) -> NDArray:
    """Parameters of draws that contradict one another, most of all in the first rows."""
    random = np.random.default_rng(0)
    shape = (DRAWS, ROWS)
    middle = random.normal(size=(1, ROWS)) + random.normal(size=shape) / 3
    middle[:, 0] = np.linspace(-30, 30, DRAWS)
    scale = np.exp(random.normal(-0.5, 0.5, shape))
    scale[:, 1] = 0.01
    scale[2, 2] = 0.02
    if isinstance(family, Gaussian):
        return np.stack([middle, scale**2], axis=-1)
    if isinstance(family, StudentT):
        degrees = 2 + np.exp(random.normal(1, 1, shape))
        degrees[:, 3], degrees[:, 4] = 2.01, 1e4
        return np.stack([middle, scale, degrees], axis=-1)
    if isinstance(family, GaussianMixture):
        shares = random.dirichlet(np.ones(3), shape)
        means = middle[..., None] + random.normal(size=(*shape, 3))
        return np.concatenate([shares, means, np.exp(random.normal(size=(*shape, 3)))], axis=-1)
    if isinstance(family, Quantiles):
        steps = np.exp(random.normal(-1, 1, (*shape, 4)))
        steps[:, 3, 2], steps[0, 4, :2], steps[1, 5] = 0, 0, 1e-12  # without a width
        return np.cumsum(np.concatenate([middle[..., None], steps], axis=-1), axis=-1)
    mean = np.exp(random.normal(1, 1, (1, ROWS)) + random.normal(size=shape) / 3)
    mean[:, :3] *= [[1000, 300, 30]]  # such that many are taken together
    if isinstance(family, Poisson):
        return mean[..., None]
    dispersion = np.exp(random.normal(-1, 1, shape))
    dispersion[:, 3] = 1e-4
    return np.stack([mean, dispersion], axis=-1)


@pytest.mark.parametrize(
    ("family", "tolerance"),
    [
        (Gaussian(), 1e-9),
        (GaussianMixture(), 1e-9),
        (Quantiles((0.05, 0.25, 0.5, 0.75, 0.95)), 1e-6),
        (StudentT(), 1e-4),
        (Poisson(), 1e-5),
        (NegativeBinomial(), 1e-5),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Family) else "",
)
def test_it_is_the_integral(family: Family, tolerance: float) -> None:
    mixed = Mixture(family=family, parameters=drawn(family), weights=WEIGHTS)
    random = np.random.default_rng(1)
    truth = mixed.mean + 2 * np.sqrt(mixed.variance) * random.normal(size=ROWS)
    truth[6] = mixed.mean[6] + 40 * np.sqrt(mixed.variance[6])
    if family.discrete:
        truth = np.maximum(np.round(truth), 0)
    wanted = [by_integration(mixed, row, float(truth[row])) for row in range(ROWS)]
    assert_allclose(mixed.crps(truth), wanted, rtol=tolerance)


@pytest.mark.parametrize("degrees", [2.001, 2.5, 4.0, 30.0, 1e6])
def test_one_student_distribution_is_the_closed_form(degrees: float) -> None:
    """Jordan, Krueger and Lerch, 2019, appendix A: half the mean distance of two of its draws."""
    ways = beta(0.5, degrees - 0.5) / beta(0.5, degrees / 2) ** 2
    wanted = 3 * 2 * np.sqrt(degrees) / (degrees - 1) * ways
    found = StudentT().spread(np.ones(1), np.array([[[7.0, 3.0, degrees]]]))
    assert_allclose(found, wanted, rtol=3e-5)


@pytest.mark.parametrize("family", [StudentT(), NegativeBinomial()])
def test_how_many_rows_are_looked_at_together_changes_nothing(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    mixed = Mixture(family=family, parameters=drawn(family), weights=WEIGHTS)
    whole = mixed.crps(np.ones(ROWS))
    monkeypatch.setattr(mixture, "CRPS_BLOCK", 5)
    monkeypatch.setattr(ranked_probability, "BLOCK", 2)
    assert_allclose(mixed.crps(np.ones(ROWS)), whole, rtol=1e-4)


def test_counts_that_are_taken_together_are_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    family = NegativeBinomial()
    mixed = Mixture(family=family, parameters=drawn(family), weights=WEIGHTS)
    together = mixed.crps(np.full(ROWS, 20.0))
    monkeypatch.setattr(counts, "ALL_COUNTS", 10**7)
    assert_allclose(together, mixed.crps(np.full(ROWS, 20.0)), rtol=1e-5)


@pytest.mark.parametrize("family", [Poisson(), NegativeBinomial(), StudentT(), Gaussian()])
def test_the_distance_is_the_mean_of_draws(family: Family) -> None:
    parameters = drawn(family)[0, 5:8]
    values = np.array([0.0, 1.0, 3.0])
    draws = family.sample(parameters, 100_000, seed=0)
    assert_allclose(
        family.distance(values, parameters), np.abs(draws - values).mean(axis=0), rtol=0.02
    )


def test_many_targets_and_a_single_row_keep_their_shape() -> None:
    parameters = drawn(Gaussian()).reshape(DRAWS, 4, 3, 2)
    mixed = Mixture(family=Gaussian(), parameters=parameters, weights=WEIGHTS)
    flat = Mixture(family=Gaussian(), parameters=drawn(Gaussian()), weights=WEIGHTS)
    assert_allclose(mixed.crps(np.zeros((4, 3))).ravel(), flat.crps(np.zeros(12)))
    one = Mixture(family=Gaussian(), parameters=drawn(Gaussian())[:, 0], weights=WEIGHTS)
    assert_allclose(one.crps(0.0), flat.crps(np.zeros(12))[0])
