"""`DNNRegressor`: a network for regression, as a scikit-learn estimator."""

from collections.abc import Sequence
from typing import Any, Literal

import keras
import numpy as np
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from epochal.errors import InputError
from epochal.estimators.base import DNNEstimator
from epochal.estimators.inputs import EvalSet, Samples, weighted_rows
from epochal.estimators.intervals import PredictsIntervals
from epochal.models.distribution_names import check_counts, predicts_counts


class DNNRegressor(RegressorMixin, PredictsIntervals, DNNEstimator):
    """Predict one number or several with deep networks.

    By default twenty networks are trained on encoded columns, each stopped early by a fifth of the
    rows that it leaves out, and their predictions averaged: see docs/tables.md. ``members=1``
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
        Of a single network: whether to hold out `validation_fraction` of the rows, stop
        after `patience` epochs without a better validation loss, and keep the weights of the best
        epoch. "auto": from 1,000 rows on; a tenth of fewer is too little to choose an epoch by, and
        is missed in training. Several networks always stop early, each by rows of its own.
    validation_fraction : float
        In (0, 1).
    patience : int, optional
        Number of epochs, at least 1; None chooses by the number of epochs.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; None takes the guideline's.
    l2 : float
        L2 penalty, at least 0: l2 * sum w**2 of the hidden kernels is added to the loss.
    distribution : str, optional
        "gaussian", "student-t", "quantiles", "mixture", or of counts "poisson" and
        "negative-binomial": what is predicted of each row in place of a number alone. Then
        `predict` gives the mean, `predict_uncertainty` the noise of each row, and
        `predict_distribution` all of it; all members count alike.
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
        The trained networks: from inputs as `encoder_` transforms them to targets as
        `target_scaler_` does.
    model_weights_ : numpy.ndarray of shape (networks,)
        How much each counts in their average.
    model_ : keras.Model
        The same as one model, which gives the average of what they give.
    encoder_ : transformer
        Fitted on the inputs: a `epochal.data.TablePreprocessor` where they were a frame of columns
        that are not all numbers, else one of arrays.
    target_scaler_ : sklearn.preprocessing.StandardScaler
        Fitted on all targets; of counts it leaves them as they are.
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
    >>> import numpy as np
    >>> from epochal import DNNRegressor
    >>> x = np.random.default_rng(0).standard_normal((300, 4))
    >>> model = DNNRegressor(hidden=(32,), random_state=0).fit(x, x[:, 0] - x[:, 1] ** 2)
    >>> model.predict(x[:2]).shape
    (2,)
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
        distribution: str | None = None,
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
        self.distribution = distribution

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        eval_set: EvalSet = None,
        groups: Any = None,
    ) -> "DNNRegressor":
        """Train the networks.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
            Numbers, NaN where one is missing; a frame may hold columns of any kind.
        y : array-like of shape (rows,) or (rows, outputs)
            Numbers; whole ones of at least 0 where counts are predicted.
        sample_weight : array-like of shape (rows,), optional
            At least 0, and above 0 for at least 2 rows.
        eval_set : tuple (X, y), or a list of one, optional
            Rows to stop early by. All others are then trained on.
        groups : array-like of shape (rows,), optional
            Of each row, such as a patient: rows of a group are never on both sides of a split.

        Returns
        -------
        DNNRegressor
            This estimator.

        Raises
        ------
        InputError, ValueError
            Wrong data (scikit-learn's own checks), or a parameter out of its range.
        """
        goes_on = self._goes_on
        samples = weighted_rows(*self._checked(X, y, reset=not goes_on), sample_weight, groups)
        samples = self._scaled(samples, keep=goes_on)
        given = self._checked_eval_set(eval_set)
        if given is not None:
            given = self._scaled(given, keep=True, name="eval_set's y")
        self._train("regression", samples, eval_set=given, **self._sizes(samples))
        return self

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DNNRegressor":
        """Train each network for one epoch more, on these rows.

        The first call makes the networks (one, unless `members` says how many) and fits encoder and
        target scaler to its rows; give it enough of them. The learning rate stays as it is.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        DNNRegressor
            This estimator.

        Raises
        ------
        InputError, ValueError
            As in `fit`.
        """
        first = not hasattr(self, "models_")
        samples = weighted_rows(*self._checked(X, y, reset=first, least=1), sample_weight)
        samples = self._scaled(samples, keep=not first)
        self._train_partly("regression", samples, **self._sizes(samples))
        return self

    def _sizes(self, samples: Samples) -> dict[str, Any]:
        """What `network` is told of the outputs."""
        return {"outputs": samples.y.shape[1], "distribution": self.distribution}

    def _scaled(self, samples: Samples, *, keep: bool, name: str = "y") -> Samples:
        """The targets as the networks take them, by the scaler as it is or by a new one."""
        y = samples.y
        columns = y.reshape(len(y), -1)
        counts = predicts_counts(self.distribution)
        if counts:
            check_counts(columns, name, self.distribution)
        if not keep:
            self._single = y.ndim == 1
            scaler = StandardScaler(with_mean=not counts, with_std=not counts)
            self.target_scaler_ = scaler.fit(columns, sample_weight=samples.weight)
        elif columns.shape[1] != self.target_scaler_.n_features_in_:
            raise InputError(
                f"{name} must have {self.target_scaler_.n_features_in_} columns as before, got "
                f"{columns.shape[1]}: give as many."
            )
        return samples._replace(y=self.target_scaler_.transform(columns).astype(np.float32))

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict the targets of `X`.

        Parameters
        ----------
        X : array-like, sparse matrix or DataFrame of shape (rows, features)
        return_std : bool
            Whether the standard deviation of each prediction is wanted, too: that of the data and
            of the networks together, as `predict_uncertainty` has it.

        Returns
        -------
        numpy.ndarray of shape (rows,) or (rows, outputs), or two of them
            As `y` was, float64; with `return_std` the standard deviations after it.

        Raises
        ------
        InputError
            `return_std` where the networks left no rows out.
        """
        check_is_fitted(self)
        if return_std:
            found = self.predict_uncertainty(X)
            parts = (found.mean, np.asarray(found.standard_deviation))
            mean, std = (part[:, 0] if self._single else part for part in parts)
            return mean, std
        means = self._logits(X) if self._family is None else map(self._family.mean, self._logits(X))
        outputs = np.concatenate([np.tensordot(self.model_weights_, each, 1) for each in means])
        values: np.ndarray = self.target_scaler_.inverse_transform(outputs)
        return values[:, 0] if self._single else values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags
