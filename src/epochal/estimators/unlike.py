"""Which rows are unlike those that an estimator was fitted on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from epochal.drift.nearest import USUAL_RATE, KnownRows, drawn_to_know
from epochal.estimators.inputs import checked_inputs


class KnowsItsRows:
    """For an estimator that keeps some of the rows that it was fitted on."""

    encoder_: Any
    _known_rows: NDArray

    def unlike_training(self, X: Any, false_alarms: float = USUAL_RATE) -> np.ndarray:
        """Which rows are unlike those of the training.

        A row is far away where its distance to the fifth nearest of at most 1,000 rows of the
        training is larger than nearly all distances among those: see docs/uncertainty.md.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        false_alarms : float
            In (0, 1). How often a row that is like those of the training may be said to be unlike.

        Returns
        -------
        numpy.ndarray of bool of shape (rows,)

        Raises
        ------
        InputError
            `false_alarms` is not in (0, 1), or there were too few rows for it.

        Examples
        --------
        >>> from epochal import DNNRegressor
        >>> x = np.random.default_rng(0).standard_normal((300, 4))
        >>> model = DNNRegressor(hidden=(8,), epochs=3, random_state=0).fit(x, x[:, 0])
        >>> model.unlike_training([[0.0, 0.0, 0.0, 0.0], [9.0, -9.0, 9.0, -9.0]]).tolist()
        [False, True]
        """
        check_is_fitted(self)
        x = self.encoder_.transform(checked_inputs(self, X, reset=False))
        return KnownRows(self._known_rows).unlike(x, false_alarms)

    def _keep_rows(self, x: NDArray) -> None:
        """Keep at most 1,000 encoded rows, those that the encoder was fitted on."""
        self._known_rows = np.asarray(x[drawn_to_know(len(x), 0)], np.float32)
