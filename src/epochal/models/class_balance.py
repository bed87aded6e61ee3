"""Rare classes made to count as much as frequent ones in the training, and the way back.

A network that is trained with class weights, or on repeated rows, gives the probabilities of a
table in which each class is as frequent. Those of the table as it is follow by Bayes' rule: the
odds of a class over another are divided by how much more it was weighed. For logits that is a
subtraction, which the bias of the last layer takes in: the network stays a plain one.

What judges an epoch is the loss of the probabilities put right, on rows as they are: `loss` and
`val_loss` of such a training are neither.

References
----------
C. Elkan, "The foundations of cost-sensitive learning", IJCAI 2001, theorem 2.
"""

from dataclasses import dataclass
from typing import Any, Self

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_class_weight

from epochal.bridge.state import assign_values
from epochal.models.feed_forward import LOGITS

CORRECTED = "corrected_crossentropy"
"""The name of the loss that judges an epoch, in the history."""

_LEAST = 1e-7  # Keras' own: a smaller probability is taken for this one


@dataclass(frozen=True, kw_only=True)
class ClassBalance:
    """How much each class is weighed, or how often its rows are repeated.

    Attributes
    ----------
    weights : tuple of float
        One a class: of a row's loss, and what the probabilities are put right by.
    oversample : bool
        Whether rows are repeated, each class up to as many as the most frequent one has, in place
        of weighing them.
    """

    weights: tuple[float, ...]
    oversample: bool = False

    @classmethod
    def of(cls, y: NDArray, classes: int, *, oversample: bool = False) -> Self:
        """That of training rows of the classes `y`, numbered from 0.

        Weights are scikit-learn's "balanced" ones, ``rows / (classes * rows of the class)``, of the
        classes that have rows; others have 1.

        Examples
        --------
        >>> ClassBalance.of(np.array([0, 0, 0, 1]), 2).weights
        (0.6666666666666666, 2.0)
        """
        codes = np.asarray(y).reshape(-1).astype(int)
        present = np.unique(codes)
        weights = np.ones(classes)
        weights[present] = compute_class_weight("balanced", classes=present, y=codes)
        return cls(weights=tuple(weights.tolist()), oversample=oversample)

    @property
    def class_weight(self) -> dict[int, float] | None:
        """As `fit` takes it; None where rows are repeated."""
        return None if self.oversample else dict(enumerate(self.weights))

    def drawn(self, rows: NDArray, y: NDArray, seed: int) -> NDArray:
        """Numbers of rows to train on: `rows`, and those that are repeated.

        Parameters
        ----------
        rows : int array of shape (rows,)
            Those that may be trained on, no others.
        y : array of shape (all rows, ...)
            Classes numbered from 0.
        seed : int
            Decides which are repeated.

        Examples
        --------
        >>> balance = ClassBalance(weights=(1.0, 1.0), oversample=True)
        >>> balance.drawn(np.array([1, 2, 3]), np.array([1, 0, 0, 1]), seed=0)
        array([1, 2, 3, 3])
        """
        if not self.oversample:
            return rows
        random, codes = np.random.default_rng(seed), np.asarray(y).reshape(-1)[rows].astype(int)
        most = np.bincount(codes).max()
        more = [
            random.choice(own, most - len(own))
            for own in (rows[codes == code] for code in np.unique(codes))
        ]
        return np.sort(np.concatenate([rows, *more]))

    def put_right(self, model: keras.Model) -> None:
        """Give the classes the frequencies of the table again, in the bias of the last layer."""
        bias = model.get_layer(LOGITS).bias
        shift = np.log(np.asarray(self.weights))
        if len(self.weights) != bias.shape[0]:  # two classes, and the logit of the second
            shift = shift[1:] - shift[:1]
        assign_values([(bias, np.asarray(bias) - shift)])


class CorrectedCrossentropy(keras.metrics.MeanMetricWrapper):
    """The cross-entropy of probabilities that are put right.

    Parameters
    ----------
    weights : sequence of float
        Those of a `ClassBalance`.
    """

    def __init__(self, weights: Any, name: str = CORRECTED, dtype: Any = None) -> None:
        self.weights_of_classes = tuple(weights)
        super().__init__(self._losses, name=name, dtype=dtype)
        self._direction = "down"

    def _losses(self, y_true: Any, y_pred: Any) -> Any:
        weights = self.weights_of_classes
        if y_pred.shape[-1] == 1:
            y_pred = ops.concatenate([1 - y_pred, y_pred], axis=-1)
        odds = ops.clip(y_pred, _LEAST, 1 - _LEAST) / ops.convert_to_tensor(weights, y_pred.dtype)
        found = odds / ops.sum(odds, axis=-1, keepdims=True)
        codes = ops.cast(ops.reshape(y_true, (-1,)), "int32")
        taken = ops.sum(found * ops.one_hot(codes, len(weights), dtype=found.dtype), axis=-1)
        return -ops.log(ops.clip(taken, _LEAST, 1.0))

    def get_config(self) -> dict[str, Any]:
        """What it is made from."""
        return {"name": self.name, "dtype": self.dtype, "weights": self.weights_of_classes}
