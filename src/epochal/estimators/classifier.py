"""`DNNClassifier`: a network for classes and labels, as a scikit-learn estimator."""

from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from epochal.compat._sklearn import check_sample_weight
from epochal.errors import InputError
from epochal.estimators.base import DNNEstimator
from epochal.estimators.inputs import Part, weighted_rows


class DNNClassifier(ClassifierMixin, DNNEstimator):
    """Tell classes apart, or give several labels, with a deep network.

    Inputs are standardised inside. The network is the guideline's; its learning rate follows 1cycle
    up to a peak that a range test finds, and early stopping keeps the best epoch. Fits of equal
    shapes share one compiled program.

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
        Hold `validation_fraction` of the rows out (each class in its share, where it has enough),
        stop after `patience` epochs without a better validation loss (None: never), and keep the
        weights of the best epoch. "auto": from 1,000 rows on; a tenth of fewer is too little to
        choose an epoch by, and is missed in training.
    validation_fraction : float
        In (0, 1).
    patience : int, optional
        Epochs, at least 1.
    dropout : float, optional
        Rate in [0, 1) after each hidden layer; None is the guideline's: 0.2 for "risk-aware", or 0.
    l2 : float
        Weight decay: l2 * sum w**2 of the hidden kernels is added to the loss.
    class_weight : dict, list of dicts, "balanced" or None
        A weight for each class, as everywhere in scikit-learn (a list: one dict for each label).
    random_state : int, RandomState instance or None
        Decides the split, the weights, the order of the batches and the masks.
    verbose, engine
        As in `epochal.fit`.

    Attributes
    ----------
    model_ : keras.Model
        The trained network; it works on `scaler_`'s inputs and predicts probabilities.
    scaler_ : sklearn.preprocessing.StandardScaler
        Fitted on the training part.
    classes_ : numpy.ndarray
        The classes in the order of the probabilities; for several labels their column numbers.
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
    >>> from sklearn.datasets import load_iris
    >>> from epochal import DNNClassifier
    >>> x, y = load_iris(return_X_y=True)
    >>> model = DNNClassifier(hidden=(32,), random_state=0).fit(x, y)
    >>> model.score(x, y) > 0.9
    True
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
        class_weight: Any = None,
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
        self.class_weight = class_weight
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "DNNClassifier":
        """Train on `X` (rows, features) and `y`: (rows,) classes, or (rows, labels) of 0 and 1.

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
                f"y must hold one class a row, or labels of 0 and 1, got {y.shape[1]} columns of "
                "more than two classes: wrap this estimator in "
                "sklearn.multioutput.MultiOutputClassifier."
            )
        self._several = kind == "multilabel-indicator"
        if not self._several:
            y = column_or_1d(y, warn=True)
        x, y, weight = self._weighted(x, y, sample_weight)
        if self._several:
            self.classes_ = np.arange(y.shape[1])
            whole = Part(x, y.astype(np.float32), weight)
            self._train("multilabel", whole, classes=y.shape[1])
            return self
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError(
                f"y must hold at least 2 classes, got 1 class, {self.classes_.tolist()[0]!r}: "
                "pass rows of the other class as well."
            )
        if len(self.classes_) == 2:
            whole = Part(x, codes.astype(np.float32)[:, None], weight)
            self._train("binary", whole, codes)
        else:
            whole = Part(x, codes.astype(np.int32), weight)
            self._train("multiclass", whole, codes, classes=len(self.classes_))
        return self

    def _weighted(self, x: np.ndarray, y: np.ndarray, sample_weight: Any) -> Part:
        """The rows that count; class weights are part of theirs."""
        if self.class_weight is None:
            return weighted_rows(x, y, sample_weight)
        weight = check_sample_weight(sample_weight, x, dtype=np.float64, copy=True)
        return weighted_rows(x, y, weight * compute_sample_weight(self.class_weight, y))

    def decision_function(self, X: Any) -> np.ndarray:
        """The logits: (rows,) for two classes (of the second), else (rows, classes or labels)."""
        check_is_fitted(self)
        logits = self._logits(X)
        return logits[:, 0] if self._two_classes else logits

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities: (rows, classes) that add up to 1, or (rows, labels) of each label."""
        check_is_fitted(self)
        logits = self._logits(X)
        if self._several:
            return np.asarray(expit(logits))
        if self._two_classes:
            # Each from its own logit: 1 - p would round a small probability away.
            return np.hstack([expit(-logits), expit(logits)])
        return np.asarray(softmax(logits, axis=1))

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row, or the labels (rows, labels) as 0 and 1."""
        check_is_fitted(self)
        logits = self._logits(X)
        if self._several:
            return (logits > 0).astype(int)
        chosen = (logits[:, 0] > 0).astype(int) if self._two_classes else logits.argmax(axis=1)
        classes: np.ndarray = self.classes_[chosen]
        return classes

    @property
    def _two_classes(self) -> bool:
        return not self._several and len(self.classes_) == 2

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
