"""A Keras network as operators of ONNX, layer by layer."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.bridge.graph import call_nodes
from epochal.compat._keras import functional_of
from epochal.errors import InputError
from epochal.runs.exporting.distributions import LAYERS_OF_DISTRIBUTIONS
from epochal.runs.exporting.graph import OnnxGraph
from epochal.runs.network import TARGET_UNITS


def add_network(graph: OnnxGraph, model: keras.Model, features: str) -> str:
    """The outputs of the network, (rows, outputs): float64 where they are in units of a target.

    Raises
    ------
    InputError
        A layer or an activation that has no rule here.
    """
    functional: Any = functional_of(model) or model
    values = {id(functional.inputs[0]): features}
    for node in call_nodes(model):
        layer = node.operation
        if type(layer) not in LAYERS:
            raise _refused(f"the layer {layer.name!r}, a {type(layer).__name__}")
        given = [values[id(tensor)] for tensor in node.input_tensors]
        values[id(node.outputs[0])] = LAYERS[type(layer)](graph, layer, *given)
    return values[id(functional.outputs[0])]


def _refused(what: str) -> InputError:
    return InputError(
        "The run must have a network of dense layers, normalisation and known activations to be "
        f"exported, got {what}: train with another --network."
    )


def _dense(graph: OnnxGraph, layer: Any, x: str) -> str:
    parameters = [graph.constant(_numbers(layer.kernel), np.float32)]
    if layer.use_bias:
        parameters.append(graph.constant(_numbers(layer.bias), np.float32))
    return _activated(graph, layer, graph.add("Gemm", x, *parameters))


def _activated(graph: OnnxGraph, layer: Any, x: str) -> str:
    function = layer.activation
    if function not in ACTIVATIONS:
        name = getattr(function, "__name__", type(function).__name__)
        raise _refused(f"the activation {name!r} in the layer {layer.name!r}")
    return ACTIVATIONS[function](graph, x)


def _normalized(graph: OnnxGraph, layer: Any, x: str) -> str:
    deviation = np.sqrt(_numbers(layer.moving_variance) + layer.epsilon)
    factor = (_numbers(layer.gamma) if layer.scale else 1.0) / deviation
    offset = (_numbers(layer.beta) if layer.center else 0.0) - _numbers(layer.moving_mean) * factor
    scaled = graph.add("Mul", x, graph.constant(factor, np.float32))
    return graph.add("Add", scaled, graph.constant(offset, np.float32))


def _rescaled(graph: OnnxGraph, layer: Any, x: str) -> str:
    """The one that gives the units of the target in float64, as `predict_in_target_units` does."""
    dtype = np.dtype(np.float64 if layer.name == TARGET_UNITS else np.float32)
    if layer.name == TARGET_UNITS:
        x = graph.cast(x, dtype)
    scaled = graph.add("Mul", x, graph.constant(np.asarray(layer.scale, dtype)))
    return graph.add("Add", scaled, graph.constant(np.asarray(layer.offset, dtype)))


def _same(graph: OnnxGraph, layer: Any, x: str) -> str:
    """What does nothing in a prediction."""
    return x


def _operator(name: str, **attributes: Any) -> Callable[..., str]:
    """An activation that is an operator of ONNX."""
    return lambda graph, x: graph.add(name, x, **attributes)


def _concatenated(graph: OnnxGraph, layer: Any, *given: str) -> str:
    return graph.add("Concat", *given, axis=layer.axis)


def _merge(name: str) -> Callable[..., str]:
    """A layer of several inputs that is an operator of ONNX."""
    return lambda graph, layer, *given: graph.add(name, *given)


def _mish(graph: OnnxGraph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def _silu(graph: OnnxGraph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _numbers(variable: Any) -> NDArray:
    return np.asarray(keras.ops.convert_to_numpy(variable), np.float64)


ACTIVATIONS: dict[Any, Callable[..., str]] = {
    keras.activations.linear: lambda graph, x: x,
    keras.activations.elu: _operator("Elu"),
    keras.activations.selu: _operator("Selu"),
    keras.activations.relu: _operator("Relu"),
    keras.activations.leaky_relu: _operator("LeakyRelu", alpha=0.2),
    keras.activations.mish: _mish,
    keras.activations.silu: _silu,
    keras.activations.sigmoid: _operator("Sigmoid"),
    keras.activations.softmax: _operator("Softmax", axis=-1),
    keras.activations.softplus: _operator("Softplus"),
    keras.activations.tanh: _operator("Tanh"),
}

LAYERS: dict[type, Callable[..., str]] = {
    keras.layers.Activation: _activated,
    keras.layers.Add: _merge("Sum"),
    keras.layers.AlphaDropout: _same,
    keras.layers.Average: _merge("Mean"),
    keras.layers.BatchNormalization: _normalized,
    keras.layers.Concatenate: _concatenated,
    keras.layers.Dense: _dense,
    keras.layers.Dropout: _same,
    keras.layers.Rescaling: _rescaled,
    **LAYERS_OF_DISTRIBUTIONS,
}
