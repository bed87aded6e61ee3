"""Variances of a few numbers each, steadied by one another.

Three fits a setting say little of how much a setting's fits vary; thirty settings of three fits say
much. An empirical Bayes estimate takes a setting's own variance and that which all have in common,
the latter the more, the more alike they are.

References
----------
G. K. Smyth, "Linear models and empirical Bayes methods for assessing differential expression in
microarray experiments", Statistical Applications in Genetics and Molecular Biology 3, 2004.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma, polygamma

FEWEST = 4  # variances, of which anything in common can be estimated
STEPS = 50  # of Newton's method, which needs about ten


def moderated(variances: NDArray, freedom: int) -> tuple[NDArray, float]:
    """Each variance drawn to what all have in common, and the degrees of freedom that it then has.

    Parameters
    ----------
    variances : float array of shape (settings,)
        Those of 0 or NaN say nothing of the others, and stay as they are.
    freedom : int
        Degrees of freedom of each, at least 1.

    Returns
    -------
    variances : float array of shape (settings,)
    freedom : float
        Up to infinity, where all variances are as alike as those of equal spread.

    Examples
    --------
    >>> alike = np.array([1.0, 1.2, 0.8, 1.1, 0.9])
    >>> steadied, freedom = moderated(alike, freedom=2)
    >>> freedom
    inf
    >>> bool(np.ptp(steadied) == 0)
    True
    """
    known = variances > 0
    count = int(known.sum())
    if count < FEWEST:
        return variances, float(freedom)
    half = freedom / 2
    logs = np.log(variances[known]) - digamma(half) + np.log(half)
    spread = float(logs.var(ddof=1) - polygamma(1, half))
    if spread <= 0:
        return np.where(known, np.exp(logs.mean()), variances), float("inf")
    prior = 2 * _inverse_trigamma(spread)
    common = np.exp(logs.mean() + digamma(prior / 2) - np.log(prior / 2))
    drawn = (prior * common + freedom * variances) / (prior + freedom)
    return np.where(known, drawn, variances), freedom + prior


def _inverse_trigamma(value: float) -> float:
    """Where the trigamma function has this value, by Newton's method on its reciprocal."""
    at = 0.5 + 1 / value
    for _ in range(STEPS):
        now = float(polygamma(1, at))
        step = now * (1 - now / value) / float(polygamma(2, at))
        at += step
        if -step / at < 1e-8:
            break
    return at
