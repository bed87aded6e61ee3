"""Rows that are unlike all those of the training, at a rate of false alarms that is asked for.

References
----------
S. Ramaswamy, R. Rastogi and K. Shim, "Efficient algorithms for mining outliers from large data
sets", SIGMOD 2000 (the distance to the k-th nearest).
R. Laxhammar and G. Falkman, "Conformal prediction for distribution-independent anomaly detection in
streaming vessel data", StreamKDD 2010; S. Bates et al., "Testing for outliers with conformal
p-values", Annals of Statistics 51, 2023.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from epochal.checks import real
from epochal.errors import InputError

NEIGHBOURS = 5
USUAL_RATE = 0.01
MOST_KNOWN = 1000  # rows of a training that are kept to compare others with

_SLACK = 1e-6  # distances of equal rows differ by rounding


def drawn_to_know(rows: int, seed: int) -> NDArray[np.integer]:
    """Which of the rows of a training are kept, at most `MOST_KNOWN`, in an order by chance."""
    return np.random.default_rng(seed).permutation(rows)[:MOST_KNOWN]


def check_rate(false_alarms: object) -> float:
    """`false_alarms` as a float, or `InputError`: a number above 0 and below 1."""
    if not 0 < real(false_alarms) < 1:
        raise InputError(
            f"false_alarms must be above 0 and below 1, got {false_alarms!r}: give for example "
            "0.01, for an alarm at one in a hundred rows that are like those of the training."
        )
    return real(false_alarms)


class KnownRows:
    """Encoded rows of a training, and how far each is from its nearest ones.

    Parameters
    ----------
    rows : array_like of shape (n, features)
        At least 2, as networks take them.
    """

    def __init__(self, rows: ArrayLike) -> None:
        known = np.asarray(rows, float)
        self._nearest = NearestNeighbors(
            n_neighbors=min(NEIGHBOURS, len(known) - 1), algorithm="brute"
        ).fit(known)
        self._scores = np.sort(self._distances(None))

    def __len__(self) -> int:
        return len(self._scores)

    def p_values(self, rows: ArrayLike) -> NDArray[np.float64]:
        """Of each row, how probable it is that one like the known ones lies as far away; (rows,).

        The score is the distance to the fifth nearest known row. Of `n` known rows those count
        whose own distance to the fifth nearest other is as large, and the row itself:
        ``(count + 1) / (n + 1)``.

        Examples
        --------
        >>> known = KnownRows(np.arange(99.0)[:, None])
        >>> known.p_values([[50.0], [1000.0]]).tolist()
        [1.0, 0.01]
        """
        new = np.asarray(rows, float)
        if not len(new):
            return np.empty(0)
        scores = self._distances(new)
        nearer = np.searchsorted(self._scores, scores * (1 - _SLACK), side="left")
        found: NDArray[np.float64] = (len(self) - nearer + 1) / (len(self) + 1)
        return found

    def unlike(self, rows: ArrayLike, false_alarms: float = USUAL_RATE) -> NDArray[np.bool_]:
        """Which rows are unlike the known ones, (rows,).

        Of rows that are drawn as the known ones were, at most a part `false_alarms` is: on average
        over all such rows and known ones.

        Raises
        ------
        InputError
            `false_alarms` is not in (0, 1), or there are too few known rows for it.
        """
        rate, least = check_rate(false_alarms), 1 / (len(self) + 1)
        if rate < least:
            raise InputError(
                f"false_alarms must be at least {least:.2g}, as {len(self)} rows of the training "
                f"are known, got {false_alarms!r}: {int(np.ceil(1 / rate - 1e-9)) - 1:,} rows "
                "would be needed for it."
            )
        found: NDArray[np.bool_] = self.p_values(rows) <= rate + 1e-12
        return found

    def _distances(self, rows: NDArray | None) -> NDArray[np.float64]:
        """From the fifth nearest known row, or, of None, of each of those from the others."""
        with threadpool_limits(1, "openmp"):
            found: NDArray[np.float64] = self._nearest.kneighbors(rows)[0][:, -1]
        return found
