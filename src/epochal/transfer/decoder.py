"""The decoder of an autoencoder: the mirror image of its encoder's Dense layers."""

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

import keras
import numpy as np

from epochal.bridge.layer_groups import LayerGroup, layer_groups
from epochal.errors import InputError
from epochal.layers import TiedDense

# Elementwise activations as layers of their own.
_ACTIVATIONS = (
    keras.layers.Activation,
    keras.layers.ELU,
    keras.layers.LeakyReLU,
    keras.layers.ReLU,
)


class _Step(NamedTuple):
    """A Dense layer of the encoder, and the activation after it: a function or a layer."""

    dense: keras.layers.Dense
    activation: Any


def mirrored_decoder(
    encoder: keras.Model, *, tied: bool, output: str, seed: int | None
) -> list[keras.layers.Layer]:
    """Layers from the output of `encoder` back to the shape of its input.

    Each Dense layer has a counterpart, whose activation is that of the layer below it; the last
    one's is `output`. With `tied` they use the encoder's kernels, transposed.
    """
    steps = [_step(group) for group in layer_groups(encoder)]
    seeds = iter(np.random.SeedSequence(seed).generate_state(len(steps)).tolist())
    numbers = count(1)
    layers: list[keras.layers.Layer] = []
    for index in reversed(range(len(steps))):
        activation = steps[index - 1].activation if index else keras.activations.get(output)
        layers += _counterpart(steps[index].dense, activation, tied, next(numbers), seeds)
    shape = tuple(encoder.inputs[0].shape[1:])
    if len(shape) > 1:
        layers.append(keras.layers.Reshape(shape, name="decoder_shape"))
    return layers


def _step(group: LayerGroup) -> _Step:
    dense = next(layer for layer in group if layer.weights)
    if not isinstance(dense, keras.layers.Dense):
        raise InputError(
            "model must have no weights but those of Dense layers for a decoder to mirror, got "
            f"{dense.name!r}, a {type(dense).__name__}: give decoder=[layers] that end in the "
            "shape of an input row."
        )
    if dense.activation is not keras.activations.linear:
        return _Step(dense, dense.activation)
    apart = [layer for layer in group if isinstance(layer, _ACTIVATIONS)]
    return _Step(dense, apart[0] if apart else keras.activations.linear)


def _counterpart(
    dense: keras.layers.Dense, activation: Any, tied: bool, number: int, seeds: Iterator[int]
) -> list[keras.layers.Layer]:
    name = f"decoder_{number}"
    apart = isinstance(activation, keras.layers.Layer)
    function = None if apart else activation
    layers: list[keras.layers.Layer]
    if tied:
        layers = [TiedDense(dense, function, name=name)]
    else:
        initializer = _seeded(dense.kernel_initializer, next(seeds))
        width = int(dense.kernel.shape[0])
        layers = [keras.layers.Dense(width, function, kernel_initializer=initializer, name=name)]
    if apart:
        config = activation.get_config() | {"name": f"decoder_activation_{number}"}
        layers.append(type(activation).from_config(config))
    return layers


def _seeded(initializer: Any, seed: int) -> Any:
    """An initialiser of the same configuration, seeded with `seed`."""
    config = initializer.get_config()
    return type(initializer).from_config(config | {"seed": seed} if "seed" in config else config)
