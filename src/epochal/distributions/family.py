"""What each family of distributions can tell."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from epochal.distributions.frozen import Array


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

    @abstractmethod
    def distance(self, values: ArrayLike, parameters: ArrayLike) -> Array:
        """Of each distribution the mean of ``|X - value|``."""

    @abstractmethod
    def spread(self, weights: Array, parameters: Array) -> Array:
        """Half the mean of ``|X - X'|``, both drawn from a mixture, (rows,).

        Parameters
        ----------
        weights : numpy.ndarray of shape (draws,)
        parameters : numpy.ndarray of shape (draws, rows, size)
        """

    def sample(self, parameters: ArrayLike, count: int, seed: int = 0) -> Array:
        """`count` draws of each distribution, (count, ...)."""
        drawn = self.frozen(parameters)
        shape = np.shape(np.asarray(parameters)[..., 0])
        return np.asarray(drawn.rvs((count, *shape), random_state=np.random.default_rng(seed)))


def parts_of(parameters: ArrayLike) -> list[Array]:
    """Each parameter by itself."""
    return list(np.moveaxis(np.asarray(parameters, float), -1, 0))
