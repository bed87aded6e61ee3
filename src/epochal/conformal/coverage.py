"""How sure is asked for, and the quantile of conformity scores that gives it."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln

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
    rank = _rank(len(values), coverage)
    return float(np.partition(values, rank - 1)[rank - 1])


def chance_of_fewer(held: int, rows: int, left_out: int, asked: float) -> float:
    """How likely it is that no more rows are held, where they are drawn as those left out were.

    Intervals that end at the k-th of n ordered errors hold new ones with a probability that is
    itself drawn, by a beta distribution of k and n + 1 - k: few rows left out make it scatter, too.
    The number that is held has then a beta-binomial distribution (V. Vovk, "Conditional validity of
    inductive conformal predictors", ACML 2012), whatever the distribution of the errors.

    Parameters
    ----------
    held, rows : int
        How many of how many rows have their truth in their interval or set.
    left_out : int
        Rows that the intervals are made from, enough for `asked`.
    asked : float
        The coverage that was asked for, in (0, 1).

    Examples
    --------
    >>> round(chance_of_fewer(70, 100, 1000, 0.9), 6), round(chance_of_fewer(80, 100, 20, 0.9), 2)
    (0.0, 0.09)
    """
    rank = _rank(left_out, asked)
    fewer, others = np.arange(held + 1), left_out + 1 - rank
    ways = -np.log(rows + 1) - betaln(rows - fewer + 1, fewer + 1)
    logs = ways + betaln(fewer + rank, rows - fewer + others) - betaln(rank, others)
    return float(min(1.0, np.exp(logs).sum()))


def _rank(rows: int, coverage: float) -> int:
    """That of the score of which `coverage` of new ones are no larger."""
    return max(1, math.ceil((rows + 1) * coverage - _ROUNDING))
