"""Sets of classes: conformity scores of each class of a row, and back.

References
----------
M. Sadinle, J. Lei and L. Wasserman, "Least ambiguous set-valued classifiers with bounded error
levels", Journal of the American Statistical Association 114, 2019 (LAC).
Y. Romano, M. Sesia and E. Candès, "Classification with valid and adaptive coverage", NeurIPS 2020
(APS).
A. Angelopoulos et al., "Uncertainty sets for image classifiers using conformal prediction", ICLR
2021 (RAPS).
V. Vovk, "Conditional validity of inductive conformal predictors", ACML 2012 (by class).
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.conformal.coverage import conformal_quantile
from epochal.errors import InputError, suggest

Floats = NDArray[np.float64]

RAPS_PENALTY, RAPS_FREE = 0.01, 1
"""What each class of a set adds to its score beyond the first so many."""


def lac_scores(probabilities: ArrayLike) -> Floats:
    """One minus the probability of each class: sets are smallest on average; (rows, K).

    Examples
    --------
    >>> lac_scores([[0.75, 0.25]]).tolist()
    [[0.25, 0.75]]
    """
    return 1 - np.asarray(probabilities, float)


def aps_scores(probabilities: ArrayLike) -> Floats:
    """The probability of each class and of those that are likelier: hard rows get larger sets.

    The form without random numbers: a row has the same set each time. Ties are broken by the order
    of the classes.

    Examples
    --------
    >>> aps_scores([[0.125, 0.625, 0.25]]).tolist()
    [[1.0, 0.625, 0.875]]
    """
    values = np.asarray(probabilities, float)
    order = np.argsort(-values, axis=1, kind="stable")
    sums = np.cumsum(np.take_along_axis(values, order, axis=1), axis=1)
    scores = np.empty_like(values)
    np.put_along_axis(scores, order, sums, axis=1)
    return scores


def raps_scores(probabilities: ArrayLike) -> Floats:
    """As `aps_scores`, and 0.01 for each class beyond the likeliest: fewer very large sets.

    Examples
    --------
    >>> raps_scores([[0.125, 0.625, 0.25]]).round(3).tolist()
    [[1.02, 0.625, 0.885]]
    """
    values = np.asarray(probabilities, float)
    ranks = np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")
    return aps_scores(values) + RAPS_PENALTY * np.maximum(0, ranks + 1 - RAPS_FREE)


ALL_SCORES: dict[str, Callable[[ArrayLike], Floats]] = {
    "lac": lac_scores,
    "aps": aps_scores,
    "raps": raps_scores,
}
"""The ways to make sets, by name."""


def scores_named(method: str) -> Callable[[ArrayLike], Floats]:
    """The function of a way to make sets, or `InputError`."""
    if method not in ALL_SCORES:
        raise InputError(
            f"method must be one of {', '.join(ALL_SCORES)}, got {method!r}: "
            f"lac makes the smallest sets.{suggest(method, ALL_SCORES)}"
        )
    return ALL_SCORES[method]


def sets_of_scores(
    candidates: Floats, known: Sequence[Floats], coverage: float, names: Sequence[str] = ()
) -> NDArray[np.bool_]:
    """Which classes' scores are at most the quantile of known ones, (rows, K).

    Parameters
    ----------
    candidates : numpy.ndarray of shape (rows, K)
    known : sequence of numpy.ndarray of shape (n,)
        The scores of true classes: of all rows, or of the rows of each class.
    coverage : float
    names : sequence of str
        Those of the classes, for a message; else their numbers.
    """
    if len(known) == 1:
        held: NDArray[np.bool_] = candidates <= conformal_quantile(known[0], coverage)
        return held
    shown = names or [str(code) for code in range(len(known))]
    limits = [
        conformal_quantile(scores, coverage, f"rows of class {name!r}")
        for name, scores in zip(shown, known, strict=True)
    ]
    held = candidates <= np.array(limits)
    return held
