"""Lower layers of a model as a model of their own, with weights of their own."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import Layer

from epochal.bridge.layer_groups import layers_of
from epochal.bridge.state import copy_weights
from epochal.compat._keras import nodes_by_depth
from epochal.errors import InputError
from epochal.layers import TiedDense


def copied(model: keras.Model, kept: Sequence[Layer], above: Sequence[Layer] = ()) -> keras.Model:
    """A model of copies of the layers `kept`, the lower ones of `model`, and `above` on them.

    The copies begin with the same weights and share nothing with `model`. What is tied to a layer
    is tied to that layer's copy.
    """
    clone = _cloner()
    if isinstance(model, keras.Sequential):
        copies = [clone(layer) for layer in kept]
        whole = keras.Sequential([input_like(model.inputs[0]), *copies, *above])
    else:
        twin = keras.models.clone_model(_part(model, kept), clone_function=clone)
        tensor = twin.outputs[0]
        for layer in above:
            tensor = layer(tensor)
        whole = keras.Model(twin.inputs, tensor)
    for layer in kept:
        copy_weights(layer, whole.get_layer(layer.name))
    return whole


def input_like(tensor: Any) -> Any:
    """A model's input of the shape and type of another's."""
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)


def _cloner() -> Callable[[Layer], Layer]:
    made: dict[int, Layer] = {}

    def clone(layer: Layer) -> Layer:
        if id(layer) in made:
            return made[id(layer)]
        if isinstance(layer, TiedDense) and id(layer.tied_to) in made:
            config = layer.get_config() | {"tied_to": made[id(layer.tied_to)]}
            made[id(layer)] = TiedDense(**config)
        else:
            made[id(layer)] = type(layer).from_config(layer.get_config())
        return made[id(layer)]

    return clone


def _part(model: keras.Model, kept: Sequence[Layer]) -> keras.Model:
    """The layers `kept` of a graph, as a view of it."""
    dropped = layers_of(model)[len(kept) :]
    part = keras.Model(model.inputs, _end(model, dropped[0]) if dropped else model.outputs[0])
    if {layer.name for layer in layers_of(part)} != {layer.name for layer in kept}:
        raise _no_single_end(dropped[0])
    return part


def _end(model: keras.Model, dropped: Layer) -> Any:
    """The one tensor that goes to the lowest layer that is left away."""
    nodes = [node for node in nodes_by_depth(model) if node.operation is dropped]
    tensors = [tensor for node in nodes for tensor in node.input_tensors]
    if len(tensors) != 1:
        raise _no_single_end(dropped)
    return tensors[0]


def _no_single_end(layer: Layer) -> InputError:
    return InputError(
        f"drop must cut the model at one tensor, but several paths lead past {layer.name!r}: "
        "name a layer where they have come together."
    )
