"""The heads of networks that predict distributions, and the means of these, as operators of ONNX.

The parameters are those of `epochal.layers.heads`, (rows, outputs, parameters).
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from epochal.layers import (
    DistributionMean,
    GaussianHead,
    GaussianMixtureHead,
    NegativeBinomialHead,
    PoissonHead,
    QuantileHead,
    StudentTHead,
)
from epochal.layers.heads import LARGEST_LOG, LEAST
from epochal.runs.exporting.graph import OnnxGraph


def head(graph: OnnxGraph, layer: Any, x: str) -> str:
    """The parameters of the distributions."""
    kernel, bias = (keras.ops.convert_to_numpy(each) for each in (layer.kernel, layer.bias))
    raw = graph.add("Gemm", x, graph.constant(kernel, np.float32), graph.constant(bias, np.float32))
    shape = graph.constant([-1, layer.outputs, layer.distribution.size], np.int64)
    return _PARAMETERS[type(layer)](graph, layer, graph.add("Reshape", raw, shape))


def mean(graph: OnnxGraph, layer: DistributionMean, parameters: str) -> str:
    """The means, (rows, outputs)."""
    weights = layer.parameter_weights
    if weights is None:
        shares, means = (_third(graph, parameters, layer.input.shape[-1], at) for at in (0, 1))
        product = graph.add("Mul", shares, means)
    else:
        product = graph.add("Mul", parameters, graph.constant(weights, np.float32))
    return graph.add("ReduceSum", product, graph.constant([2], np.int64), keepdims=0)


def _gaussian(graph: OnnxGraph, layer: Any, raw: str) -> str:
    return _joined(graph, _part(graph, raw, 0), _positive(graph, _part(graph, raw, 1)))


def _student_t(graph: OnnxGraph, layer: Any, raw: str) -> str:
    location, scale, degrees = (_part(graph, raw, at) for at in range(3))
    more = graph.add("Mul", _positive(graph, degrees), graph.constant(10, np.float32))
    return _joined(graph, location, _positive(graph, scale), _plus(graph, more, 2.01))


def _quantiles(graph: OnnxGraph, layer: Any, raw: str) -> str:
    size = layer.distribution.size
    steps = _joined(
        graph, _part(graph, raw, 0), _positive(graph, _part(graph, raw, *range(1, size)))
    )
    return graph.add("CumSum", steps, graph.constant(2, np.int64))


def _mixture(graph: OnnxGraph, layer: Any, raw: str) -> str:
    shares, means, spreads = (_third(graph, raw, layer.distribution.size, at) for at in range(3))
    shares = graph.add("Softmax", shares, axis=2)
    return _joined(graph, shares, means, _positive(graph, spreads))


def _poisson(graph: OnnxGraph, layer: Any, raw: str) -> str:
    return _rate(graph, raw)


def _negative_binomial(graph: OnnxGraph, layer: Any, raw: str) -> str:
    dispersion = _plus(graph, _positive(graph, _part(graph, raw, 1)), 1e-3)
    return _joined(graph, _rate(graph, _part(graph, raw, 0)), dispersion)


def _third(graph: OnnxGraph, values: str, size: int, at: int) -> str:
    return _part(graph, values, *range(at * size // 3, (at + 1) * size // 3))


def _part(graph: OnnxGraph, values: str, *places: int) -> str:
    """Some of the last axis."""
    return graph.add("Gather", values, graph.constant(places, np.int64), axis=2)


def _joined(graph: OnnxGraph, *parts: str) -> str:
    return graph.add("Concat", *parts, axis=2)


def _positive(graph: OnnxGraph, raw: str) -> str:
    return _plus(graph, graph.add("Softplus", raw), LEAST)


def _rate(graph: OnnxGraph, raw: str) -> str:
    largest = graph.constant(LARGEST_LOG, np.float32)
    bounded = graph.add("Tanh", graph.add("Div", raw, largest))
    return _plus(graph, graph.add("Exp", graph.add("Mul", bounded, largest)), LEAST)


def _plus(graph: OnnxGraph, values: str, number: float) -> str:
    return graph.add("Add", values, graph.constant(number, np.float32))


_PARAMETERS: dict[type, Callable[[OnnxGraph, Any, str], str]] = {
    GaussianHead: _gaussian,
    StudentTHead: _student_t,
    QuantileHead: _quantiles,
    GaussianMixtureHead: _mixture,
    PoissonHead: _poisson,
    NegativeBinomialHead: _negative_binomial,
}

LAYERS_OF_DISTRIBUTIONS: dict[type, Callable[..., str]] = {
    DistributionMean: mean,
    **dict.fromkeys(_PARAMETERS, head),
}
