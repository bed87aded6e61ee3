"""`DNNClassifier`: a network for classification, as a scikit-learn estimator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from scipy.special import expit, log_expit, log_softmax, logsumexp, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from epochal.compat._sklearn import check_sample_weight
from epochal.errors import InputError
from epochal.estimators.base import DNNEstimator
from epochal.estimators.inputs import Samples, weighted_rows

ClassWeight = Mapping[Any, float] | Sequence[Mapping[Any, float]] | Literal["balanced"] | None


class DNNClassifier(ClassifierMixin, DNNEstimator):
    """Predict a class, or several labels, with deep networks.

    By default twenty networks are trained on encoded columns, each stopped early by a fifth of the
    rows that it leaves out, and their probabilities averaged: see docs/tables.md. ``members=1``
    trains one. Columns of any kind are encoded, where `X` is a data frame; NaN is a missing value.

    Parameters
    ----------
    hidden : sequence of int, optional
        Units of each hidden layer; None takes the guideline's.
    guideline : str
        Which parts go together: "tabular" or another of `epochal.models.ALL_GUIDELINES`.
    members : int, optional
        How many networks, at least 1; None takes the guideline's, 20 for "tabular", else 1.
        Below 40 rows it is 1.
    numeric_encoding : {"standard", "piecewise-linear"}, optional
        As in `epochal.data.TablePreprocessor`; None takes the guideline's.
    activation : str, optional
        Name of a Keras activation in place of the guideline's.
    optimizer : str, optional
        "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "adamax" or "nadam",
        in place of the guideline's.
    learning_rate : "auto" or float
        Above 0. The rate from which "tabular" falls along a cosine, or the peak of the 1cycle of
        the others; "auto" takes the guideline's, or finds the peak by a range test.
    epochs, batch_size : int, optional
        Maximum number of epochs, and rows of a step, at least 1; None chooses by the number of
        rows.
    early_stopping : bool or "auto"
        Of a single network: whether to hold out `validation_fraction` of the rows (stratified by
        class where each has enough), stop after `patience` epochs without a better validation loss,
        and keep the weights of the best epoch. "auto": from 1,000 rows on; a tenth of fewer is too
        little to choose an epoch by, and is missed in training. Several networks always stop early,
        each by rows of its own.
    validation_fraction : float
        In (0, 1).
    patience : int, optional
        Number of epochs, at least 1; None chooses by the number of epochs.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; None takes the guideline's.
    l2 : float
        L2 penalty, at least 0: l2 * sum w**2 of the hidden kernels is added to the loss.
    class_weight : dict, list of dicts, "balanced" or None
        A weight for each class, as in scikit-learn (a list: one dict for each label).
    random_state : int, RandomState instance or None
        Seed of the split, the initial weights, the order of the batches and the dropout masks.
    verbose, engine
        As in `epochal.fit`.

    Attributes
    ----------
    models_ : list of keras.Model
        The trained networks: from inputs as `encoder_` transforms them to probabilities.
    model_weights_ : numpy.ndarray of shape (networks,)
        How much each counts in their average.
    model_ : keras.Model
        The same as one model, which gives the average of what they give.
    encoder_ : transformer
        Fitted on the inputs: a `epochal.data.TablePreprocessor` where they were a frame of columns
        that are not all numbers, else one of arrays.
    classes_ : numpy.ndarray of shape (classes,)
        The classes in the order of the probabilities; for several labels their column numbers.
    learning_rate_ : float
        The peak learning rate.
    history_ : dict of str to list of float
        Loss and validation loss of each epoch; of several networks, the mean of those that were
        still trained.
    n_iter_ : int
        Number of epochs run; of several networks, the most.
    engine_ : str
        The engine that ran them.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : numpy.ndarray of str
        Column names; only where `X` was a data frame.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from epochal import DNNClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> model = DNNClassifier(hidden=(32,), random_state=0).fit(x, y)
    >>> model.score(x, y) > 0.9
    True
    """

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        *,
        guideline: str = "tabular",
        members: int | None = None,
        numeric_encoding: str | None = None,
        activation: str | None = None,
        optimizer: str | None = None,
        learning_rate: float | Literal["auto"] = "auto",
        epochs: int | None = None,
        batch_size: int | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        patience: int | None = None,
        dropout: float | None = None,
        l2: float = 0.0,
        class_weight: ClassWeight = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int | str = 0,
        engine: str = "auto",
    ) -> None:
        super().__init__(
            hidden,
            guideline=guideline,
            members=members,
            numeric_encoding=numeric_encoding,
            activation=activation,
            optimizer=optimizer,
            learning_rate=learning_rate,
            epochs=epochs,
            batch_size=batch_size,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            patience=patience,
            dropout=dropout,
            l2=l2,
            random_state=random_state,
            verbose=verbose,
            engine=engine,
        )
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DNNClassifier":
        """Train the network.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
            Numbers, NaN where one is missing; a frame may hold columns of any kind.
        y : array-like of shape (rows,) or (rows, labels)
            Classes of any type, or labels of 0 and 1.
        sample_weight : array-like of shape (rows,), optional
            At least 0, and above 0 for at least 2 rows.

        Returns
        -------
        DNNClassifier
            This estimator.

        Raises
        ------
        InputError, ValueError
            Wrong data (scikit-learn's own checks), a single class, several outputs of more than
            two classes, or a parameter out of its range.
        """
        x, y = self._checked(X, y)
        check_classification_targets(y)
        kind = type_of_target(y, input_name="y")
        if kind == "multiclass-multioutput":
            raise InputError(
                f"y must have one class per row, or labels of 0 and 1, got {y.shape[1]} columns of "
                "more than two classes: wrap this estimator in "
                "sklearn.multioutput.MultiOutputClassifier."
            )
        self._several = kind == "multilabel-indicator"
        if not self._several:
            y = column_or_1d(y, warn=True)
        x, y, weight = self._weighted(x, y, sample_weight)
        if self._several:
            self.classes_ = np.arange(y.shape[1])
            samples = Samples(x, y.astype(np.float32), weight)
            self._train("multilabel", samples, classes=y.shape[1])
            return self
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                f"y must have at least 2 classes, got 1 class ({self.classes_.tolist()[0]!r}): add "
                "rows of another class."
            )
        if len(self.classes_) == 2:
            samples = Samples(x, codes.astype(np.float32)[:, None], weight)
            self._train("binary", samples, labels=codes)
        else:
            samples = Samples(x, codes.astype(np.int32), weight)
            self._train("multiclass", samples, labels=codes, classes=len(self.classes_))
        return self

    def _weighted(self, x: Any, y: np.ndarray, sample_weight: Any) -> Samples:
        """The rows of weight above 0; a row's weight is multiplied by its class's."""
        if self.class_weight is None:
            return weighted_rows(x, y, sample_weight)
        weight = check_sample_weight(sample_weight, x, dtype=np.float64, copy=True)
        return weighted_rows(x, y, weight * compute_sample_weight(self.class_weight, y))

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
        logits = self._mean_logits(X)
        return logits[:, 0] if self._two_classes else logits

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
        logits = self._mean_logits(X)
        if self._several:
            return np.asarray(expit(logits))
        if self._two_classes:
            # Each from a logit of its own: 1 - p would round a small probability to 0.
            return np.hstack([expit(-logits), expit(logits)])
        return np.asarray(softmax(logits, axis=1))

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
        logits = self._mean_logits(X)
        if self._several:
            return (logits > 0).astype(int)
        chosen = (logits[:, 0] > 0).astype(int) if self._two_classes else logits.argmax(axis=1)
        classes: np.ndarray = self.classes_[chosen]
        return classes

    def _mean_logits(self, X: Any) -> np.ndarray:
        """The logits of the networks' mean probabilities, float64 (rows, units)."""
        logits = self._logits(X)
        if len(logits) == 1:
            return np.asarray(logits[0])
        weights = self.model_weights_[:, None, None]
        if not self._several and not self._two_classes:
            return np.asarray(logsumexp(log_softmax(logits, axis=2), axis=0, b=weights))
        # Each of the two from a sum of its own: 1 - p would round a small probability to 0.
        return np.asarray(
            logsumexp(log_expit(logits), axis=0, b=weights)
            - logsumexp(log_expit(-logits), axis=0, b=weights)
        )

    @property
    def _two_classes(self) -> bool:
        return not self._several and len(self.classes_) == 2

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags
