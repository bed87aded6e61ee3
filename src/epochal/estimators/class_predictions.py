"""Logits, probabilities and classes of the average of several networks."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.utils.validation import check_is_fitted


class ClassPredictions:
    """The predictions of a classifier, for one that stands before `DNNEstimator`."""

    classes_: np.ndarray
    model_weights_: np.ndarray
    _several: bool
    _logits: Any

    def decision_function(self, X: Any) -> np.ndarray:
        """The logits of `X`; of several networks, those of their mean probabilities.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)

        Returns
        -------
        numpy.ndarray of shape (rows,) or (rows, classes) or (rows, labels)
            float64; (rows,) for two classes, of the second.
        """
        check_is_fitted(self)
        return self._each_block(X, lambda logits: logits[:, 0] if self._two_classes else logits)

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probabilities of `X`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)

        Returns
        -------
        numpy.ndarray of shape (rows, classes) or (rows, labels)
            float64, in the order of `classes_`; those of classes sum to 1.
        """
        check_is_fitted(self)
        return self._each_block(X, self._probabilities)

    def predict(self, X: Any) -> np.ndarray:
        """Predict the class, or the labels, of each row of `X`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)

        Returns
        -------
        numpy.ndarray of shape (rows,) or (rows, labels)
            The most probable class, or 1 for each label more probable than not and else 0.
        """
        check_is_fitted(self)
        return self._each_block(X, self._decided)

    def _each_block(self, X: Any, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """What a function makes of mean logits (rows, units), all rows together."""
        return np.concatenate([of(self._mean_logits(logits)) for logits in self._logits(X)])

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        if self._several:
            return np.asarray(expit(logits))
        if self._two_classes:
            # Each from a logit of its own: 1 - p would round a small probability to 0.
            return np.hstack([expit(-logits), expit(logits)])
        return np.asarray(softmax(logits, axis=1))

    def _decided(self, logits: np.ndarray) -> np.ndarray:
        if self._several:
            return (logits > 0).astype(int)
        chosen = (logits[:, 0] > 0).astype(int) if self._two_classes else logits.argmax(axis=1)
        classes: np.ndarray = self.classes_[chosen]
        return classes

    def _mean_logits(self, logits: np.ndarray) -> np.ndarray:
        """The logits of the networks' mean probabilities, float64 (rows, units)."""
        if len(logits) == 1:
            return np.asarray(logits[0])
        weights = self.model_weights_
        if not self._several and not self._two_classes:
            return _log_mean((log_softmax(each, axis=1) for each in logits), weights)
        # Each of the two from a sum of its own: 1 - p would round a small probability to 0.
        one, other = (_log_mean(map(log_expit, each), weights) for each in (logits, -logits))
        return np.asarray(one - other)

    @property
    def _two_classes(self) -> bool:
        return not self._several and len(self.classes_) == 2


def _log_mean(logs: Iterable[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """The logarithm of the mean of probabilities, from theirs, of one network after another."""
    total: np.ndarray = np.array(-np.inf)
    for each, weight in zip(logs, weights, strict=True):
        if weight:
            total = np.logaddexp(total, each + np.log(weight))
    return total
