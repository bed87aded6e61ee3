"""Families of distributions, each told by a few parameters along the last axis of an array."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from epochal.distributions.frozen import Array, MixedNormals, PieceWise
from epochal.errors import InputError


class Family(ABC):
    """A family of distributions of a number.

    Parameters are arrays (..., size), values and what is told of them (...).

    Attributes
    ----------
    size : int
        Parameters of a distribution.
    discrete : bool
        Whether it is one of counts: 0, 1, 2 and so on.
    """

    size: int
    discrete: bool = False

    def in_units(self, parameters: ArrayLike, scale: ArrayLike, offset: ArrayLike) -> Array:
        """The parameters of values that are ``value * scale + offset``.

        Parameters
        ----------
        parameters : array_like of shape (..., size)
        scale, offset : array_like
            Of the shape of values (...), or one that is broadcast to it; scales above 0.

        Raises
        ------
        NotImplementedError
            Counts have no unit.
        """
        powers, moved = (np.asarray(part, float) for part in self._units)
        scales, offsets = (np.asarray(part, float)[..., None] for part in (scale, offset))
        return np.asarray(np.asarray(parameters, float) * scales**powers + offsets * moved)

    @property
    def _units(self) -> tuple[Sequence[int], Sequence[int]]:
        """By which power of the scale each parameter grows, and whether it is moved."""
        raise NotImplementedError

    @abstractmethod
    def frozen(self, parameters: ArrayLike) -> Any:
        """The distributions as SciPy has them, with `mean`, `var`, `cdf` and `rvs`."""

    def mean(self, parameters: ArrayLike) -> Array:
        """Means."""
        return np.asarray(self.frozen(parameters).mean(), float)

    def variance(self, parameters: ArrayLike) -> Array:
        """Variances."""
        return np.asarray(self.frozen(parameters).var(), float)

    def cdf(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """The probabilities of values up to `values`."""
        return np.asarray(self.frozen(parameters).cdf(values), float)

    def log_likelihood(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """The log of the density at `values`, or of the probability of a count."""
        frozen = self.frozen(parameters)
        log = frozen.logpmf if self.discrete else frozen.logpdf
        return np.asarray(log(values), float)

    def sample(self, parameters: ArrayLike, count: int, seed: int = 0) -> Array:
        """`count` draws of each distribution, (count, ...)."""
        drawn = self.frozen(parameters)
        shape = np.shape(np.asarray(parameters)[..., 0])
        return np.asarray(drawn.rvs((count, *shape), random_state=np.random.default_rng(seed)))


@dataclass(frozen=True)
class Gaussian(Family):
    """Normal distributions: mean, variance."""

    size: int = 2
    _units = ((1, 2), (1, 0))

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        mean, variance = _parts(parameters)
        return stats.norm(mean, np.sqrt(variance))

    def cdf(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """The probabilities of values up to `values`; several times as fast as SciPy's `norm`."""
        mean, variance = _parts(parameters)
        return np.asarray(special.ndtr((np.asarray(values, float) - mean) / np.sqrt(variance)))


@dataclass(frozen=True)
class StudentT(Family):
    """Student's t distributions, with the long tails of outliers: location, scale, degrees > 2."""

    size: int = 3
    _units = ((1, 1, 0), (1, 0, 0))

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        location, scale, degrees = _parts(parameters)
        return stats.t(degrees, location, scale)


@dataclass(frozen=True)
class Poisson(Family):
    """Poisson distributions of counts: rate, which is mean and variance."""

    size: int = 1
    discrete: bool = True

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        (rate,) = _parts(parameters)
        return stats.poisson(rate)


@dataclass(frozen=True)
class NegativeBinomial(Family):
    """Counts that scatter more than Poisson's: mean m, dispersion a; the variance is m + a m^2."""

    size: int = 2
    discrete: bool = True

    def frozen(self, parameters: ArrayLike) -> Any:
        """As SciPy has them."""
        mean, dispersion = _parts(parameters)
        return stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mean))


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


def _parts(parameters: ArrayLike) -> list[Array]:
    """Each parameter by itself."""
    return list(np.moveaxis(np.asarray(parameters, float), -1, 0))


ALL_FAMILIES: tuple[Family, ...] = (
    Gaussian(),
    StudentT(),
    Quantiles((0.05, 0.25, 0.5, 0.75, 0.95)),
    GaussianMixture(),
    Poisson(),
    NegativeBinomial(),
)
"""One of each, which the tests go through."""
