"""Train a new head, then the whole model: two stages in one call."""

from collections.abc import Sequence
from typing import Any

import keras
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.checks import check_compiled_model
from epochal.bridge.layer_groups import LayerSelection, layers_of, select_layers
from epochal.checks import check_whole
from epochal.errors import InputError
from epochal.training import Run, fit
from epochal.training.run import concatenate_runs
from epochal.transfer.reuse import check_reusable
from epochal.transfer.unfreeze import check_rates, unfreeze


def fine_tune(
    model: keras.Model,
    x: Any,
    y: Any = None,
    *,
    frozen_epochs: int = 4,
    epochs: int = 16,
    layers: LayerSelection = "all",
    layer_decay: float = 1.0,
    learning_rate: float | LearningRateSchedule | None = None,
    freeze_batch_normalization: bool = False,
    batch_size: int | None = None,
    verbose: Any = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | None = None,
    validation_split: float = 0.0,
    validation_data: Any = None,
    shuffle: bool | str = True,
    class_weight: dict[int, float] | None = None,
    sample_weight: Any = None,
    seed: int | None = None,
    engine: str = "auto",
) -> Run:
    """Train a reused model in two stages: with its layers frozen, then unfrozen.

    The large gradients of a new head would spoil the reused layers at first: these stay frozen
    until the head has been trained.

    Parameters
    ----------
    model : keras.Model
        Compiled and with frozen layers, as `epochal.reuse` returns it; changed in place.
    x, y, sample_weight : array_like
        As in `epochal.fit`.
    frozen_epochs, epochs : int
        Epochs of the first and of the second stage, each at least 1.
    layers, layer_decay, learning_rate, freeze_batch_normalization
        How layers are unfrozen for the second stage, as in `epochal.unfreeze`.
    batch_size, verbose, callbacks, validation_split, validation_data, shuffle, class_weight
        As in `epochal.fit`. Callbacks see two fits; early stopping ends a stage.
    seed, engine
        As in `epochal.fit`.

    Returns
    -------
    Run
        One record of both stages, with the epochs numbered through; its diagnosis is that of the
        second stage.

    Raises
    ------
    InputError
        A model that is not compiled or has no frozen layers, and whatever `epochal.unfreeze` and
        `epochal.fit` raise.

    Examples
    --------
    >>> import epochal, numpy as np
    >>> x = np.random.default_rng(0).normal(size=(60, 4)).astype("float32")
    >>> trained = epochal.network("multiclass", 4, hidden=(20, 10), classes=3, seed=1)
    >>> run = epochal.fit(trained, x, x.argmax(1) % 3, epochs=2, seed=1, verbose=0)
    >>> model = epochal.reuse(trained, head="binary", seed=2)
    >>> run = epochal.fine_tune(
    ...     model, x, x[:, 0] > 0, frozen_epochs=1, epochs=2, seed=2, verbose=0
    ... )
    >>> run.epoch
    [0, 1, 2]
    """
    check_reusable(model, "fine_tune")
    check_compiled_model(model, "fine_tune")
    for name, value in (("frozen_epochs", frozen_epochs), ("epochs", epochs)):
        check_whole(name, value, 1, "epochal.fit trains in one stage")
    check_rates(layer_decay, learning_rate)
    select_layers(model, layers, "layers")
    _check_frozen(model)
    arguments: dict[str, Any] = {
        "batch_size": batch_size,
        "verbose": verbose,
        "callbacks": callbacks,
        "validation_split": validation_split,
        "validation_data": validation_data,
        "shuffle": shuffle,
        "class_weight": class_weight,
        "sample_weight": sample_weight,
        "seed": seed,
        "engine": engine,
    }
    head = fit(model, x, y, epochs=frozen_epochs, **arguments)
    unfreeze(
        model,
        layers,
        layer_decay=layer_decay,
        learning_rate=learning_rate,
        freeze_batch_normalization=freeze_batch_normalization,
    )
    whole = fit(
        model, x, y, initial_epoch=frozen_epochs, epochs=frozen_epochs + epochs, **arguments
    )
    return concatenate_runs(head, whole)


def _check_frozen(model: keras.Model) -> None:
    if all(layer.trainable for layer in layers_of(model)):
        raise InputError(
            "model must have frozen layers for epochal.fine_tune, got none: make it with "
            "epochal.reuse, or train it with epochal.fit."
        )
