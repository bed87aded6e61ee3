"""Intervals and sets of a fitted estimator, from the rows that its networks left out."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from epochal.conformal.conformity import ClassConformity, NumberConformity
from epochal.conformal.coverage import check_coverage
from epochal.errors import InputError
from epochal.tuning.single_fit import LeftOut


class PredictsIntervals:
    """Intervals of a regressor, for one that stands before `DNNEstimator`."""

    predict: Any
    target_scaler_: Any
    _left_out: LeftOut | None

    def predict_interval(
        self, X: Any, coverage: float = 0.9, *, by_size: bool = False
    ) -> np.ndarray:
        """Intervals that hold the targets of new rows as often as asked.

        They are made from the errors on rows that the networks left out in the training. The
        promise is for rows drawn as those of the training were, on average over them, and of each
        target by itself: see docs/uncertainty.md.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float
            In (0, 1).
        by_size : bool
            Whether ranges of predicted numbers have widths of their own, so that the coverage holds
            in each.

        Returns
        -------
        numpy.ndarray of shape (rows, 2) or (rows, outputs, 2)
            Lower and upper ends, float64.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), no rows were left out, or too few.

        Examples
        --------
        >>> from epochal import DNNRegressor
        >>> x = np.random.default_rng(0).standard_normal((300, 4))
        >>> model = DNNRegressor(hidden=(8,), epochs=3, random_state=0).fit(x, x[:, 0])
        >>> model.predict_interval(x[:5], coverage=0.9).shape
        (5, 2)
        """
        check_is_fitted(self)
        coverage = check_coverage(coverage)
        outputs, targets, optimism = _left_out_of(self._left_out)
        scaler = self.target_scaler_
        truth, known = (
            scaler.inverse_transform(np.asarray(part, float).reshape(len(part), -1))
            for part in (targets, outputs)
        )
        predicted = self.predict(X)
        found = NumberConformity.of(truth, known, optimism=optimism)
        ends = found.intervals(predicted.reshape(len(predicted), -1), coverage, by_size=by_size)
        both = np.stack(ends, axis=2)
        return both[:, 0] if predicted.ndim == 1 else both


class PredictsSets:
    """Sets of classes of a classifier, for one that stands before `DNNEstimator`."""

    predict_proba: Any
    classes_: np.ndarray
    _several: bool
    _left_out: LeftOut | None

    def predict_set(
        self, X: Any, coverage: float = 0.9, *, method: str = "lac", by_class: bool = False
    ) -> np.ndarray:
        """Sets of classes that hold the true class of new rows as often as asked.

        They are made from the probabilities of rows that the networks left out in the training. The
        promise is for rows drawn as those of the training were, on average over them: see
        docs/uncertainty.md.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float
            In (0, 1).
        method : {"lac", "aps", "raps"}
            "lac" makes the smallest sets, "aps" and "raps" larger ones for rows that are hard.
        by_class : bool
            Whether the coverage shall hold for the rows of each class.

        Returns
        -------
        numpy.ndarray of bool of shape (rows, classes)
            Whether the set of a row holds a class, in the order of `classes_`. A set may be empty
            where `coverage` is below the accuracy.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), an unknown method, several labels, no rows were left out,
            or too few.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from epochal import DNNClassifier
        >>> x, y = load_iris(return_X_y=True)
        >>> model = DNNClassifier(hidden=(8,), epochs=3, random_state=0).fit(x, y)
        >>> model.predict_set(x[:5], coverage=0.9).shape
        (5, 3)
        """
        check_is_fitted(self)
        coverage = check_coverage(coverage)
        if self._several:
            raise InputError(
                "predict_set must have one class per row, got several labels: fit one estimator "
                "for each label."
            )
        outputs, targets, optimism = _left_out_of(self._left_out)
        known = np.asarray(outputs, float).reshape(len(outputs), -1)
        if known.shape[1] == 1:
            known = np.hstack([1 - known, known])
        codes = np.asarray(targets).reshape(-1).astype(int)
        found = ClassConformity.of(codes, known, known.argmax(axis=1), optimism=optimism)
        shown, names = self.predict_proba(X), [str(name) for name in self.classes_]
        return found.sets(shown, coverage, method=method, by_class=by_class, names=names)


def _left_out_of(left_out: LeftOut | None) -> LeftOut:
    if left_out is None:
        raise InputError(
            "The estimator must have left rows out in its last fit, got one that did not (a single "
            "network without early stopping, warm_start, or partial_fit): fit several members, or "
            "set early_stopping=True."
        )
    return LeftOut(*left_out)  # a loaded estimator has a plain tuple
