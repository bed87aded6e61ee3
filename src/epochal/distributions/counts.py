"""Distributions of counts, and the part of their ranked probability score that sums over counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from epochal.distributions.ranked_probability import TAIL, Array, alike

ALL_COUNTS = 1024
"""How many counts are summed up one by one; then ever more together, 1/128 of what is passed."""


class Counts(Protocol):
    """Distributions of counts, (draws, rows), that lean to the right."""

    @property
    def mean(self) -> Array:
        """Of each."""

    @property
    def variance(self) -> Array:
        """Of each."""

    def log_probability(self, counts: Array) -> Array:
        """That of counts (rows,), and between them."""

    def log_ratio(self, counts: Array) -> Array:
        """By what it is larger at the next count."""

    def of_rows(self, rows: NDArray[np.integer]) -> "Counts":
        """Those of some rows."""


@dataclass(frozen=True, eq=False)
class PoissonCounts:
    """Poisson distributions."""

    mean: Array

    @property
    def variance(self) -> Array:
        """Of each."""
        return self.mean

    def log_probability(self, counts: Array) -> Array:
        """That of counts (rows,), and between them."""
        return np.asarray(counts * np.log(self.mean) - self.mean - special.gammaln(counts + 1))

    def log_ratio(self, counts: Array) -> Array:
        """By what it is larger at the next count."""
        return np.asarray(np.log(self.mean) - np.log(counts + 1))

    def of_rows(self, rows: NDArray[np.integer]) -> "PoissonCounts":
        """Those of some rows."""
        return PoissonCounts(self.mean[:, rows])


@dataclass(frozen=True, eq=False)
class NegativeBinomialCounts:
    """Negative binomial distributions, of mean m and variance ``m + dispersion * m^2``."""

    mean: Array
    dispersion: Array

    @property
    def variance(self) -> Array:
        """Of each."""
        return np.asarray(self.mean + self.dispersion * self.mean**2)

    def log_probability(self, counts: Array) -> Array:
        """That of counts (rows,), and between them."""
        size, falls = 1 / self.dispersion, self.dispersion * self.mean
        ways = special.gammaln(counts + size) - special.gammaln(counts + 1) - special.gammaln(size)
        logs = ways + counts * np.log(falls) - (counts + size) * np.log1p(falls)
        return np.asarray(logs)

    def log_ratio(self, counts: Array) -> Array:
        """By what it is larger at the next count."""
        falls = self.dispersion * self.mean
        logs = np.log((counts + 1 / self.dispersion) / (counts + 1) * (falls / (1 + falls)))
        return np.asarray(logs)

    def of_rows(self, rows: NDArray[np.integer]) -> "NegativeBinomialCounts":
        """Those of some rows."""
        return NegativeBinomialCounts(self.mean[:, rows], self.dispersion[:, rows])


def spread_of_counts(weights: Array, counts: Counts) -> Array:
    """`G` of mixtures of distributions of counts, as a sum, (rows,)."""
    deviation = np.sqrt(counts.variance)
    # Their lower tails are below those of normal distributions, as they lean to the right.
    first = np.maximum(np.floor((counts.mean - 6 * deviation).min(axis=0)), 0)
    last = (counts.mean + 9 * deviation).max(axis=0)
    found = np.empty(len(first))
    for rows in alike(last - first):
        found[rows] = _summed(weights, counts.of_rows(rows), first[rows])
    return found


def _summed(weights: Array, counts: Counts, first: Array) -> Array:
    total, below = np.zeros_like(first), np.zeros_like(first)
    logs = counts.log_probability(first)
    last = (counts.mean + 60 * np.sqrt(counts.variance)).max(axis=0) + 60
    for at, (start, together) in enumerate(_runs()):
        middle = first + start + (together - 1) / 2
        if together == 1:
            share = weights @ np.exp(logs)
            logs = logs + counts.log_ratio(middle)
            below += share
            total += below * (1 - below)
        else:
            share, slope = _together(weights, counts, middle, together)
            squares = (together**2 - 1) / 12
            mean = below + (together + 1) / 2 * share - squares * slope
            total += together * (mean * (1 - mean) - squares * share**2)
            below += together * share
        if at % 8 == 0 and ((1 - below < TAIL) | (middle > last)).all():
            break
    return total


def _together(weights: Array, counts: Counts, middle: Array, together: int) -> tuple[Array, Array]:
    """The mean probability of several counts about a middle, and its slope there."""
    each = np.exp(counts.log_probability(middle))
    behind, ahead = counts.log_ratio(middle - 1), counts.log_ratio(middle)
    rise = (behind + ahead) / 2
    curved = 1 + (together**2 - 1) / 24 * (rise**2 + ahead - behind)
    return weights @ (each * curved), weights @ (each * rise)


def _runs() -> Iterator[tuple[int, int]]:
    """From which count on, beyond the first, how many are taken together."""
    start = 0
    while True:
        together = 1 if start < ALL_COUNTS else start // 128
        yield start, together
        start += together
