"""The continuous ranked probability score of distributions that are mixed, row by row.

``E|X - y| - G`` with ``G = E|X - X'| / 2``, the integral of ``F (1 - F)``: the first is known in
closed form for each family (`Family.distance`), and the second hangs on no truth, so that nothing
is integrated across the step at it. Parameters are (draws, rows, size), weights (draws,).

References
----------
T. Gneiting and A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal
of the American Statistical Association 102, 2007 (the formula).
E. Grimit, T. Gneiting, V. Berrocal and N. Johnson, "The continuous ranked probability score for
circular variables and its application to mesoscale forecast ensemble verification", Quarterly
Journal of the Royal Meteorological Society 132, 2006 (mixtures of normal distributions).
A. Jordan, F. Krueger and S. Lerch, "Evaluating probabilistic forecasts with scoringRules", Journal
of Statistical Software 90, 2019 (closed forms of single distributions).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

STEP = 0.25
"""Between the nodes at the middle of a Student distribution, in its scale."""

MOST_NODES = 4096
TAIL = 1e-7
"""Of the probability, or of the integral, that is left out on each side."""

BLOCK = 1024
"""Rows that are looked at together, of like need of nodes."""


def distance_to_normal(values: Array, means: Array, variances: Array) -> Array:
    """``E|X - value|`` of normal distributions; all of one shape.

    Examples
    --------
    >>> float(distance_to_normal(0.0, 0.0, 1.0).round(6)), float(distance_to_normal(3.0, 1.0, 0.0))
    (0.797885, 2.0)
    """
    deviation = np.sqrt(variances)
    away = np.asarray(values - means, float)
    z = np.divide(away, deviation, out=np.zeros_like(away + deviation), where=deviation > 0)
    inside = away * (2 * special.ndtr(z) - 1) + deviation * np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2)
    return np.asarray(np.where(deviation > 0, inside, np.abs(away)))


def spread_of_normals(weights: Array, means: Array, variances: Array) -> Array:
    """`G` of mixtures of normal distributions, exactly, (rows,).

    Parameters
    ----------
    weights, means, variances : numpy.ndarray of shape (components, rows)
    """
    found = np.einsum("ir,ir->r", weights**2, np.sqrt(variances)) / np.sqrt(np.pi)
    for at in range(1, len(means)):
        # X - X' is normal, too.
        pairs = distance_to_normal(means[at], means[:at], variances[at] + variances[:at])
        found += weights[at] * np.einsum("ir,ir->r", weights[:at], pairs)
    return np.asarray(found)


def spread_of_pieces(weights: Array, knots: Array, levels: Array) -> Array:
    """`G` of mixtures of distributions with densities that are constant between knots, exactly.

    Parameters
    ----------
    weights : numpy.ndarray of shape (draws,)
    knots : numpy.ndarray of shape (draws, rows, n)
        Rising.
    levels : numpy.ndarray of shape (n,)
        The distribution function at the knots.
    """
    low, high = (np.moveaxis(part, 1, 0) for part in (knots[..., :-1], knots[..., 1:]))
    rows = len(low)
    mass = np.broadcast_to(weights[:, None] * np.diff(levels), low.shape).reshape(rows, -1)
    low, high = low.reshape(rows, -1), high.reshape(rows, -1)
    # A density of next to no width is a step: its slope would cost all digits of the others.
    least = 1e-7 * (high.max(axis=1) - low.min(axis=1))[:, None]
    steep = high - low <= least
    slope = np.where(steep, 0.0, mass / np.where(steep, 1.0, high - low))
    places = np.concatenate([low, high], axis=1)
    order = np.argsort(places, axis=1, kind="stable")
    places, slopes, steps = (
        np.take_along_axis(part, order, axis=1)
        for part in (
            places,
            np.concatenate([slope, -slope], axis=1),
            np.concatenate([np.where(steep, mass, 0.0), np.zeros_like(mass)], axis=1),
        )
    )
    width = np.diff(places, axis=1)
    rise = np.cumsum(slopes, axis=1)[:, :-1] * width
    before = np.cumsum(steps, axis=1)[:, :-1] + np.cumsum(rise, axis=1) - rise
    after = before + rise
    held = (before + after) / 2 - (before**2 + before * after + after**2) / 3
    return np.asarray((width * held).sum(axis=1))


def spread_of_students(weights: Array, location: Array, scale: Array, degrees: Array) -> Array:
    """`G` of mixtures of Student distributions, by quadrature, (rows,).

    With ``x = c + L sinh u`` nodes that are equally apart in u are close where the distributions
    are and far apart in their tails, and the trapezoidal rule converges exponentially. The
    distribution function is the integral of the density so far, with its first correction (Euler
    and Maclaurin): it costs a tenth of one that is computed at each node.

    Parameters
    ----------
    weights : numpy.ndarray of shape (draws,)
    location, scale, degrees : numpy.ndarray of shape (draws, rows)
        Scales above 0, degrees above 2.
    """
    centre = weights @ location
    away, unit = np.abs(location - centre), scale.min(axis=0)
    step = STEP * (scale / np.hypot(unit, away)).min(axis=0)
    end = np.arcsinh((away + scale * _reach(degrees)).max(axis=0) / unit)
    half = np.minimum(np.ceil(end / step), MOST_NODES // 2)
    constant = special.gammaln((degrees + 1) / 2) - special.gammaln(degrees / 2)
    shares = weights[:, None] * np.exp(constant) / np.sqrt(np.pi * degrees) / scale
    found = np.empty(len(unit))
    for rows in alike(half):
        mixed = _Students(*(part[:, rows] for part in (shares, location, scale, degrees)))
        grid = _Grid(centre[rows], unit[rows], end[rows], int(half[rows].max()))
        found[rows] = _trapezoidal(mixed, grid)
    return found


class _Students(NamedTuple):
    """Student distributions, (draws, rows); `shares`: their weights in front of the densities."""

    shares: Array
    location: Array
    scale: Array
    degrees: Array

    def density(self, values: Array) -> tuple[Array, Array]:
        """That of the mixture at values (rows,), and its slope."""
        z = (values - self.location) / self.scale
        inner = 1 + z * z / self.degrees
        each = self.shares * np.exp(-(self.degrees + 1) / 2 * np.log(inner))
        slope = -each * (self.degrees + 1) * z / (self.degrees * inner * self.scale)
        return each.sum(axis=0), slope.sum(axis=0)


class _Grid(NamedTuple):
    """Of each row the nodes ``centre + unit * sinh u``, with u from ``-end`` to ``end``."""

    centre: Array
    unit: Array
    end: Array
    half: int


def _trapezoidal(mixed: _Students, grid: _Grid) -> Array:
    # From either end to the middle, as in a long tail what is left of 1 has no digits.
    return _up_to_the_middle(mixed, grid, -1) + _up_to_the_middle(mixed, grid, 1)


def _up_to_the_middle(mixed: _Students, grid: _Grid, side: int) -> Array:
    step = grid.end / grid.half
    total, so_far, first = np.zeros_like(step), np.zeros_like(step), np.zeros_like(step)
    for at in range(grid.half + 1):
        u = side * (grid.end - at * step)
        across, along = grid.unit * np.sinh(u), grid.unit * np.cosh(u)
        density, falling = mixed.density(grid.centre + across)
        value, slope = density * along, -side * (falling * along**2 + density * across)
        if at == 0:
            first, so_far = slope, -value / 2
        so_far += value
        beyond = step * (so_far - value / 2) - step**2 / 12 * (slope - first)
        total += (0.5 if at == grid.half else 1.0) * step * along * beyond * (1 - beyond)
    return total


def _reach(degrees: Array) -> Array:
    """How many scales from the middle the tails' integral is `TAIL`."""
    # From 30 degrees on tails are below those of 30, whose power law still tells something.
    v = np.minimum(degrees, 30.0)
    logs = special.gammaln((v + 1) / 2) - special.gammaln(v / 2)
    logs += v / 2 * np.log(v) - np.log(np.sqrt(np.pi) * v * (v - 1) * TAIL)
    return np.asarray(np.exp(logs / (v - 1)))


def alike(need: Array) -> Iterator[NDArray[np.integer]]:
    """The rows in blocks, those of like need together."""
    order = np.argsort(need, kind="stable")
    for at in range(0, len(order), BLOCK):
        yield order[at : at + BLOCK]
