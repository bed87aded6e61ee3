"""How sure is asked for, and the quantile of conformity scores that gives it."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.checks import real
from epochal.errors import InputError

USUAL_COVERAGE = 0.9
"""What a run measures on its test rows."""

_ROUNDING = 1e-9  # 0.9 * 10 is a little more or less than 9


def check_coverage(coverage: object) -> float:
    """`coverage` as a float, or `InputError`: a number above 0 and below 1.

    Examples
    --------
    >>> check_coverage(0.9)
    0.9
    """
    if not 0 < real(coverage) < 1:
        raise InputError(
            f"coverage must be above 0 and below 1, got {coverage!r}: give for example 0.9, for "
            "intervals or sets that hold the truth of 90% of new rows."
        )
    return real(coverage)


def rows_needed(coverage: float) -> int:
    """The fewest conformity scores whose quantile is finite: ``ceil(1 / (1 - coverage)) - 1``.

    Examples
    --------
    >>> rows_needed(0.9), rows_needed(0.95), rows_needed(0.99)
    (9, 19, 99)
    """
    return math.ceil((1 - _ROUNDING) / (1 - coverage)) - 1


def conformal_quantile(scores: ArrayLike, coverage: float, what: str = "rows") -> float:
    """The conformity score that a new row's does not exceed with a probability of `coverage`.

    It is the ``ceil((n + 1) * coverage)``-th smallest of the ``n`` scores: of ``n + 1`` scores in
    random order, the last is as likely to have any rank.

    Parameters
    ----------
    scores : array_like of shape (n,)
        The larger, the worse a row was predicted.
    coverage : float
        In (0, 1).
    what : str
        What the scores are of, in words, for the message.

    Raises
    ------
    InputError
        `coverage` is not in (0, 1), or there are too few scores.

    References
    ----------
    V. Vovk, A. Gammerman and G. Shafer, "Algorithmic Learning in a Random World", 2005, chapter 2.

    Examples
    --------
    >>> conformal_quantile(range(1, 10), 0.9), conformal_quantile(range(1, 10), 0.5)
    (9.0, 5.0)
    """
    coverage = check_coverage(coverage)
    values: NDArray[np.float64] = np.asarray(scores, float)
    needed = rows_needed(coverage)
    if len(values) < needed:
        raise InputError(
            f"coverage must be one that the {len(values):,} {what} that the training left out can "
            f"give, got {coverage:g}, which needs {needed:,}: ask for less, or train on more rows."
        )
    rank = max(1, math.ceil((len(values) + 1) * coverage - _ROUNDING))
    return float(np.partition(values, rank - 1)[rank - 1])
