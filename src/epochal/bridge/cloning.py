"""Copies of a model: its layers made anew from their configuration, with the same weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from epochal.bridge.graph import call_nodes
from epochal.bridge.initial_values import without_compiling, without_drawing
from epochal.bridge.layer_groups import layers_of
from epochal.bridge.optimizer import base_optimizer
from epochal.bridge.state import copy_weights
from epochal.bridge.varied_settings import varied_compiling, varied_layer
from epochal.compat._keras import (
    Functional,
    SafeModeScope,
    compile_config,
    flatten_layers,
    run_through_graph,
)
from epochal.errors import InputError
from epochal.layers import TiedDense
from epochal.optimizers import DiscriminativeRates

# A layer of the original -> the one that takes its place; None leaves it out.
Replacement = Callable[[Any], Any]


def clone_layer(layer: Any) -> Any:
    """A new layer of the same configuration, with weights of its own."""
    return type(layer).from_config(layer.get_config())


@without_drawing()
def clone_model(model: keras.Model, replacement: Replacement = clone_layer) -> keras.Model:
    """A new model with the weights of `model`, compiled as it is, with a fresh optimiser.

    Parameters
    ----------
    model : keras.Model
        A built Sequential or functional model; see `check_layer_graph`.
    replacement : callable
        Makes the layer that takes a layer's place, of the same weights' shapes.

    Raises
    ------
    NotImplementedError
        Where a layer that `replacement` made cannot be built.
    """
    copy, pairs = rebuild(model, replacement)
    for layer, new in pairs:
        if layer.built and not new.built:  # Sequential passes over what its layer can't do
            raise NotImplementedError(f"{layer.name} ({type(layer).__name__}) could not be built")
        copy_weights(layer, new)
    compile_like(copy, model)
    return copy


@without_compiling()
def untrained_copy(model: keras.Model, settings: Mapping[str, Any] | None = None) -> keras.Model:
    """A new model compiled as `model` is, whose trainable layers have drawn their weights anew.

    Layers without trainable weights, frozen or adapted ones, keep theirs. Seeds of initialisers are
    left out, so that copies differ; every draw is Keras', see `seeded_building`. What `settings`
    name replaces what layers, loss and optimiser have; see `settings_known`.
    """
    given = settings or {}

    def clone(layer: Any) -> Any:
        config = _without_seeds(layer.get_config())
        return type(layer).from_config(varied_layer(config, layer, given))

    copy, pairs = rebuild(model, clone)
    for layer, new in pairs:
        if not layer.trainable_variables:
            copy_weights(layer, new)
    compile_like(copy, model)
    if given:
        copy.compile(**varied_compiling(copy, given))
    return copy


def _without_seeds(config: Any) -> Any:
    if isinstance(config, dict):
        return {
            name: None if name == "seed" else _without_seeds(value)
            for name, value in config.items()
        }
    return [_without_seeds(each) for each in config] if isinstance(config, list) else config


@without_compiling()
def clone_lower_layers(
    model: keras.Model, kept: Sequence[keras.Layer], above: Sequence[keras.Layer] = ()
) -> keras.Model:
    """A model of copies of the layers `kept`, the lower ones of `model`, and `above` on them.

    The copies begin with the same weights and share nothing with `model`.

    Raises
    ------
    InputError
        Where the layers `kept` of a functional model do not end in one tensor.
    """
    cloner = _Cloner(clone_layer)
    with SafeModeScope(safe_mode=False):
        if isinstance(model, keras.Sequential):
            copies = [cloner(layer) for layer in kept]
            whole = keras.Sequential([input_like(model.inputs[0]), *copies, *above])
        else:
            lower = cloner.rebuild(_lower_part(model, kept))
            tensor = lower.outputs[0]
            for layer in above:
                tensor = layer(tensor)
            whole = keras.Model(lower.inputs, tensor)
    for layer, new in cloner.pairs:
        copy_weights(layer, new)
    return whole


@without_compiling()
def rebuild(
    model: keras.Model, replacement: Replacement, prefix: str = ""
) -> tuple[keras.Model, list[tuple[Any, Any]]]:
    """The new model, with fresh weights, and each old layer that has weights beside its new one.

    Its name and those of models within it begin with `prefix`.
    """
    cloner = _Cloner(replacement, prefix)
    # A Lambda layer comes from the model in hand, not from a file that might hold anything.
    with SafeModeScope(safe_mode=False):
        return cloner.rebuild(model), cloner.pairs


def input_like(tensor: Any) -> Any:
    """A model's input of the shape, type and name of another's."""
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)


class _Cloner:
    """Makes each layer's replacement once, wherever in the model the layer is called."""

    def __init__(self, replacement: Replacement, prefix: str = "") -> None:
        self.pairs: list[tuple[Any, Any]] = []
        self._replacement, self._prefix = replacement, prefix
        self._made: dict[int, Any] = {}

    def __call__(self, layer: Any) -> Any:
        """What takes the place of `layer`; a nested model is rebuilt layer by layer."""
        if id(layer) not in self._made:
            nested = type(layer) in (keras.Sequential, Functional)
            new = self.rebuild(layer) if nested else self._tied(layer, self._replacement(layer))
            self._made[id(layer)] = new
            if not nested and new is not None and isinstance(layer, keras.Layer):
                self.pairs.append((layer, new))
        return self._made[id(layer)]

    def rebuild(self, model: keras.Model) -> keras.Model:
        """`model` with each of its layers replaced."""
        name = f"{self._prefix}{model.name}"
        if isinstance(model, keras.Sequential):
            layers = [self(layer) for layer in model.layers]
            kept = [layer for layer in layers if layer is not None]
            copy = keras.Sequential([input_like(model.inputs[0]), *kept], name=name)
        else:
            inputs = keras.tree.map_structure(input_like, model.input)
            outputs = run_through_graph(model, inputs, self, _call)
            copy = keras.Model(inputs, outputs, name=name)
        if not model.trainable:
            _freeze(copy)
        return copy

    def _tied(self, layer: Any, new: Any) -> Any:
        """What is tied to a layer is tied to that layer's copy."""
        if not isinstance(new, TiedDense):
            return new
        return TiedDense(**(new.get_config() | {"tied_to": self(layer.tied_to)}))


def _call(operation: Any, *args: Any, **kwargs: Any) -> Any:
    """The operation, or its input where it is left out or nothing stands in its place."""
    first = keras.tree.flatten((args, kwargs))[0]
    if operation is None:
        return first
    if type(operation) is keras.layers.Identity:
        return operation(first)  # without what a normalisation was called with beside it
    return operation(*args, **kwargs)


def _freeze(model: keras.Model) -> None:
    """Freeze the model alone: each of its layers, which it may share, keeps its own flag."""
    layers = flatten_layers(model, include_self=False)
    flags = [layer.trainable for layer in layers]
    model.trainable = False
    for layer, flag in zip(layers, flags, strict=True):
        layer.trainable = flag


def _lower_part(model: keras.Model, kept: Sequence[keras.Layer]) -> keras.Model:
    """The layers `kept` of a functional model, as a view of it."""
    dropped = layers_of(model)[len(kept) :]
    part = keras.Model(model.inputs, _end(model, dropped[0]) if dropped else model.outputs[0])
    if {layer.name for layer in layers_of(part)} != {layer.name for layer in kept}:
        raise _no_single_end(dropped[0])
    return part


def _end(model: keras.Model, dropped: keras.Layer) -> Any:
    """The one tensor that goes to the lowest layer that is left away."""
    nodes = [node for node in call_nodes(model) if node.operation is dropped]
    tensors = [tensor for node in nodes for tensor in node.input_tensors]
    if len(tensors) != 1:
        raise _no_single_end(dropped)
    return tensors[0]


def _no_single_end(layer: keras.Layer) -> InputError:
    return InputError(
        f"drop must cut the model at one tensor, got {layer.name!r}, which several paths bypass: "
        "name a layer where they have come together."
    )


def fresh_optimizer(model: keras.Model, learning_rate: Any = None) -> keras.optimizers.Optimizer:
    """An optimiser like the model's that has not yet made a step; None keeps its present rate."""
    new = clone_optimizer(base_optimizer(model.optimizer))
    if learning_rate is not None:
        new.learning_rate = learning_rate
    return new


def clone_optimizer(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """An optimiser of the same configuration, at its beginning."""
    return type(optimizer).from_config(optimizer.get_config())


def recompile(model: keras.Model, factors: Sequence[float], learning_rate: Any = None) -> None:
    """Compile `model` as it is, with a fresh optimiser.

    Parameters
    ----------
    model : keras.Model
        A compiled model.
    factors : sequence of float, (trainable variables,)
        What each trainable variable's learning rate is multiplied by.
    learning_rate : float or keras.optimizers.schedules.LearningRateSchedule, optional
        None keeps the present one.
    """
    optimizer = fresh_optimizer(model, learning_rate)
    if any(factor != 1 for factor in factors):
        optimizer = DiscriminativeRates(optimizer, factors)
    model.compile(**(compile_config(model) | {"optimizer": optimizer}))


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
