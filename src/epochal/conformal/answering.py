"""Which rows to answer, so that few of the answers are wrong.

References
----------
Y. Geifman and R. El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017.
A. Angelopoulos et al., "Learn then test: calibrating predictive algorithms to achieve risk
control", 2021.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.checks import real
from epochal.errors import InputError
from epochal.scoring.coverage import binomial_interval

CERTAINTY = 0.95
"""How sure the promise is: it fails for one calibration in twenty."""

SHARES = 20
"""How many thresholds are tried, each answering a twentieth of the rows more."""


@dataclass(frozen=True, kw_only=True)
class Answering:
    """From which confidence on rows are answered.

    Attributes
    ----------
    threshold : float
        The lowest probability of a predicted class that is answered.
    rows, wrong : int
        How many rows that the model was not trained on that answers, and how many of them wrongly.
    share : float
        The fraction of the rows that is answered.
    bound : float
        The error rate of the answers is at most this, with a certainty of 95%.
    """

    threshold: float
    rows: int
    wrong: int
    share: float
    bound: float


def check_max_error(max_error: object) -> float:
    """`max_error` as a float, or `InputError`: a number above 0 and below 1."""
    if not 0 < real(max_error) < 1:
        raise InputError(
            f"max_error must be above 0 and below 1, got {max_error!r}: give for example 0.02, for "
            "answers of which at most 2% are wrong."
        )
    return real(max_error)


def answering(confidence: ArrayLike, wrong: ArrayLike, max_error: float) -> Answering:
    """The lowest threshold at which the error rate of the answers is at most `max_error`.

    Of twenty thresholds, which answer 5%, 10%, ..., 100% of the rows, those count whose Clopper and
    Pearson upper bound is at most `max_error`, each at a twentieth of the 5% that the promise may
    fail by (Bonferroni): so it holds though the best of them is taken.

    Parameters
    ----------
    confidence : array_like of shape (n,)
        Of rows that the model was not trained on, the probability of the class that is said.
    wrong : array_like of bool of shape (n,)
        Whether that class is not the true one.
    max_error : float
        In (0, 1).

    Raises
    ------
    InputError
        `max_error` is not in (0, 1), or no threshold is known to reach it.

    Examples
    --------
    >>> found = answering(np.arange(1000) / 1000, np.arange(1000) < 300, 0.1)
    >>> found.rows, found.wrong, round(found.bound, 3)
    (750, 50, 0.096)
    """
    most = check_max_error(max_error)
    tried = _tried(np.asarray(confidence, float), np.asarray(wrong, bool))
    reached = [one for one in tried if one.bound <= most]
    if not reached:
        best = min((one.bound for one in tried), default=1.0)
        raise InputError(
            f"max_error must be one that the {len(np.asarray(wrong)):,} rows that the training "
            f"left out can promise, which is {best:.4f} at the least, got {most:g}: ask for more, "
            "or train on more rows."
        )
    return max(reached, key=lambda one: one.rows)


def _tried(confidence: NDArray[np.float64], wrong: NDArray[np.bool_]) -> list[Answering]:
    """What each threshold gives, from the highest on."""
    falling = -np.sort(-confidence)
    total = len(falling)
    places = np.unique(np.ceil(total * np.arange(1, SHARES + 1) / SHARES).astype(int)) - 1
    found = []
    for threshold in np.unique(falling[places])[::-1]:
        answered = confidence >= threshold
        rows, errors = int(answered.sum()), int(wrong[answered].sum())
        # Twice, as the upper of two bounds is all that is needed.
        _, bound = binomial_interval(errors, rows, alpha=2 * (1 - CERTAINTY) / SHARES)
        found.append(
            Answering(
                threshold=float(threshold),
                rows=rows,
                wrong=errors,
                share=rows / total,
                bound=bound,
            )
        )
    return found


def risk_by_coverage(
    confidence: ArrayLike, wrong: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The error rate among the most confident rows, by the share of rows that those are.

    Parameters
    ----------
    confidence : array_like of shape (n,)
    wrong : array_like of bool of shape (n,)

    Returns
    -------
    share, risk : numpy.ndarray of shape (different confidences,)
        Rising shares; rows of equal confidence are answered together.

    References
    ----------
    R. El-Yaniv and Y. Wiener, "On the foundations of noise-free selective classification", Journal
    of Machine Learning Research 11, 2010.

    Examples
    --------
    >>> share, risk = risk_by_coverage([0.9, 0.8, 0.8, 0.6], [False, True, False, True])
    >>> share.tolist(), risk.round(3).tolist()
    ([0.25, 0.75, 1.0], [0.0, 0.333, 0.5])
    """
    values = np.asarray(confidence, float)
    order = np.argsort(-values, kind="stable")
    errors = np.cumsum(np.asarray(wrong, bool)[order])
    last = np.flatnonzero(np.append(np.diff(values[order]) != 0, True))
    return (last + 1) / len(values), errors[last] / (last + 1)
