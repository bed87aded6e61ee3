"""Where rising functions of a number reach a level, for many functions at once."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.integer]
Function = Callable[[Array, Rows], Array]
"""Of values and of the rows that they are for, rising in the values."""

CLOSE = 1e-12
"""Of the first interval: one of this width is narrow enough."""

MOST_STEPS = 200


def smallest_reaching(function: Function, level: float, low: Array, high: Array) -> Array:
    """The smallest values at which functions are at least `level`, (rows,).

    By inverse quadratic interpolation where that is safe, and else by halving (Chandrupatla); rows
    that are done cost nothing.

    Parameters
    ----------
    function : callable
    level : float
    low, high : numpy.ndarray of shape (rows,)
        Where the functions are below `level`, and at least `level`.

    References
    ----------
    T. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear
    function without using derivatives", Advances in Engineering Software 28, 1997.

    Examples
    --------
    >>> found = smallest_reaching(lambda x, rows: x**3, 8.0, np.zeros(1), np.full(1, 9.0))
    >>> found.round(9).tolist()
    [2.0]
    """
    found = high.copy()
    rows: Rows = np.arange(len(low))
    close = CLOSE * (high - low)
    ends = _Ends(
        newest=low,
        other=high,
        older=high,
        at_newest=function(low, rows) - level,
        at_other=function(high, rows) - level,
        at_older=np.full(len(high), np.inf),
    )
    share = np.full(len(low), 0.5)
    for _ in range(MOST_STEPS):
        width = np.abs(ends.other - ends.newest)
        going = width > 2 * close
        if not going.all():
            found[rows] = np.maximum(ends.newest, ends.other)
            ends = _Ends(*(part[going] for part in ends))
            rows = rows[going]
            close, share, width = (part[going] for part in (close, share, width))
        if not len(rows):
            break
        # Next to an end by half of what is narrow enough: that closes the interval.
        least = close / width
        between = ends.newest + np.clip(share, least, 1 - least) * (ends.other - ends.newest)
        ends = ends.after(between, function(between, rows) - level)
        share = ends.next_share()
    found[rows] = np.maximum(ends.newest, ends.other)
    return found


def smallest_count_reaching(function: Function, level: float, low: Array, high: Array) -> Array:
    """As `smallest_reaching`, among whole numbers, of which `low` and `high` are such, too.

    Examples
    --------
    >>> smallest_count_reaching(lambda x, rows: x**3, 9.0, np.zeros(1), np.full(1, 9.0)).tolist()
    [3.0]
    """
    rows, found = np.arange(len(low)), high.copy()
    while len(rows):
        middle = np.floor((low + high) / 2)
        enough = function(middle, rows) >= level
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        found[rows] = high
        going = high - low > 1
        rows, low, high = rows[going], low[going], high[going]
    return found


class _Ends(NamedTuple):
    """Two values that the level lies between, one that was such before, and what is above it."""

    newest: Array
    other: Array
    older: Array
    at_newest: Array
    at_other: Array
    at_older: Array

    def after(self, value: Array, at_value: Array) -> "_Ends":
        """Those with a new value in the place of the end on its side."""
        same = (at_value >= 0) == (self.at_newest >= 0)
        return _Ends(
            newest=value,
            other=np.where(same, self.other, self.newest),
            older=np.where(same, self.newest, self.other),
            at_newest=at_value,
            at_other=np.where(same, self.at_other, self.at_newest),
            at_older=np.where(same, self.at_newest, self.at_other),
        )

    def next_share(self) -> Array:
        """How far from the newest to the other the next value is."""
        one, two, three = self.at_newest, self.at_other, self.at_older
        with np.errstate(divide="ignore", invalid="ignore"):
            place = (self.newest - self.other) / (self.older - self.other)
            height = (one - two) / (three - two)
            away = (self.older - self.newest) / (self.other - self.newest)
            safe = (1 - np.sqrt(1 - place) < height) & (height < np.sqrt(place))
            quadratic = one / (one - two) * three / (three - two)
            quadratic -= away * one / (three - one) * two / (two - three)
        return np.where(safe & np.isfinite(quadratic), quadratic, 0.5)
