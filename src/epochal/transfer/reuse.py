"""The lower layers of a trained model under a new head."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeAlias

import keras
from keras import Layer

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.cloning import clone_lower_layers, fresh_optimizer
from epochal.bridge.layer_groups import (
    LayerSelection,
    layer_groups,
    layer_named,
    layers_of,
    select_layers,
)
from epochal.data import Head, head_of
from epochal.errors import InputError
from epochal.models.feed_forward import head_layers
from epochal.models.optimizers import make_optimizer

NewHead: TypeAlias = str | int | tuple[str, int] | Layer | Sequence[Layer]
OPTIMIZER = "nadam"  # where the model has none: Géron's guideline


def reuse(
    model: keras.Model,
    head: NewHead,
    *,
    drop: int | str = 1,
    trainable: LayerSelection = "head",
    seed: int | None = None,
) -> keras.Model:
    """Put a new head on a copy of the lower layers of a trained model.

    The copy has its own weights: training it does not change `model`. Train the head first, then
    the rest; `epochal.fine_tune` does both. A frozen batch normalisation uses its moving statistics
    and does not update them.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model with one output. Layers with weights are counted,
        from the top; an activation, a normalisation or a dropout belongs to the layer before it.
    head : str, int, tuple, keras.layers.Layer or sequence of them
        A task of `epochal.data.ALL_HEADS`: "binary", "regression" or "unit_interval"; a number of
        classes; a task with its number of units, as in ``("multilabel", 5)``; or layers.
    drop : int or str
        How many layers to drop from the top, at least 0; or the name of the lowest one dropped.
    trainable : {"head", "all"}, int, str, keras.layers.Layer or sequence of them
        What is not frozen: the head alone, everything, a number of layers from the top (the head's
        included), or the head and the layers of these names.
    seed : int, optional
        Seed of the weights of a head that is given by its task. None: other weights at every call.

    Returns
    -------
    keras.Model
        Where the head is given by its task, compiled with the task's loss and metrics and a fresh
        optimiser like that of `model` (Nadam at 0.001 where it has none). Otherwise not compiled.

    Raises
    ------
    InputError
        A model that is not built, is a subclass or has several outputs; a layer that it does not
        have; no layers left; an unknown task.

    References
    ----------
    J. Yosinski et al., "How transferable are features in deep neural networks?", NeurIPS 2014.

    Examples
    --------
    >>> import epochal
    >>> trained = epochal.network("multiclass", 4, hidden=(20, 10), classes=3, seed=1)
    >>> model = epochal.reuse(trained, head="binary", seed=2)
    >>> [layer.name for layer in model.layers if layer.trainable]
    ['head', 'probabilities']
    >>> model.loss
    'binary_crossentropy'
    """
    check_reusable(model, "reuse")
    new_head, task = _new_head(head, seed)
    kept = layers_of(model)[: first_dropped(model, drop)]
    names = {layer.name for layer in kept}
    reused = clone_lower_layers(model, kept, above=_free_names(new_head, set(names)))
    _freeze(reused, names, trainable)
    if task is not None:
        compiled = model.compiled and model.optimizer is not None
        optimizer = fresh_optimizer(model) if compiled else make_optimizer(OPTIMIZER)
        reused.compile(optimizer, task.loss, metrics=list(task.metrics))
    return reused


def _new_head(head: Any, seed: int | None) -> tuple[list[Layer], Head | None]:
    """The head's layers, and its task where it is given by one."""
    if isinstance(head, Layer):
        return [head], None
    if isinstance(head, list | tuple) and head and all(isinstance(each, Layer) for each in head):
        return list(head), None
    task, units = _task_and_units(head)
    known = head_of(task)
    return head_layers(_checked_units(head, known, units), known, seed), known


def _task_and_units(head: Any) -> tuple[str, Any]:
    if isinstance(head, str):
        return head, None
    if isinstance(head, Integral) and not isinstance(head, bool):
        return "multiclass", head
    if isinstance(head, tuple) and len(head) == 2 and isinstance(head[0], str):
        return head
    raise InputError(
        f"head must be a task, a number of classes, or Keras layers, got {head!r}: give for "
        'example "binary", 10, or keras.layers.Dense(1, activation="sigmoid").'
    )


def _checked_units(head: Any, known: Head, units: Any) -> int:
    if units is None and known.counts != "classes":
        return 1
    most = None if known.counts else 1
    whole = isinstance(units, Integral) and not isinstance(units, bool)
    if not whole or units < known.least or (most and units > most):
        needed = f"at least {known.least}" if known.counts else "at most 1"
        raise InputError(
            f"head must come with its number of units, {needed}, got {head!r}: give a number of "
            'classes such as 10, a pair such as ("multilabel", 5), or "binary" for yes or no.'
        )
    return int(units)


def check_reusable(model: Any, verb: str) -> None:
    """`InputError` unless `model` is a built graph of layers with one output."""
    check_layer_graph(model, verb, subclasses=True, instead="reuse its layers in its own code")
    if len(model.outputs) != 1:
        raise InputError(
            f"model must have one output, got {len(model.outputs)}: pass keras.Model(inputs, "
            "output) with the one that you need."
        )


def first_dropped(model: keras.Model, drop: int | str) -> int:
    """The index of the lowest layer that is dropped."""
    layers = layers_of(model)
    if isinstance(drop, str):
        first = layers.index(layer_named(model, drop, "drop"))
    elif isinstance(drop, Integral) and not isinstance(drop, bool) and int(drop) >= 0:
        groups = layer_groups(model)
        first = sum(map(len, groups[: len(groups) - int(drop)])) if int(drop) < len(groups) else 0
    else:
        raise InputError(
            f"drop must be a whole number of at least 0 or the name of a layer, got {drop!r}: "
            "give 1 to drop the old head."
        )
    if not any(layer.weights for layer in layers[:first]):
        count = len(layer_groups(model))
        raise InputError(
            f"drop must leave at least one of the {count} layers with weights, got {drop!r}: "
            "drop fewer."
        )
    return first


def _free_names(head: list[Any], taken: set[str]) -> list[Any]:
    """The head's layers, cloned under other names where the body has layers of their names.

    Keras numbers the names that it gives from 1 in every process, so a loaded model may have the
    same ones.
    """
    free = []
    for layer in head:
        name, number = layer.name, 1
        while name in taken:
            number += 1
            name = f"{layer.name}_{number}"
        if name != layer.name:
            layer = type(layer).from_config(layer.get_config() | {"name": name})
        taken.add(name)
        free.append(layer)
    return free


def _freeze(reused: keras.Model, names: set[str], trainable: LayerSelection) -> None:
    """Freeze the layers of these names but those that `trainable` selects."""
    opened = [] if trainable == "head" else select_layers(reused, trainable, "trainable")
    for layer in layers_of(reused):
        layer.trainable = layer.name not in names or layer in opened
