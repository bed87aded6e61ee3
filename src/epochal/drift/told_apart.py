"""How well a classifier tells new rows from those of the training.

References
----------
D. Lopez-Paz and M. Oquab, "Revisiting classifier two-sample tests", ICLR 2017.
E. DeLong, D. DeLong and D. Clarke-Pearson, "Comparing the areas under two or more correlated
receiver operating characteristic curves", Biometrics 44, 1988.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from threadpoolctl import threadpool_limits

from epochal.scoring.interval import ALPHA
from epochal.scoring.scores import Interval

FEWEST = 40
"""Rows on either side, below which nothing is learnt."""

MOST = 2000
"""New rows that are looked at."""

_TREES, _FOLDS = 30, 5


def told_apart(known: NDArray, new: NDArray, *, seed: int) -> Interval | None:
    """The area under the ROC curve of gradient boosted trees, by cross-validation; 0.5 is chance.

    Parameters
    ----------
    known, new : numpy.ndarray of shape (rows, features)
        At most 2,000 of the new rows are drawn.
    seed : int

    Returns
    -------
    Interval or None
        With its 95% confidence interval; None for fewer than 40 rows on a side.
    """
    if min(len(known), len(new)) < FEWEST:
        return None
    random = np.random.default_rng(seed)
    if len(new) > MOST:
        new = new[random.choice(len(new), MOST, replace=False)]
    x = np.concatenate([known, new])
    which = np.repeat([0, 1], [len(known), len(new)])
    trees = HistGradientBoostingClassifier(
        max_iter=_TREES, class_weight="balanced", early_stopping=False, random_state=seed
    )
    # Equal rows share a fold: one would tell of the other as of its opposite.
    _, kinds = np.unique(x, axis=0, return_inverse=True)
    folds = PredefinedSplit(random.permutation(kinds.max() + 1)[kinds] % _FOLDS)
    with threadpool_limits(1, "openmp"):  # so few rows take longer in threads
        found = cross_val_predict(trees, x, which, cv=folds, method="predict_proba")[:, 1]
    return area(found[which == 0], found[which == 1])


def area(negative: ArrayLike, positive: ArrayLike) -> Interval:
    """The area under the ROC curve of two groups' scores, with DeLong's 95% interval.

    Examples
    --------
    >>> area([1.0, 2.0, 3.0], [2.0, 4.0, 5.0]).value
    0.8333333333333334
    """
    low, high = np.asarray(negative, float), np.asarray(positive, float)
    ranks = rankdata(np.concatenate([low, high]))
    # Of each score, the part of the other group that it lies on the right side of.
    above = (ranks[len(low) :] - rankdata(high)) / len(low)
    below = 1 - (ranks[: len(low)] - rankdata(low)) / len(high)
    value = float(above.mean())
    error = np.sqrt(above.var(ddof=1) / len(high) + below.var(ddof=1) / len(low))
    reach = float(-ndtri(ALPHA / 2) * error)
    return Interval(value=value, low=max(0.0, value - reach), high=min(1.0, value + reach))
