"""Unfreeze layers, the lower ones at lower learning rates."""

from typing import Any

import keras
from keras.optimizers.schedules import LearningRateSchedule

from epochal.bridge.checks import check_compiled_model
from epochal.bridge.cloning import recompile
from epochal.bridge.layer_groups import LayerSelection, layer_groups, layers_of, select_layers
from epochal.bridge.state import values_per_variable
from epochal.checks import check_rate
from epochal.compat._keras import flatten_layers
from epochal.errors import InputError
from epochal.transfer.reuse import check_reusable


def unfreeze(
    model: keras.Model,
    layers: LayerSelection = "all",
    *,
    layer_decay: float = 1.0,
    learning_rate: float | LearningRateSchedule | None = None,
    freeze_batch_normalization: bool = False,
) -> keras.Model:
    """Unfreeze layers of a model, and compile it again.

    Call it again with more layers to unfreeze a model in stages: layers that train already are not
    frozen again.

    Parameters
    ----------
    model : keras.Model
        Compiled; changed in place. It keeps its loss and metrics; its optimiser starts anew.
    layers : "all", int, str, keras.layers.Layer or sequence of them
        The layers to unfreeze: all, a number of layers with weights from the top, or names.
    layer_decay : float
        The learning rate of each layer with weights as a fraction, in (0, 1], of that of the layer
        above it; the top layer has the full learning rate. 1: one rate for all; Howard and Ruder
        use 1 / 2.6.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        The new learning rate. None: that of the optimiser.
    freeze_batch_normalization : bool
        Whether batch normalisation stays frozen, with its moving statistics: Keras' advice for a
        model that was trained on far more rows than the new task has.

    Returns
    -------
    keras.Model
        `model` itself.

    Raises
    ------
    InputError
        A model that is not compiled, a layer that it does not have, or a decay outside (0, 1].

    References
    ----------
    J. Howard, S. Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018:
    rate of the layer below = rate / 2.6 (section 3.2), gradual unfreezing (section 3.3).

    Examples
    --------
    >>> import epochal
    >>> trained = epochal.network("multiclass", 4, hidden=(20, 10), classes=3, seed=1)
    >>> model = epochal.reuse(trained, head="binary", seed=2)
    >>> model = epochal.unfreeze(model, 2, layer_decay=0.5)
    >>> [layer.name for layer in model.layers if layer.trainable]
    ['hidden_2', 'head', 'probabilities']
    >>> model.optimizer.factors
    (0.5, 0.5, 1.0, 1.0)
    """
    check_reusable(model, "unfreeze")
    check_compiled_model(model, "unfreeze")
    check_rates(layer_decay, learning_rate)
    selected = select_layers(model, layers, "layers")
    for layer in selected:
        layer.trainable = True
        if freeze_batch_normalization:
            _freeze_normalization(layer)
    recompile(model, values_per_variable(model, _depth_factors(model, layer_decay)), learning_rate)
    return model


def check_rates(layer_decay: Any, learning_rate: Any) -> None:
    """`InputError` unless `layer_decay` lies in (0, 1] and `learning_rate`, if any, is one."""
    if check_rate("layer_decay", layer_decay) > 1:
        raise InputError(
            f"layer_decay must be above 0 and at most 1, got {layer_decay!r}: give for example 0.4."
        )
    if learning_rate is not None and not callable(learning_rate):
        check_rate("learning_rate", learning_rate)


def _freeze_normalization(layer: keras.layers.Layer) -> None:
    for each in flatten_layers(layer):
        if isinstance(each, keras.layers.BatchNormalization):
            each.trainable = False


def _depth_factors(model: keras.Model, decay: float) -> list[tuple[keras.layers.Layer, float]]:
    """Each layer with the factor of its learning rate, by the depth of its group."""
    groups = layer_groups(model)
    factors = {
        layer.name: decay ** (len(groups) - 1 - number)
        for number, group in enumerate(groups)
        for layer in group
    }
    return [(layer, factors[layer.name]) for layer in layers_of(model)]
