"""Training that leaves no trace: the model is afterwards byte for byte what it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from epochal.bridge.initial_values import without_compiling
from epochal.bridge.state import restore_state, snapshot_state
from epochal.training import fit

# What a fit leaves on a model besides its variables.
_LEFT_BY_A_FIT = ("history", "stop_training")


@contextmanager
def restored_afterwards(
    model: keras.Model, x: Any, y: Any, sample_weight: Any, batch_size: int | None
) -> Iterator[None]:
    """Train inside this with a fresh optimiser; afterwards everything is as it was."""
    optimizer, attributes = model.optimizer, vars(model)
    kept = {name: attributes[name] for name in _LEFT_BY_A_FIT if name in attributes}
    with without_compiling():
        model.optimizer = _fresh(optimizer)
    try:
        # No epoch: it only builds what Keras builds on first use, which a snapshot must include.
        fit(model, x, y, sample_weight=sample_weight, batch_size=batch_size, epochs=0, verbose=0)
        before = snapshot_state(model)
        try:
            yield
        finally:
            restore_state(model, before)
    finally:
        model.optimizer = optimizer
        for name in _LEFT_BY_A_FIT:
            attributes.pop(name, None)
        attributes.update(kept)


def _fresh(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """An optimiser of the same configuration, at its beginning."""
    config = optimizer.get_config()
    if "learning_rate" in config:
        config["learning_rate"] = 1.0  # the fit's schedule decides; one of the user's stays out
    return type(optimizer).from_config(config)
