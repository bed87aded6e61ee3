"""The log score of predicted numbers whose errors on other rows are known.

References
----------
T. Gneiting and A. E. Raftery, "Strictly proper scoring rules, prediction, and estimation", Journal
of the American Statistical Association 102, 2007, section 4.1.
K. Lange, R. Little and J. Taylor, "Robust statistical modeling using the t distribution", Journal
of the American Statistical Association 84, 1989.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

FEWEST_DEGREES, MOST_DEGREES = 1.0, 200.0
"""From the longest tails that are looked for, Cauchy's, to those of a normal distribution."""

_LEAST_SCALE = 1e-6  # of the root mean square


def log_score_of_errors(errors: ArrayLike, sample: ArrayLike) -> NDArray[np.float64]:
    """Minus the log of the density at each error, in nats; lower is better.

    The density is Student's t around 0, of the scale and the degrees of freedom that are likeliest
    for the sample: a number of errors by itself has no density, and a normal one would count a
    single large error for all others together. It hangs on the unit of the target: in cents instead
    of euros each score is larger by log 100.

    Parameters
    ----------
    errors : array_like of shape (rows,)
        Truth minus prediction.
    sample : array_like of shape (samples,)
        Errors of other rows, at least one; their signs do not matter.

    Returns
    -------
    numpy.ndarray of shape (rows,)
        NaN where all errors of the sample are 0, which have no density.

    Examples
    --------
    >>> sample = np.random.default_rng(0).normal(0, 2, 5000)
    >>> round(float(log_score_of_errors([0.0], sample)[0]), 1)  # log(2 * sqrt(2 * pi)) is 1.61
    1.6
    """
    at, known = np.asarray(errors, float), np.asarray(sample, float)
    unit = np.sqrt(np.mean(known**2))
    if not 0 < unit < np.inf:
        return np.full(at.shape, np.nan)
    degrees, scale = _fitted(known / unit)
    return -_log_density(at, degrees, scale * unit)


def _fitted(sample: NDArray[np.float64]) -> tuple[float, float]:
    """Degrees of freedom and scale of the greatest likelihood."""

    def loss(logs: NDArray[np.float64]) -> float:
        degrees, scale = np.exp(logs)
        return -float(np.mean(_log_density(sample, degrees, scale)))

    ends = [(FEWEST_DEGREES, MOST_DEGREES), (_LEAST_SCALE, 10.0)]
    bounds = [(np.log(low), np.log(high)) for low, high in ends]
    found = minimize(loss, np.log([10.0, 0.9]), method="L-BFGS-B", bounds=bounds)
    degrees, scale = np.exp(found.x)
    return float(degrees), float(scale)


def _log_density(values: NDArray[np.float64], degrees: float, scale: float) -> NDArray[np.float64]:
    height = gammaln((degrees + 1) / 2) - gammaln(degrees / 2) - np.log(degrees * np.pi) / 2
    logs: NDArray[np.float64] = (
        height - np.log(scale) - (degrees + 1) / 2 * np.log1p((values / scale) ** 2 / degrees)
    )
    return logs
