"""`DNNRegressor`: a network for numbers, as a scikit-learn estimator."""

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from epochal.estimators.base import DNNEstimator
from epochal.estimators.inputs import Part, weighted_rows


class DNNRegressor(RegressorMixin, DNNEstimator):
    """Predict one number or several with a deep network.

    Inputs and targets are standardised inside. Everything else is as in `DNNClassifier`, whose
    parameters these are, without `class_weight`.

    Parameters
    ----------
    hidden : sequence of int, optional
        Units of each hidden layer; None: by the size of the table (`epochal.models.hidden_sizes`).
    guideline : {"default", "self-normalizing", "sparse", "low-latency", "risk-aware"}
        Which parts go together (`epochal.models.guidelines`).
    activation, optimizer : str, optional
        In place of the guideline's, by name.
    learning_rate : "auto" or float
        Peak of the 1cycle schedule; "auto" finds it by a range test.
    epochs, batch_size : int
        At most so many passes over the training part, in batches of so many rows.
    early_stopping : bool or "auto"
        Hold `validation_fraction` of the rows out, stop after `patience` epochs without a better
        validation loss (None: never), and keep the weights of the best epoch. "auto": from 1,000
        rows on; a tenth of fewer is too little to choose an epoch by, and is missed in training.
    validation_fraction : float
        In (0, 1).
    patience : int, optional
        Epochs, at least 1.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; None is the guideline's: 0.2 for "risk-aware", or 0.
    l2 : float
        Weight decay: l2 * sum w**2 of the hidden kernels is added to the loss.
    random_state : int, RandomState instance or None
        Decides the split, the weights, the order of the batches and the masks.
    verbose, engine
        As in `epochal.fit`.

    Attributes
    ----------
    model_ : keras.Model
        The trained network; it works on `scaler_`'s inputs and predicts `target_scaler_`'s targets.
    scaler_, target_scaler_ : sklearn.preprocessing.StandardScaler
        Fitted on the training part (the targets': on all).
    learning_rate_ : float
        The peak that was used.
    history_ : dict of str to list of float
        Loss and validation loss of each epoch.
    n_iter_ : int
        Epochs run.
    engine_ : str
        What ran them.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

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
        hidden: Any = None,
        *,
        guideline: str = "default",
        activation: str | None = None,
        optimizer: str | None = None,
        learning_rate: Any = "auto",
        epochs: int = 100,
        batch_size: int = 32,
        early_stopping: Any = "auto",
        validation_fraction: float = 0.1,
        patience: int | None = 20,
        dropout: float | None = None,
        l2: float = 0.0,
        random_state: Any = None,
        verbose: Any = 0,
        engine: str = "auto",
    ) -> None:
        self.hidden = hidden
        self.guideline = guideline
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.dropout = dropout
        self.l2 = l2
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DNNRegressor":
        """Train on `X` (rows, features) and `y` (rows,) or (rows, outputs).

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
        self._train("regression", Part(x, targets, weight), outputs=columns.shape[1])
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The numbers predicted, (rows,) or (rows, outputs) as `y` was."""
        check_is_fitted(self)
        values = self.target_scaler_.inverse_transform(self._logits(X))
        predictions: np.ndarray = values[:, 0] if self._single else values
        return predictions

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
