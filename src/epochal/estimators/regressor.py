"""`DNNRegressor`: a network for regression, as a scikit-learn estimator."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from epochal.estimators.base import DNNEstimator
from epochal.estimators.inputs import Samples, weighted_rows


class DNNRegressor(RegressorMixin, DNNEstimator):
    """Predict one number or several with a deep network.

    Inputs and targets are standardised. The network follows a guideline; its learning rate follows
    1cycle up to a peak that a range test finds, and early stopping keeps the best epoch. Fits of
    equal shapes share one compiled program.

    Parameters
    ----------
    hidden : sequence of int, optional
        Units of each hidden layer; None chooses by the size of the table
        (`epochal.models.hidden_sizes`).
    guideline : {"default", "self-normalizing", "sparse", "low-latency", "risk-aware"}
        Which parts go together (`epochal.models.ALL_GUIDELINES`).
    activation : str, optional
        Name of a Keras activation in place of the guideline's.
    optimizer : str, optional
        "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamax" or "nadam", in place
        of the guideline's.
    learning_rate : "auto" or float
        Peak of the 1cycle schedule, above 0; "auto" finds it by a range test.
    epochs : int
        Maximum number of epochs, at least 1.
    batch_size : int
        At least 1.
    early_stopping : bool or "auto"
        Whether to hold out `validation_fraction` of the rows, stop after `patience` epochs
        without a better validation loss, and keep the weights of the best epoch. "auto": from
        1,000 rows on; a tenth of fewer is too little to choose an epoch by, and is missed in
        training.
    validation_fraction : float
        In (0, 1).
    patience : int, optional
        Number of epochs, at least 1; None never stops, but still keeps the best epoch.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; None takes the guideline's, 0.2 for "risk-aware" and
        else 0.
    l2 : float
        L2 penalty, at least 0: l2 * sum w**2 of the hidden kernels is added to the loss.
    random_state : int, RandomState instance or None
        Seed of the split, the initial weights, the order of the batches and the dropout masks.
    verbose, engine
        As in `epochal.fit`.

    Attributes
    ----------
    model_ : keras.Model
        The trained network: from inputs as `scaler_` transforms them to targets as
        `target_scaler_` does.
    scaler_ : sklearn.preprocessing.StandardScaler
        Fitted on the inputs of the training part.
    target_scaler_ : sklearn.preprocessing.StandardScaler
        Fitted on all targets.
    learning_rate_ : float
        The peak learning rate.
    history_ : dict of str to list of float
        Loss and validation loss of each epoch.
    n_iter_ : int
        Number of epochs run.
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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DNNRegressor":
        """Train the network.

        Parameters
        ----------
        X : array-like or DataFrame of shape (rows, features)
            Numeric and dense.
        y : array-like of shape (rows,) or (rows, outputs)
            Numbers.
        sample_weight : array-like of shape (rows,), optional
            At least 0, and above 0 for at least 2 rows.

        Returns
        -------
        DNNRegressor
            This estimator.

        Raises
        ------
        InputError, ValueError
            Wrong data (scikit-learn's own checks), or a parameter out of its range.
        """
        x, y = self._checked(X, y)
        x, y, weight = weighted_rows(x, y, sample_weight)
        self._single = y.ndim == 1
        columns = y.reshape(len(y), -1)
        self.target_scaler_ = StandardScaler().fit(columns, sample_weight=weight)
        targets = self.target_scaler_.transform(columns).astype(np.float32)
        self._train("regression", Samples(x, targets, weight), outputs=columns.shape[1])
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predict the targets of `X`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (rows, features)

        Returns
        -------
        numpy.ndarray of shape (rows,) or (rows, outputs)
            As `y` was, float64.
        """
        check_is_fitted(self)
        values: np.ndarray = self.target_scaler_.inverse_transform(self._logits(X))
        return values[:, 0] if self._single else values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
