"""Families of distributions, each told by a few parameters along the last axis of an array."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from epochal.distributions.counts import NegativeBinomialCounts, PoissonCounts, spread_of_counts
from epochal.distributions.family import Family, parts_of
from epochal.distributions.frozen import Array, MixedNormals, PieceWise
from epochal.distributions.ranked_probability import (
    distance_to_normal,
    spread_of_normals,
    spread_of_pieces,
    spread_of_students,
)
from epochal.errors import InputError


@dataclass(frozen=True)
class Gaussian(Family):
    """Normal distributions: mean, variance."""

    size: int = 2
    _units = ((1, 2), (1, 0))

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        mean, variance = parts_of(parameters)
        return stats.norm(mean, np.sqrt(variance))

    def cdf(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """The probabilities of values up to `values`; several times as fast as SciPy's `norm`."""
        mean, variance = parts_of(parameters)
        return np.asarray(special.ndtr((np.asarray(values, float) - mean) / np.sqrt(variance)))

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        return distance_to_normal(np.asarray(values, float), *parts_of(parameters))

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        mean, variance = parts_of(parameters)
        return spread_of_normals(np.broadcast_to(weights[:, None], mean.shape), mean, variance)


@dataclass(frozen=True)
class StudentT(Family):
    """Student's t distributions, with the long tails of outliers: location, scale, degrees > 2."""

    size: int = 3
    _units = ((1, 1, 0), (1, 0, 0))

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        location, scale, degrees = parts_of(parameters)
        return stats.t(degrees, location, scale)

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        location, scale, degrees = parts_of(parameters)
        z = (np.asarray(values, float) - location) / scale
        tails = 2 * stats.t.pdf(z, degrees) * (degrees + z**2) / (degrees - 1)
        return np.asarray(scale * (z * (2 * special.stdtr(degrees, z) - 1) + tails))

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        return spread_of_students(weights, *parts_of(parameters))


@dataclass(frozen=True)
class Poisson(Family):
    """Poisson distributions of counts: rate, which is mean and variance."""

    size: int = 1
    discrete: bool = True

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        (rate,) = parts_of(parameters)
        return stats.poisson(rate)

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        at, (rate,) = np.asarray(values, float), parts_of(parameters)
        below = 2 * stats.poisson.cdf(np.floor(at), rate) - 1
        return np.asarray(at * below + rate - 2 * rate * stats.poisson.cdf(np.floor(at) - 1, rate))

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        return spread_of_counts(weights, PoissonCounts(*parts_of(parameters)))


@dataclass(frozen=True)
class NegativeBinomial(Family):
    """Counts that scatter more than Poisson's: mean m, dispersion a; the variance is m + a m^2."""

    size: int = 2
    discrete: bool = True

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        mean, dispersion = parts_of(parameters)
        return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        at, (mean, dispersion) = np.asarray(values, float), parts_of(parameters)
        size, chance = 1 / dispersion, 1 / (1 + dispersion * mean)
        below = 2 * stats.nbinom.cdf(np.floor(at), size, chance) - 1
        # The mean of those up to a count is that of another such distribution.
        part = mean * stats.nbinom.cdf(np.floor(at) - 1, size + 1, chance)
        return np.asarray(at * below + mean - 2 * part)

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        return spread_of_counts(weights, NegativeBinomialCounts(*parts_of(parameters)))


@dataclass(frozen=True)
class GaussianMixture(Family):
    """Mixtures of normal distributions: their weights, then their means, then their variances.

    Parameters
    ----------
    components : int
        How many are mixed.
    """

    components: int = 3

    @property
    def size(self) -> int:  # type: ignore[override]
        """Parameters of a distribution."""
        return 3 * self.components

    @property
    def _units(self) -> tuple[Sequence[int], Sequence[int]]:
        count = self.components
        powers = [0] * count + [1] * count + [2] * count
        return powers, [int(power == 1) for power in powers]

    def frozen(self, parameters: ArrayLike) -> MixedNormals:
        """With the methods of SciPy's."""
        values = np.asarray(parameters, float)
        return MixedNormals(*np.split(values, 3, axis=-1))

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        given = np.asarray(parameters, float)
        weights, means, variances = np.split(given, 3, axis=-1)
        each = distance_to_normal(np.asarray(values, float)[..., None], means, variances)
        return np.asarray((weights * each).sum(axis=-1))

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        shares, means, variances = (
            np.moveaxis(part, 2, 1).reshape(-1, parameters.shape[1])
            for part in np.split(parameters, 3, axis=-1)
        )
        return spread_of_normals(
            np.repeat(weights, self.components)[:, None] * shares, means, variances
        )


@dataclass(frozen=True)
class Quantiles(Family):
    """Distributions told by their quantiles, between which values are equally likely.

    Beyond the outermost quantiles the density goes on as beside them.

    Parameters
    ----------
    levels : tuple of float
        Rising, in (0, 1), at least two: the parameters are the values at these.

    Raises
    ------
    InputError
        Other levels.
    """

    levels: tuple[float, ...]

    def __post_init__(self) -> None:
        given = tuple(map(float, self.levels))
        if len(given) < 2 or not all(a < b for a, b in pairwise((0.0, *given, 1.0))):
            raise InputError(
                f"levels must be two or more that rise from above 0 to below 1, got {list(given)}: "
                "give for example (0.05, 0.5, 0.95)."
            )
        object.__setattr__(self, "levels", given)

    @property
    def size(self) -> int:  # type: ignore[override]
        """Parameters of a distribution."""
        return len(self.levels)

    @property
    def _units(self) -> tuple[Sequence[int], Sequence[int]]:
        return [1] * self.size, [1] * self.size

    def frozen(self, parameters: ArrayLike) -> PieceWise:
        """With the methods of SciPy's."""
        values, levels = np.asarray(parameters, float), np.asarray(self.levels)
        first, last = (
            (values[..., b] - values[..., a]) / (levels[b] - levels[a])
            for a, b in ((0, 1), (-2, -1))
        )
        lowest = values[..., 0] - first * levels[0]
        highest = values[..., -1] + last * (1 - levels[-1])
        knots = np.concatenate([lowest[..., None], values, highest[..., None]], axis=-1)
        return PieceWise(knots, np.concatenate([[0.0], levels, [1.0]]))

    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""
        return self.frozen(parameters).distance(values)

    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,)."""
        frozen = self.frozen(parameters)
        return spread_of_pieces(weights, frozen.knots, frozen.levels)


ALL_FAMILIES: tuple[Family, ...] = (
    Gaussian(),
    StudentT(),
    Quantiles((0.05, 0.25, 0.5, 0.75, 0.95)),
    GaussianMixture(),
    Poisson(),
    NegativeBinomial(),
)
"""One of each, which the tests go through."""
