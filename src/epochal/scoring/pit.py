"""Whether predicted distributions hold, by the level of each truth in its own.

The levels, the probability integral transform, are evenly spread from 0 to 1 where they hold.

References
----------
T. Gneiting, F. Balabdaoui and A. E. Raftery, "Probabilistic forecasts, calibration and sharpness",
Journal of the Royal Statistical Society B 69, 2007.
V. Kuleshov, N. Fenner and S. Ermon, "Accurate uncertainties for deep learning using calibrated
regression", ICML 2018 (frequencies by level).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from epochal.scoring.interval import ALPHA

Floats = NDArray[np.float64]

FITS, TOO_WIDE, TOO_NARROW, TOO_LOW, TOO_HIGH = "fits", "too wide", "too narrow", "low", "high"
_SIGMAS = float(special.ndtri(1 - ALPHA / 2))


class Frequencies(NamedTuple):
    """How often something happened, beside what happens by chance where distributions hold.

    Attributes
    ----------
    at : numpy.ndarray of shape (n,)
        What it is the frequency of: the left end of a bin, or a level.
    observed : numpy.ndarray of shape (n,)
    low, high : numpy.ndarray of shape (n,)
        Between which 95% of frequencies of as many rows lie that tell nothing of one another.
    """

    at: Floats
    observed: Floats
    low: Floats
    high: Floats


def density_of_levels(levels: ArrayLike, bins: int = 10) -> Frequencies:
    """A histogram of the levels, 1 where they are evenly spread.

    Parameters
    ----------
    levels : array_like of shape (rows,)
        In [0, 1], at least one.
    bins : int
        Of equal width.

    Examples
    --------
    >>> density_of_levels([0.1, 0.2, 0.3, 0.8], bins=2).observed.tolist()
    [1.5, 0.5]
    """
    values = np.asarray(levels, float)
    counts, edges = np.histogram(values, bins=bins, range=(0, 1))
    low, high = _by_chance(len(values), np.full(bins, 1 / bins))
    return Frequencies(edges[:-1], counts / len(values) * bins, low * bins, high * bins)


def frequency_below(levels: ArrayLike, at: ArrayLike) -> Frequencies:
    """How many truths are below the quantile of each of some levels: as many as the level says.

    Parameters
    ----------
    levels : array_like of shape (rows,)
        In [0, 1], at least one.
    at : array_like of shape (n,)

    Examples
    --------
    >>> frequency_below([0.1, 0.2, 0.3, 0.8], [0.5]).observed.tolist()
    [0.75]
    """
    wanted, values = np.asarray(at, float), np.sort(np.asarray(levels, float))
    observed = np.searchsorted(values, wanted, side="right") / len(values)
    return Frequencies(wanted, observed, *_by_chance(len(values), wanted))


def frequency_inside(levels: ArrayLike, at: ArrayLike) -> Frequencies:
    """How many truths the middle interval of each of some coverages holds.

    That of coverage c is between the quantiles at (1 - c) / 2 and (1 + c) / 2.

    Parameters
    ----------
    levels : array_like of shape (rows,)
        In [0, 1], at least one.
    at : array_like of shape (n,)

    Examples
    --------
    >>> frequency_inside([0.1, 0.2, 0.5, 0.8], [0.5, 0.7]).observed.tolist()
    [0.25, 0.75]
    """
    return frequency_below(2 * np.abs(np.asarray(levels, float) - 0.5), at)


def lean_of(levels: ArrayLike) -> str:
    """What is wrong with the distributions, beyond chance: one of the constants of this module.

    The mean of the levels and that of their squared distances from 0.5 are compared with what is
    expected of levels that are evenly spread, 1/2 and 1/12, with variances of a row of 1/12 and
    1/180: what is farther from it, in standard errors, is told.

    Parameters
    ----------
    levels : array_like of shape (rows,)
        In [0, 1], at least one.

    Returns
    -------
    {"fits", "too wide", "too narrow", "low", "high"}
        "low": truths lie higher than the distributions.

    Examples
    --------
    >>> even = np.linspace(0, 1, 200)
    >>> [lean_of(one) for one in (even, 0.25 + even / 2, even**2)]
    ['fits', 'too wide', 'high']
    """
    values = np.asarray(levels, float)
    root = np.sqrt(len(values))
    moved = (values.mean() - 0.5) * root / np.sqrt(1 / 12)
    spread = (np.mean((values - 0.5) ** 2) - 1 / 12) * root / np.sqrt(1 / 180)
    if abs(spread) > max(_SIGMAS, abs(moved)):
        return TOO_NARROW if spread > 0 else TOO_WIDE
    if abs(moved) > _SIGMAS:
        return TOO_LOW if moved > 0 else TOO_HIGH
    return FITS


def _by_chance(rows: int, chance: Floats) -> tuple[Floats, Floats]:
    """Between which 95% of frequencies lie."""
    low, high = (stats.binom.ppf(level, rows, chance) for level in (ALPHA / 2, 1 - ALPHA / 2))
    return np.maximum(low, 0) / rows, high / rows
