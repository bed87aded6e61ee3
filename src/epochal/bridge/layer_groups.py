"""A model's layers in groups: each layer that has weights, with what follows it."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeAlias

import keras
from keras import Layer

from epochal.errors import InputError, suggest

LayerGroup = list[keras.layers.Layer]
# Layers as an argument: "all", how many groups from the top, or layers by themselves or by name.
LayerSelection: TypeAlias = str | int | Layer | Sequence[str | Layer]

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


def layer_groups(model: keras.Model) -> list[LayerGroup]:
    """The layers in groups from the input on: one that has weights, and what follows it.

    An activation, a normalisation or a dropout belongs to the layer before it; what comes before
    the first layer with weights belongs to the first group.
    """
    groups: list[LayerGroup] = [[]]
    begun = False
    for layer in layers_of(model):
        if layer.weights and not isinstance(layer, _FOLLOWERS):
            if begun:
                groups.append([])
            begun = True
        groups[-1].append(layer)
    return groups


def select_layers(
    model: keras.Model, layers: LayerSelection, argument: str
) -> list[keras.layers.Layer]:
    """The layers that an argument selects.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model.
    layers : "all", int, str, keras.layers.Layer or sequence of them
        How many groups from the top, or names of layers; a layer stands for its name.
    argument : str
        What messages call it.

    Raises
    ------
    InputError
        A number of groups or a name that the model does not have.
    """
    if isinstance(layers, str) and layers == "all":
        return layers_of(model)
    if isinstance(layers, Integral) and not isinstance(layers, bool):
        groups = layer_groups(model)
        if not 1 <= int(layers) <= len(groups):
            raise InputError(
                f"{argument} must be from 1 to {len(groups)}, the number of layers with weights, "
                f'got {layers}: give fewer, or "all".'
            )
        return [layer for group in groups[-int(layers) :] for layer in group]
    if isinstance(layers, str | keras.layers.Layer):
        layers = [layers]
    if not isinstance(layers, Sequence) or not layers:
        raise InputError(
            f'{argument} must be "all", a number of layers from the top, or names of layers, got '
            f'{layers!r}: give for example 2 or ["{layers_of(model)[-1].name}"].'
        )
    return [layer_named(model, layer, argument) for layer in layers]


def layer_named(model: keras.Model, layer: Any, argument: str) -> keras.layers.Layer:
    """The layer of that name in `model`; a layer stands for its name."""
    name = getattr(layer, "name", layer)
    by_name = {each.name: each for each in layers_of(model)}
    if name not in by_name:
        near = suggest(name, by_name) or f" The last layer is {list(by_name)[-1]!r}."
        raise InputError(f"{argument} must name layers of the model, got {name!r}.{near}")
    return by_name[name]
