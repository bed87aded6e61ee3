"""Sets of classes of a fitted classifier, from the rows that its networks left out."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from epochal.conformal.conformity import ClassConformity
from epochal.conformal.coverage import check_coverage
from epochal.conformal.labels import LabelConformity
from epochal.estimators.labels import task_of
from epochal.estimators.left_out import left_out_of
from epochal.tuning.single_fit import LeftOut
from epochal.uncertainty.calibrate import Calibrator, calibrate
from epochal.uncertainty.draws import Draws
from epochal.uncertainty.prediction import Prediction


class PredictsSets:
    """Sets of classes of a classifier, for one that stands before `DNNEstimator`."""

    predict_proba: Any
    classes_: np.ndarray
    _several: bool
    _draws: Any
    _left_out: LeftOut | None

    def predict_uncertainty(self, X: Any, coverage: float | None = None) -> Prediction:
        """The classes or labels of `X`, and how sure they are.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float, optional
            In (0, 1): how often the sets `held` shall hold the true class, or what is true of each
            label, as `predict_set` has them. None makes no sets.

        Returns
        -------
        Prediction
            Of the classes' probabilities, entropies in nats. Of a single network the total
            uncertainty alone.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), no rows were left out, or too few.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from epochal import DNNClassifier
        >>> x, y = load_iris(return_X_y=True)
        >>> model = DNNClassifier(hidden=(8,), epochs=3, random_state=0).fit(x, y)
        >>> model.predict_uncertainty(x[:5]).epistemic.shape
        (5,)
        """
        check_is_fitted(self)
        drawn: Draws = self._draws(X, task_of(self.classes_, self._several))
        found = drawn.prediction((), tuple(self.classes_.tolist()))
        if coverage is None:
            return found
        return replace(found, held=self.predict_set(X, coverage))

    def calibrator(self, method: str = "temperature") -> Calibrator:
        """What makes `predict_proba` calibrated, from the rows that the networks left out.

        No row is lost for it, as every row was left out by some of the networks.

        Parameters
        ----------
        method : {"temperature", "vector", "isotonic", "beta"}
            As in `epochal.calibrate`.

        Returns
        -------
        Calibrator
            Call it with what `predict_proba` or `predict_uncertainty` gives.

        Raises
        ------
        InputError
            No rows were left out, or too few.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from epochal import DNNClassifier
        >>> x, y = load_iris(return_X_y=True)
        >>> model = DNNClassifier(hidden=(8,), epochs=3, random_state=0).fit(x, y)
        >>> model.calibrator()(model.predict_proba(x[:5])).shape
        (5, 3)
        """
        check_is_fitted(self)
        known, targets = self._classes_left_out()
        return calibrate(known, targets, method=method)

    def _classes_left_out(self) -> tuple[NDArray, NDArray]:
        """Probabilities, as `predict_proba` has them, and targets of the rows left out."""
        left_out = left_out_of(self._left_out)
        outputs, targets = left_out.outputs, left_out.y
        known = np.asarray(outputs, float).reshape(len(outputs), -1)
        if self._several:
            return known, np.asarray(targets)
        if known.shape[1] == 1:
            known = np.hstack([1 - known, known])
        return known, np.asarray(targets).reshape(-1).astype(int)

    def predict_set(
        self, X: Any, coverage: float = 0.9, *, method: str = "lac", by_class: bool = False
    ) -> np.ndarray:
        """Sets of classes that hold the true class of new rows as often as asked.

        They are made from the probabilities of rows that the networks left out in the training. The
        promise is for rows drawn as those of the training were, on average over them: see
        docs/uncertainty.md. Of several labels each has a set of its own, of 0 and 1, and the
        promise is for each: where both are held, it is not sure whether a row has the label.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        coverage : float
            In (0, 1).
        method : {"lac", "aps", "raps"}
            "lac" makes the smallest sets, "aps" and "raps" larger ones for rows that are hard; of
            labels "lac" alone.
        by_class : bool
            Whether the coverage shall hold for the rows of each class, or for those that have a
            label and for those that have it not.

        Returns
        -------
        numpy.ndarray of bool of shape (rows, classes) or (rows, labels, 2)
            Whether the set of a row holds a class, in the order of `classes_`; of labels, whether
            that of each holds 0 and 1. A set of classes may be empty where `coverage` is below the
            accuracy.

        Raises
        ------
        InputError
            `coverage` is not in (0, 1), an unknown method, no rows were left out, or too few.

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
        known, codes = self._classes_left_out()
        optimism = left_out_of(self._left_out).optimism
        found: ClassConformity | LabelConformity
        if self._several:
            found = LabelConformity.of(codes, known, optimism=optimism)
        else:
            found = ClassConformity.of(codes, known, known.argmax(axis=1), optimism=optimism)
        shown, names = self.predict_proba(X), [str(name) for name in self.classes_]
        return found.sets(shown, coverage, method=method, by_class=by_class, names=names)
