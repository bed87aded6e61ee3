"""`DNNClassifier`: a network for classification, as a scikit-learn estimator."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras
import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import compute_sample_weight

from epochal.compat._sklearn import check_sample_weight
from epochal.errors import InputError
from epochal.estimators.base import DNNEstimator
from epochal.estimators.class_predictions import ClassPredictions
from epochal.estimators.inputs import EvalSet, Samples, weighted_rows
from epochal.estimators.labels import (
    checked_labels,
    classes_of,
    codes_of,
    sizes_of,
    targets_of,
    task_of,
)
from epochal.estimators.sets import PredictsSets

ClassWeight = Mapping[Any, float] | Sequence[Mapping[Any, float]] | Literal["balanced"] | None


class DNNClassifier(ClassifierMixin, ClassPredictions, PredictsSets, DNNEstimator):
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
    callbacks : sequence of keras.callbacks.Callback, optional
        Called while the networks train; several networks have copies.
    warm_start : bool
        Whether another `fit` goes on with the networks, the encoder and the targets of the last
        one, where their layers are as wide.
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
    loss_curve_ : list of float
        The training loss of each epoch, as in ``history_["loss"]``.
    run_ : Run
        The record of the network; of several, of the one whose best epoch is the middle one. Not in
        an estimator that was saved and loaded.
    verdict_ : Diagnosis
        What the training shows, and what to try next.
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
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
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
            callbacks=callbacks,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
            engine=engine,
        )
        self.class_weight = class_weight

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: EvalSet = None,
        groups: Any = None,
    ) -> "DNNClassifier":
        """Train the networks.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
            Numbers, NaN where one is missing; a frame may hold columns of any kind.
        y : array-like of shape (rows,) or (rows, labels)
            Classes of any type, or labels of 0 and 1.
        sample_weight : array-like of shape (rows,), optional
            At least 0, and above 0 for at least 2 rows.
        eval_set : tuple (X, y), or a list of one, optional
            Rows to stop early by. All others are then trained on.
        groups : array-like of shape (rows,), optional
            Of each row, such as a patient: rows of a group are never on both sides of a split.

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
        goes_on = self._goes_on
        x, y = self._checked(X, y, reset=not goes_on)
        y, several = checked_labels(y)
        x, y, weight, groups = self._weighted(x, y, sample_weight, groups)
        classes = classes_of(y, several)
        if goes_on and not np.array_equal(classes, self.classes_):
            raise InputError(
                f"y must have the classes of the last fit where warm_start=True, got "
                f"{len(classes)} beside {len(self.classes_)}: set warm_start=False."
            )
        self.classes_, self._several = classes, several
        labels, targets = self._encoded_targets(y)
        given = self._checked_eval_set(eval_set)
        if given is not None:
            given = given._replace(y=self._encoded_targets(given.y, "eval_set's y")[1])
        task = task_of(classes, several)
        self._train(
            task,
            Samples(x, targets, weight, groups),
            eval_set=given,
            labels=labels,
            **sizes_of(task, classes),
        )
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> "DNNClassifier":
        """Train each network for one epoch more, on these rows.

        The first call makes the networks (one, unless `members` says how many) and fits the encoder
        to its rows; give it enough of them. The learning rate stays as it is.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.
        classes : array-like of shape (classes,), optional
            All classes that will ever come; needed in the first call, unless `y` holds labels.

        Returns
        -------
        DNNClassifier
            This estimator.

        Raises
        ------
        InputError, ValueError
            As in `fit`; no classes in the first call, or a class that is not among them.
        """
        first = not hasattr(self, "models_")
        x, y = self._checked(X, y, reset=first, least=1)
        y, several = checked_labels(y)
        if first:
            if classes is None and not several:
                raise InputError(
                    "classes must be given in the first call of partial_fit, got None: name all "
                    "that will ever come, such as np.unique(y)."
                )
            self.classes_ = classes_of(y if several else np.asarray(classes), several)
            self._several = several
        x, y, weight, _ = self._weighted(x, y, sample_weight)
        task = task_of(self.classes_, self._several)
        targets = self._encoded_targets(y)[1]
        self._train_partly(task, Samples(x, targets, weight), **sizes_of(task, self.classes_))
        return self

    def _encoded_targets(self, y: np.ndarray, name: str = "y") -> tuple[Any, np.ndarray]:
        """The number of each row's class, None for several labels; and the networks' targets."""
        task = task_of(self.classes_, self._several)
        codes = None if self._several else codes_of(y, self.classes_, name)
        return codes, targets_of(task, y if codes is None else codes)

    def _weighted(self, x: Any, y: np.ndarray, sample_weight: Any, groups: Any = None) -> Samples:
        """The rows of weight above 0; a row's weight is multiplied by its class's."""
        if self.class_weight is None:
            return weighted_rows(x, y, sample_weight, groups)
        weight = check_sample_weight(sample_weight, x, dtype=np.float64, copy=True)
        return weighted_rows(x, y, weight * compute_sample_weight(self.class_weight, y), groups)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_label = True
        return tags
