"""Variances of predicted distributions that are as large as the errors on rows left out."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST_PART = 0.2


def variance_factor(
    squares: ArrayLike, variances: ArrayLike, excess: ArrayLike = 0.0
) -> NDArray[np.float64]:
    """What variances are to be multiplied by to be as large as squared errors, (outputs,).

    ``mean of (s - e) / v`` over the rows. The errors are those of the few networks that left a row
    out, and e is how much larger they are expected to be than those of all; but it is at least a
    fifth of the mean of ``s / v``, as an average of five times as many networks has at least a
    fifth of the squared error.

    Parameters
    ----------
    squares, variances : array_like of shape (rows, outputs)
        Squared errors, and the variances that all networks together predict; those below the
        smallest normal number are taken for that.
    excess : array_like of shape (rows, outputs)

    Examples
    --------
    >>> variance_factor([[4.0], [8.0]], [[2.0], [2.0]], [[1.0], [1.0]]).tolist()
    [2.5]
    """
    s, v, e = (np.asarray(part, float) for part in (squares, variances, excess))
    v = np.maximum(v, np.finfo(float).tiny)
    return np.asarray(np.maximum(((s - e) / v).mean(axis=0), _LEAST_PART * (s / v).mean(axis=0)))
