"""Distributions that several networks, or several samples of one, say of the same rows, mixed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.distributions.crossings import smallest_count_reaching, smallest_reaching
from epochal.distributions.family import Family

CRPS_BLOCK = 4096  # rows that are scored at once, which bounds the memory


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """One distribution a row, mixed of what each draw says.

    Attributes
    ----------
    family : Family
    parameters : numpy.ndarray
        (draws, ..., parameters).
    weights : sequence of float
        How much each draw counts; they add up to 1.

    Examples
    --------
    >>> from epochal.distributions import Gaussian
    >>> two = Mixture(family=Gaussian(), parameters=np.array([[0.0, 1.0], [2.0, 1.0]]),
    ...               weights=(0.5, 0.5))
    >>> float(two.mean), float(two.aleatoric), float(two.epistemic), float(two.cdf(1.0))
    (1.0, 1.0, 1.0, 0.5)
    """

    family: Family
    parameters: NDArray
    weights: Sequence[float]

    @property
    def mean(self) -> NDArray[np.float64]:
        """The mean of the means, (...)."""
        return self._mixed(self.family.mean(self.parameters))

    @property
    def aleatoric(self) -> NDArray[np.float64]:
        """The mean of the variances, (...): the part of the variance that each draw speaks of."""
        return self._mixed(self.family.variance(self.parameters))

    @property
    def epistemic(self) -> NDArray[np.float64]:
        """The variance of the means, (...): the part in which the draws contradict one another."""
        return self._mixed((self.family.mean(self.parameters) - self.mean) ** 2)

    @property
    def variance(self) -> NDArray[np.float64]:
        """That of the mixture, (...): the sum of both parts."""
        return self.aleatoric + self.epistemic

    def cdf(self, values: ArrayLike) -> NDArray[np.float64]:
        """The probability of values up to `values` (...)."""
        return self._mixed(self.family.cdf(values, self.parameters))

    def log_likelihood(self, values: ArrayLike) -> NDArray[np.float64]:
        """The log of the density at `values` (...): the log score, higher is better."""
        each = self.family.log_likelihood(values, self.parameters)
        weights = np.reshape(self.weights, (-1, *[1] * (each.ndim - 1)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.logaddexp.reduce(each + np.log(weights), axis=0))

    def quantile(self, level: float) -> NDArray[np.float64]:
        """The smallest values that `level` of the probability does not exceed, (...).

        Those at 0 and 1 are infinite, but that no count is below 0.
        """
        shape, discrete = self.parameters.shape[1:-1], self.family.discrete
        if level in (0, 1):
            return np.full(shape, np.inf if level else 0.0 if discrete else -np.inf)
        low, high = (end.reshape(-1) for end in self._bracket(level))
        size = self.parameters.shape[-1]
        flat = np.asarray(self.parameters, float).reshape(len(self.parameters), -1, size)

        def below(values: NDArray, rows: NDArray) -> NDArray[np.float64]:
            return self._mixed(self.family.cdf(values, flat[:, rows]))

        if discrete:
            return smallest_count_reaching(below, level, low, np.ceil(high)).reshape(shape)
        return smallest_reaching(below, level, low, high).reshape(shape)

    def crps(self, truth: ArrayLike) -> NDArray[np.float64]:
        """The continuous ranked probability score, (...), in the unit of the target.

        The integral of F^2 below the truth and of (1 - F)^2 above it, with F the distribution
        function (T. Gneiting and A. E. Raftery, 2007). It is exact, but of Student distributions
        and of large counts right to four digits: see `epochal.distributions.ranked_probability`.
        """
        shape, size = self.parameters.shape[1:-1], self.parameters.shape[-1]
        rows = np.asarray(self.parameters, float).reshape(len(self.parameters), -1, size)
        at = np.broadcast_to(np.asarray(truth, float), shape).reshape(-1)
        starts = range(0, len(at), CRPS_BLOCK)
        blocks = [slice(start, start + CRPS_BLOCK) for start in starts]
        each = [self._crps_of_rows(at[block], rows[:, block]) for block in blocks]
        return np.concatenate([*each, np.empty(0)]).reshape(shape)

    def _crps_of_rows(self, truth: NDArray, parameters: NDArray) -> NDArray[np.float64]:
        weights = np.asarray(self.weights, float)
        away = weights @ self.family.distance(truth, parameters)
        return np.asarray(away - self.family.spread(weights, parameters))

    def pit(self, truth: ArrayLike, seed: int = 0) -> NDArray[np.float64]:
        """The level of the truth in its distribution, (...): evenly spread where that holds.

        The probability integral transform. Of counts a level is drawn between those below and at
        the truth, by `seed`, without which they could not be evenly spread (A. Dawid, 1984).
        """
        at = np.asarray(truth, float)
        upper = self.cdf(at)
        if not self.family.discrete:
            return upper
        lower = self.cdf(at - 1)
        return lower + (upper - lower) * np.random.default_rng(seed).random(upper.shape)

    def _bracket(self, level: float) -> tuple[NDArray, NDArray]:
        """Values that the quantile lies between, the lower one of less probability."""
        means, spread = self.family.mean(self.parameters), self.family.variance(self.parameters)
        reach = np.sqrt(spread.max(axis=0)) + 1e-12 * (1 + np.abs(means).max(axis=0))
        low, high = means.min(axis=0) - reach, means.max(axis=0) + reach
        if self.family.discrete:
            low = np.full_like(low, -1.0)
        while (short := self.cdf(high) < level).any():
            high, reach = np.where(short, high + reach, high), 2 * reach
        while (far := self.cdf(low) >= level).any():
            low, reach = np.where(far, low - reach, low), 2 * reach
        return low, high

    def _mixed(self, values: NDArray) -> NDArray[np.float64]:
        return np.asarray(np.tensordot(np.asarray(self.weights, float), values, 1))
