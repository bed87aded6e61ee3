"""The lower layers of a trained model under a new head."""

from numbers import Integral
from typing import Any

import keras

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.cloning import clone_lower_layers, fresh_optimizer
from epochal.bridge.layer_groups import layer_groups, layer_named, layers_of, select_layers
from epochal.errors import InputError
from epochal.models.optimizers import make_optimizer
from epochal.transfer.heads import NewHead, head_for

OPTIMIZER = "nadam"  # the guidelines', where the model has none


def reuse(
    model: keras.Model,
    head: NewHead,
    *,
    drop: int | str = 1,
    trainable: Any = "head",
    seed: int | None = None,
) -> keras.Model:
    """Put a new head on a copy of a trained model's lower layers.

    The copy has its own weights: whatever is trained later, `model` stays as it is, byte for byte.
    Train the head first, then the rest: `epochal.fine_tune` does both. While a layer is frozen its
    batch normalisation uses its moving statistics, and leaves them as they are.

    Parameters
    ----------
    model : keras.Model
        Built; sequential, or a graph of layers with one output. Its layers are counted from the
        top, those with weights only: an activation, a normalisation or a dropout goes with the
        layer before it.
    head : str, int, tuple, keras.layers.Layer or sequence of them
        A task of `epochal.data.ALL_HEADS`: "binary", "regression" or "unit_interval"; a number of
        classes; a task with its number of units, as in ``("multilabel", 5)``; or layers.
    drop : int or str
        How many layers to leave away at the top, 0 or more; or the name of the lowest of them.
    trainable : {"head", "all"}, int, or names or layers
        What is trained besides the head: nothing, everything, how many layers from the top
        (the head's included), or those of these names.
    seed : int, optional
        Decides the weights of a head that is given by its task. None: new ones at every call.

    Returns
    -------
    keras.Model
        Compiled where the head is given by its task: with the task's loss and metrics, and a new
        optimiser like that of `model` (Nadam 0.001 where that has none). Otherwise compile it.

    Raises
    ------
    InputError
        A model that is not built, is a subclass, or has several outputs; a layer that it has not;
        nothing left of it; an unknown task.

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
    new_head, task = head_for(head, seed)
    kept = layers_of(model)[: first_dropped(model, drop)]
    names = {layer.name for layer in kept}
    reused = clone_lower_layers(model, kept, above=_free_names(new_head, set(names)))
    _freeze(reused, names, trainable)
    if task is not None:
        compiled = model.compiled and model.optimizer is not None
        optimizer = fresh_optimizer(model) if compiled else make_optimizer(OPTIMIZER)
        reused.compile(optimizer, task.loss, metrics=list(task.metrics))
    return reused


def check_reusable(model: Any, verb: str) -> None:
    """`InputError` for what has no layers that could be taken one by one."""
    check_layer_graph(model, verb, subclasses=True, instead="reuse its layers in its own code")
    if len(model.outputs) != 1:
        raise InputError(
            f"model must have one output, got {len(model.outputs)}: pass keras.Model(inputs, "
            "output) with the one that you need."
        )


def first_dropped(model: keras.Model, drop: int | str) -> int:
    """The number of the lowest layer that is left away."""
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
    """The head's layers, made again under other names where the body has theirs.

    Keras counts the names that it gives from 1 in every process: those of a model that was loaded
    come again.
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


def _freeze(reused: keras.Model, names: set[str], trainable: Any) -> None:
    """Freeze the layers of these names, but for those that `trainable` asks for."""
    opened = [] if trainable == "head" else select_layers(reused, trainable, "trainable")
    for layer in layers_of(reused):
        layer.trainable = layer.name not in names or layer in opened
