"""Which inputs of a model are indices, such as those of an `Embedding`: they are never rounded."""

from typing import Any

import keras

from epochal.bridge.graph import call_nodes
from epochal.compat._keras import Functional, flatten_layers
from epochal.data.arrays import check_indices

_layers = keras.layers
_LOOK_UP = (
    *(_layers.Embedding, _layers.CategoryEncoding, _layers.IntegerLookup),
    *(_layers.Hashing, _layers.HashedCrossing),
)
# Layers that pass indices on as they are.
_PASS_ON = (_layers.Reshape, _layers.Flatten, _layers.Permute, _layers.Identity)


def index_inputs(model: keras.Model, count: int) -> list[bool]:
    """Whether each of `count` inputs holds indices; all or none where the layers do not tell."""
    looks_up = any(isinstance(layer, _LOOK_UP) for layer in flatten_layers(model))
    inputs = getattr(model, "inputs", None) or []
    whole = [keras.backend.is_int_dtype(tensor.dtype) for tensor in inputs]
    if len(inputs) != count:
        return [looks_up or any(whole)] * count
    if count == 1 or not isinstance(model, keras.Sequential | Functional):
        return [looks_up or each for each in whole]
    return [
        each or _is_looked_up(model, tensor) for each, tensor in zip(whole, inputs, strict=True)
    ]


def _is_looked_up(model: keras.Model, tensor: Any) -> bool:
    """Whether an input reaches a layer that looks its values up."""
    same = {id(tensor)}
    for node in call_nodes(model):
        if same.isdisjoint(map(id, node.input_tensors)):
            continue
        layer = node.operation
        if isinstance(layer, _PASS_ON):
            same.update(map(id, node.outputs))
        elif any(isinstance(each, _LOOK_UP) for each in _layers_of(layer)):
            return True
    return False


def _layers_of(operation: Any) -> list[keras.Layer]:
    return flatten_layers(operation) if isinstance(operation, keras.Layer) else []


def check_batch_indices(model: keras.Model, x: Any, y: Any, names: tuple[str, str, str]) -> None:
    """Refuse indices, and labels of a sparse loss, that do not fit into the engines' int32.

    Raises
    ------
    InputError
        With the first such value; see `epochal.data.arrays.check_indices`.
    """
    leaves = [leaf for leaf in keras.tree.flatten(x) if leaf is not None]
    for leaf, index in zip(leaves, index_inputs(model, len(leaves)), strict=True):
        if index:
            check_indices(leaf, names[0])
    loss = getattr(model.loss, "name", model.loss) if model.compiled else None
    if y is not None and isinstance(loss, str) and loss.lower().startswith("sparse"):
        for leaf in keras.tree.flatten(y):
            check_indices(leaf, names[1])
