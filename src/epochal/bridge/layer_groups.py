"""A model as blocks: each layer that has weights, with what follows it."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import keras

from epochal.errors import InputError, suggest

Block = list[keras.layers.Layer]

# These have weights of their own and belong to the layer before them.
_FOLLOWERS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.RMSNormalization,
    keras.layers.Normalization,
    keras.layers.PReLU,
)


def layers_of(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers in the order of the computation, without the input's."""
    return [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]


def layer_groups(model: keras.Model) -> list[Block]:
    """The layers in groups from the input on: one that has weights, and what follows it.

    An activation, a normalisation or a dropout belongs to the layer before it; what stands before
    the first weights belongs to the first block.
    """
    blocks: list[Block] = [[]]
    begun = False
    for layer in layers_of(model):
        if layer.weights and not isinstance(layer, _FOLLOWERS):
            if begun:
                blocks.append([])
            begun = True
        blocks[-1].append(layer)
    return blocks


def select_layers(model: keras.Model, layers: Any, argument: str) -> list[keras.layers.Layer]:
    """The layers that an argument names: how many blocks from the top, names, layers or "all"."""
    if isinstance(layers, str) and layers == "all":
        return layers_of(model)
    if isinstance(layers, Integral) and not isinstance(layers, bool):
        blocks = layer_groups(model)
        if not 1 <= int(layers) <= len(blocks):
            raise InputError(
                f"{argument} must be from 1 to {len(blocks)}, the layers with weights that the "
                f'model has, got {layers}: give fewer, or "all".'
            )
        return [layer for block in blocks[-int(layers) :] for layer in block]
    if isinstance(layers, str | keras.layers.Layer):
        layers = [layers]
    if not isinstance(layers, Sequence) or not layers:
        raise InputError(
            f'{argument} must be "all", how many layers from the top, or names of layers, got '
            f'{layers!r}: give for example 2 or ["{layers_of(model)[-1].name}"].'
        )
    return [layer_named(model, layer, argument) for layer in layers]


def layer_named(model: keras.Model, layer: Any, argument: str) -> keras.layers.Layer:
    """The layer of that name in `model`; a layer stands for its name."""
    name = getattr(layer, "name", layer)
    by_name = {each.name: each for each in layers_of(model)}
    if name not in by_name:
        near = suggest(name, by_name) or f" Its last layer is {list(by_name)[-1]!r}."
        raise InputError(
            f"{argument} must name layers of the model, but it has none named {name!r}.{near}"
        )
    return by_name[name]
