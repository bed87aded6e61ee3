"""What a diagnosis needs of a fit beside its curves: see `epochal.diagnosis.rules`.

A fit keeps a copy of the weights with the lowest validation loss, which nothing else has at the
end. Only where the curves speak of overfitting are the validation rows looked at, with those
weights and with the last ones.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import jax
import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.array_source import ArraySource
from epochal.batches.feed import ArrayFeed, Feed
from epochal.bridge.state import weight_penalty
from epochal.bridge.stochastic import DROPOUTS
from epochal.compat._keras import flatten_layers
from epochal.diagnosis.curves import Evidence, Regularizers, TrainingCurves
from epochal.diagnosis.row_losses import constant_loss, row_losses_of
from epochal.diagnosis.rules import has_risen, is_far_below
from epochal.engine import State

MOST_ROWS = 5000  # that are looked at: more would hardly narrow an interval
LARGEST_COPY = 2**27  # bytes of weights: above, no second copy is kept

# What the state of a model predicts for inputs.
Predict = Callable[[State, Any], Any]


class ValidationCollector:
    """Follows the epochs of one fit."""

    def __init__(
        self, model: keras.Model, feed: Feed, validation: Feed | None, predict: Predict
    ) -> None:
        self._predict = predict
        self._losses = row_losses_of(model)
        targets = _targets(feed) if self._losses is not None else None
        self.evidence = Evidence()
        if targets is not None:
            self.evidence = Evidence(constant=constant_loss(model, targets))
        self._validation = validation if isinstance(validation, ArrayFeed) else None
        self._best_loss = np.inf
        self._best: State | None = None

    def validated(self, loss: float | None, state: State) -> None:
        """An epoch that ended at `state` has been validated."""
        if self._losses is None or self._validation is None or loss is None:
            return
        if loss < self._best_loss:
            weights = state._replace(optimizer=[], metrics=[])
            if sum(leaf.nbytes for leaf in jax.tree.leaves(weights)) <= LARGEST_COPY:
                self._best_loss, self._best = loss, jax.tree.map(np.array, weights)

    @property
    def best(self) -> tuple[float, list[NDArray]]:
        """The lowest validation loss so far, and the weights that had it."""
        return self._best_loss, [] if self._best is None else jax.tree.leaves(self._best)

    def restore(self, loss: float, best: list[NDArray], state: State) -> None:
        """Go on from `best`, the weights with the lowest loss so far of a model at `state`."""
        if best:
            structure = jax.tree.structure(state._replace(optimizer=[], metrics=[]))
            self._best_loss, self._best = loss, jax.tree.unflatten(structure, best)

    def end(self, curves: TrainingCurves, last: State) -> Evidence:
        """What the rows say, now that the last epoch has ended at `last`."""
        best, validation, losses = self._best, self._validation, self._losses
        self._best = self._validation = None  # neither is needed, or kept alive, any longer
        if losses is None or best is None or validation is None:
            return self.evidence
        if not (has_risen(curves) or is_far_below(curves)):
            return self.evidence
        rows = _inputs_and_targets(validation)
        if rows is None:
            return self.evidence
        inputs, targets = rows
        now, before = self._predict(last, inputs), self._predict(best, inputs)
        if isinstance(now, np.ndarray):
            self.evidence = replace(
                self.evidence,
                best_rows=losses(targets, before.astype(np.float32)),
                last_rows=losses(targets, now.astype(np.float32)),
            )
        return self.evidence


def regularizers_of(
    model: keras.Model, callbacks: Iterable[Any], schedule: Any = None
) -> Regularizers:
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
    return feed.order.in_data(np.unique(np.linspace(0, feed.order.rows - 1, MOST_ROWS).astype(int)))
