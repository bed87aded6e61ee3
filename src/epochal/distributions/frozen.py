"""Distributions that SciPy has not, with the methods of its frozen ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MixedNormals:
    """Normal distributions mixed, told by parts (..., components)."""

    weights: Array
    means: Array
    variances: Array

    def mean(self) -> Array:
        """Means."""
        return np.asarray((self.weights * self.means).sum(axis=-1))

    def var(self) -> Array:
        """Variances."""
        apart = (self.means - self.mean()[..., None]) ** 2
        return np.asarray((self.weights * (self.variances + apart)).sum(axis=-1))

    def cdf(self, values: ArrayLike) -> Array:
        """The probabilities of values up to `values`."""
        z = (np.asarray(values, float)[..., None] - self.means) / np.sqrt(self.variances)
        return np.asarray((self.weights * special.ndtr(z)).sum(axis=-1))

    def logpdf(self, values: ArrayLike) -> Array:
        """The log of the density at `values`."""
        at = np.asarray(values, float)[..., None]
        each = np.log(self.weights) + stats.norm.logpdf(at, self.means, np.sqrt(self.variances))
        return np.asarray(np.logaddexp.reduce(each, axis=-1))

    def rvs(self, shape: tuple[int, ...], random_state: np.random.Generator) -> Array:
        """Draws, of shape `shape`."""
        steps = self.weights.cumsum(axis=-1)
        chosen = (random_state.random((*shape, 1)) > steps[..., :-1]).sum(axis=-1)[..., None]
        means, variances = (
            np.take_along_axis(np.broadcast_to(part, (*shape, part.shape[-1])), chosen, -1)[..., 0]
            for part in (self.means, self.variances)
        )
        return np.asarray(random_state.normal(means, np.sqrt(variances)))


@dataclass(frozen=True)
class PieceWise:
    """A quantile function that is linear between `knots` (..., n) at `levels` (n,)."""

    knots: Array
    levels: Array

    def mean(self) -> Array:
        """Means."""
        low, high = self.knots[..., :-1], self.knots[..., 1:]
        return np.asarray((np.diff(self.levels) * (low + high) / 2).sum(axis=-1))

    def var(self) -> Array:
        """Variances."""
        low, high = (
            part - self.mean()[..., None] for part in (self.knots[..., :-1], self.knots[..., 1:])
        )
        return np.asarray((np.diff(self.levels) * (low**2 + low * high + high**2) / 3).sum(axis=-1))

    def cdf(self, values: ArrayLike) -> Array:
        """The probabilities of values up to `values`."""
        at = np.asarray(values, float)[..., None]
        low, width = self.knots[..., :-1], np.diff(self.knots, axis=-1)
        # Of pieces without a width a value has all or nothing.
        part = np.where(width > 0, (at - low) / np.where(width > 0, width, 1), at >= low)
        return np.asarray((np.diff(self.levels) * np.clip(part, 0, 1)).sum(axis=-1))

    def distance(self, values: ArrayLike) -> Array:
        """The mean of ``|X - value|``."""
        at = np.asarray(values, float)[..., None]
        low, high = self.knots[..., :-1], self.knots[..., 1:]
        inside, width = np.clip(at, low, high), high - low
        # On either side of the value, squared: of a value outside, the distance to the middle.
        squares = ((inside - low) ** 2 + (high - inside) ** 2) / 2
        own = np.divide(squares, width, out=np.zeros_like(squares), where=width > 0)
        beyond = np.where(width > 0, np.abs(at - inside), np.abs(at - low))
        return np.asarray((np.diff(self.levels) * (own + beyond)).sum(axis=-1))

    def logpdf(self, values: ArrayLike) -> Array:
        """The log of the density at `values`."""
        at = np.asarray(values, float)[..., None]
        low, high = self.knots[..., :-1], self.knots[..., 1:]
        width = np.maximum(high - low, np.finfo(float).tiny)
        density = ((low <= at) & (at < high)) * np.diff(self.levels) / width
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(density.sum(axis=-1)))

    def rvs(self, shape: tuple[int, ...], random_state: np.random.Generator) -> Array:
        """Draws, of shape `shape`."""
        level = random_state.random((*shape, 1))
        part = np.clip((level - self.levels[:-1]) / np.diff(self.levels), 0, 1)
        return np.asarray(self.knots[..., 0] + (part * np.diff(self.knots, axis=-1)).sum(axis=-1))
