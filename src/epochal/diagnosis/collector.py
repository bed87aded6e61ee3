"""Who watches a fit, so that its run can say what it shows: see `verdict`.

It keeps what the verdict will need and nothing else knows at the end: a copy of the weights with
the lowest validation loss. Only where the curves speak of overfitting does it look at the
validation rows, with those weights and with the last ones.
"""

from collections.abc import Callable, Iterable
from typing import Any

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.array_source import ArraySource
from epochal.batches.feed import ArrayFeed, Feed
from epochal.bridge.state import read_weights, weight_penalty, write_state
from epochal.bridge.stochastic import DROPOUTS
from epochal.compat._keras import flatten_layers
from epochal.diagnosis.curves import Regularizers, TrainingCurves
from epochal.diagnosis.row_losses import constant_loss, row_losses_of
from epochal.diagnosis.rules import has_risen, is_far_below
from epochal.engine import State

MOST_ROWS = 5000  # that are looked at: more would hardly narrow an interval
LARGEST_COPY = 2**27  # bytes of weights: above, no second copy is kept

Predict = Callable[[keras.Model, Any], Any]  # a model and its inputs to its outputs


class ValidationCollector:
    """Follows the epochs of one fit."""

    def __init__(
        self, model: keras.Model, feed: Feed, validation: Feed | None, predict: Predict
    ) -> None:
        self.model = model
        self._predict = predict
        self._losses = row_losses_of(model)
        self._targets = _targets(feed) if self._losses is not None else None
        self._validation = validation if isinstance(validation, ArrayFeed) else None
        self._best_loss = np.inf
        self._best: State | None = None
        self.ended = False
        self.rows: tuple[NDArray, NDArray, NDArray] | None = None  # targets; best and last outputs

    def validated(self, loss: float | None) -> None:
        """An epoch has been validated."""
        if self._losses is None or self._validation is None or loss is None:
            return
        if loss < self._best_loss:
            state = read_weights(self.model)
            if sum(leaf.nbytes for leaf in jax.tree.leaves(state)) <= LARGEST_COPY:
                self._best_loss, self._best = loss, jax.tree.map(np.array, state)

    def end(self, course: TrainingCurves) -> None:
        """The last epoch has ended, and the model still holds its weights."""
        best, validation = self._best, self._validation
        self.ended = True
        self._best = self._validation = None  # neither is needed, or kept alive, any longer
        if validation is None or best is None:
            return
        if not (has_risen(course) or is_far_below(course)):
            return
        rows = _inputs_and_targets(validation)
        if rows is None:
            return
        inputs, targets = rows
        last = read_weights(self.model)
        now = self._predict(self.model, inputs)
        try:
            write_state(self.model, best)
            before = self._predict(self.model, inputs)
        finally:
            write_state(self.model, last)
        if isinstance(now, np.ndarray):
            self.rows = targets, before.astype(np.float32), now.astype(np.float32)

    def constant(self) -> float | None:
        """The mean loss of the best constant prediction on the training rows."""
        if self._losses is None or self._targets is None:
            return None
        return constant_loss(self.model, self._losses, self._targets)

    def row_losses(self) -> tuple[NDArray, NDArray] | None:
        """The loss of each validation row with the best and with the last weights."""
        if self._losses is None or self.rows is None:
            return None
        targets, before, now = self.rows
        return self._losses(targets, before), self._losses(targets, now)


def traits_of(model: keras.Model, callbacks: Iterable[Any], schedule: Any = None) -> Regularizers:
    """What `model` and `callbacks` do against over- and underfitting."""
    layers = flatten_layers(model, include_self=False)
    stops = [c for c in callbacks if isinstance(c, keras.callbacks.EarlyStopping)]
    return Regularizers(
        stops_early=bool(stops),
        keeps_best=any(stop.restore_best_weights for stop in stops),
        self_normalizing=any(
            getattr(layer, "activation", None) is keras.activations.selu for layer in layers
        ),
        dropout=any(isinstance(layer, DROPOUTS) and layer.rate for layer in layers),
        penalty=weight_penalty(model) is not None,
        schedule=schedule is not None,
    )


def _targets(feed: Feed) -> NDArray | None:
    """Targets of training rows, evenly chosen; None where they are weighted or not one array.

    The inputs, which may be large or lie on a disk, are not touched.
    """
    if not isinstance(feed, ArrayFeed):
        return None
    _, targets, weights = feed.sources()
    if weights is not None or not isinstance(targets, ArraySource):
        return None
    return targets.take(_chosen(feed))


def _inputs_and_targets(feed: ArrayFeed) -> tuple[Any, NDArray] | None:
    """Rows of inputs and targets, evenly chosen; None where they are weighted or not one array."""
    targets = _targets(feed)
    if targets is None:
        return None
    inputs, chosen = feed.sources()[0], _chosen(feed)
    return jax.tree.map(lambda source: source.take(chosen), inputs), targets


def _chosen(feed: ArrayFeed) -> NDArray:
    """At most `MOST_ROWS` rows, evenly chosen."""
    return np.unique(np.linspace(0, feed.order.rows - 1, MOST_ROWS).astype(int))
