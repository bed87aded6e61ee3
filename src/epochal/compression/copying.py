"""A model built once more from its configuration: other layers where wanted, the same weights."""

from collections.abc import Callable
from typing import Any

import keras

from epochal.bridge.state import copy_weights
from epochal.compat._keras import (
    Functional,
    SafeModeScope,
    compile_config,
    functional_of,
    run_through_graph,
)
from epochal.errors import InputError
from epochal.layers import TiedDense

# A layer of the original -> the one that takes its place; None leaves it out.
Replacement = Callable[[Any], Any]


def check_model(model: Any, verb: str) -> None:
    """Refuse what `verb` can't take apart: anything but a built Sequential or functional model."""
    if not isinstance(model, keras.Model):
        raise InputError(
            f"model must be a keras.Model, got {type(model).__name__}: "
            f"give {verb} the model itself."
        )
    if type(model) not in (keras.Sequential, Functional):
        raise InputError(
            f"model must be a keras.Sequential or a functional keras.Model, got the subclass "
            f"{type(model).__name__}, whose call is code that {verb} cannot read: rebuild it as "
            "keras.Model(inputs, outputs)."
        )
    if not model.built or (isinstance(model, keras.Sequential) and functional_of(model) is None):
        raise InputError(
            f"model must be built before {verb} can read its layers, got {model.name!r} without "
            "weights: give it a keras.Input or call it on one batch."
        )


def same(layer: Any) -> Any:
    """A new layer of the same configuration."""
    return type(layer).from_config(layer.get_config())


def copy_of(model: keras.Model, replacement: Replacement = same) -> keras.Model:
    """A new model with the weights of `model`, compiled as it is, with a fresh optimiser."""
    copy, pairs = rebuilt(model, replacement)
    for layer, new in pairs:
        if layer.built and not new.built:  # Sequential passes over what its layer can't do
            raise NotImplementedError(f"{layer.name} ({type(layer).__name__}) could not be built")
        copy_weights(layer, new)
    compile_like(copy, model)
    return copy


def rebuilt(
    model: keras.Model, replacement: Replacement
) -> tuple[keras.Model, list[tuple[Any, Any]]]:
    """The new model, with fresh weights, and each old layer that has weights beside its new one."""
    made: dict[int, Any] = {}
    pairs: list[tuple[Any, Any]] = []

    def new(layer: Any) -> Any:
        if id(layer) not in made:
            nested = type(layer) in (keras.Sequential, Functional)
            made[id(layer)] = _rebuilt(layer, new) if nested else _tied(replacement(layer), layer)
            if not nested and made[id(layer)] is not None and isinstance(layer, keras.Layer):
                pairs.append((layer, made[id(layer)]))
        return made[id(layer)]

    def _tied(copy: Any, layer: Any) -> Any:
        """What is tied to a layer is tied to that layer's copy."""
        if not isinstance(copy, TiedDense):
            return copy
        return TiedDense(**(copy.get_config() | {"tied_to": new(layer.tied_to)}))

    # A Lambda layer comes from the model in hand, not from a file that might hold anything.
    with SafeModeScope(safe_mode=False):
        return _rebuilt(model, new), pairs


def _rebuilt(model: keras.Model, new: Replacement) -> keras.Model:
    if isinstance(model, keras.Sequential):
        layers = [new(layer) for layer in model.layers]
        first = model.inputs[0]
        start = keras.Input(batch_shape=first.shape, dtype=first.dtype, name=first.name)
        copy = keras.Sequential(
            [start, *(layer for layer in layers if layer is not None)], name=model.name
        )
    else:
        inputs = keras.tree.map_structure(
            lambda x: keras.Input(batch_shape=x.shape, dtype=x.dtype, name=x.name), model.input
        )
        outputs = run_through_graph(model, inputs, new, _call)
        copy = keras.Model(inputs, outputs, name=model.name)
    if not model.trainable:
        copy.trainable = False
    return copy


def _call(operation: Any, *args: Any, **kwargs: Any) -> Any:
    """The operation, or its input where it is left out or nothing stands in its place."""
    first = keras.tree.flatten((args, kwargs))[0]
    if operation is None:
        return first
    if type(operation) is keras.layers.Identity:
        return operation(first)  # without what a normalisation was called with beside it
    return operation(*args, **kwargs)


def compile_like(copy: keras.Model, model: keras.Model) -> None:
    """Compile `copy` as `model` is, with an optimiser and metrics of its own."""
    if not model.compiled:
        return
    # Not through `get_compile_config`, which can't bring back a loss that is a plain function.
    config = compile_config(model)
    copy.compile(**{name: keras.tree.map_structure(_own, part) for name, part in config.items()})


def _own(part: Any) -> Any:
    stateful = isinstance(part, keras.optimizers.Optimizer | keras.metrics.Metric)
    return type(part).from_config(part.get_config()) if stateful else part
