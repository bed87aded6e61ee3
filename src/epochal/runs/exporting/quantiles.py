"""Quantiles of mixtures of distributions, as operators of ONNX: by halving an interval.

They are there for families whose distribution function has operators of ONNX.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from epochal.distributions import Family, Gaussian, GaussianMixture, Quantiles
from epochal.runs.exporting.arithmetic import Number
from epochal.runs.exporting.graph import OnnxGraph
from epochal.runs.exporting.moments import (
    numbers,
    parameters_of,
    part_of,
    scale_and_offset,
    sum_of,
)
from epochal.runs.network import TargetScale

HALVINGS = 32
_REACH = 6.0  # deviations from the mean of a normal distribution: beyond all levels
_PARTS = 2  # the axis of what is mixed


class _Mixed(NamedTuple):
    """The distribution function of values (rows, outputs, 1, levels), and ends of all quantiles."""

    cdf: Callable[[Number], str]
    low: Number
    high: Number


def has_quantiles(family: Family) -> bool:
    """Whether those of its mixtures can be had."""
    return type(family) in _OF_FAMILY


def quantiles_of_mixture(
    graph: OnnxGraph,
    family: Family,
    given: str,
    weights: Sequence[float],
    *,
    outputs: int,
    units: TargetScale | None,
    levels: Sequence[float],
) -> list[str]:
    """Those of what several networks predict, in the units of the targets, (rows, outputs) each.

    Parameters
    ----------
    graph, family, given, weights, outputs, units
        As in `epochal.runs.exporting.moments.of_mixture`.
    levels : sequence of float
        From 0.01 to 0.99.
    """
    parameters = parameters_of(graph, family, given, outputs=outputs, networks=len(weights))
    mixed = _OF_FAMILY[type(family)](graph, family, parameters, weights)
    asked = graph.constant(levels, np.float32)
    low, high = (end + numbers(graph, np.zeros(len(levels))) for end in (mixed.low, mixed.high))
    for _ in range(HALVINGS):
        middle = (low + high) * 0.5
        below = graph.add("Squeeze", mixed.cdf(middle), graph.constant([_PARTS], np.int64))
        enough = graph.add("GreaterOrEqual", below, asked)
        enough = graph.add("Unsqueeze", enough, graph.constant([_PARTS], np.int64))
        low = Number(graph, graph.add("Where", enough, low.name, middle.name))
        high = Number(graph, graph.add("Where", enough, middle.name, high.name))
    found = Number(graph, graph.add("Squeeze", high.name, graph.constant([_PARTS], np.int64)))
    if units is not None:
        scale, offset = scale_and_offset(graph, units)
        found = found * scale + offset
    return [
        graph.add("Gather", found.name, graph.constant(at, np.int64), axis=2)
        for at in range(len(levels))
    ]


def _gaussian(
    graph: OnnxGraph, family: Family, parameters: str, weights: Sequence[float]
) -> _Mixed:
    mean, variance = (part_of(graph, parameters, at) for at in range(2))
    shares = numbers(graph, np.reshape(weights, (-1, 1)))
    return _normals(graph, shares, *(_with_levels(graph, each) for each in (mean, variance)))


def _mixture(graph: OnnxGraph, family: Any, parameters: str, weights: Sequence[float]) -> _Mixed:
    count = family.components
    flat = graph.constant([0, 0, -1, 1], np.int64)
    own, mean, variance = (
        part_of(graph, parameters, *range(at * count, (at + 1) * count)) for at in range(3)
    )
    shares = own * numbers(graph, np.reshape(weights, (-1, 1)))
    parts = (graph.add("Reshape", each.name, flat) for each in (shares, mean, variance))
    return _normals(graph, *(Number(graph, each) for each in parts))


def _normals(graph: OnnxGraph, shares: Number, mean: Number, variance: Number) -> _Mixed:
    deviation = Number(graph, graph.add("Sqrt", variance.name))
    scale = deviation * np.sqrt(2.0)
    halves = graph.cast((shares * 0.5).name, np.float32)

    def cdf(values: Number) -> str:
        # The error function is that of float32: ONNX Runtime has no other.
        z = graph.cast(((values - mean) / scale).name, np.float32)
        twice = graph.add("Add", graph.add("Erf", z), graph.constant(1.0, np.float32))
        product = graph.add("Mul", twice, halves)
        return graph.add("ReduceSum", product, graph.constant([_PARTS], np.int64), keepdims=1)

    reach = deviation * _REACH
    return _Mixed(
        cdf, _end(graph, "ReduceMin", mean - reach), _end(graph, "ReduceMax", mean + reach)
    )


def _pieces(graph: OnnxGraph, family: Any, parameters: str, weights: Sequence[float]) -> _Mixed:
    pieces = family.frozen(np.eye(family.size))
    flat = graph.constant([0, 0, -1, 1], np.int64)
    low, high = (
        graph.add("Reshape", graph.add("MatMul", parameters, numbers(graph, each).name), flat)
        for each in (pieces.knots[:, :-1], pieces.knots[:, 1:])
    )
    first, last = Number(graph, low), Number(graph, high)
    # Pieces without a width are steps: next to none makes them so.
    least = graph.constant(np.finfo(np.float32).tiny, np.float64)
    width = Number(graph, graph.add("Max", (last - first).name, least))
    mass = numbers(graph, np.outer(weights, np.diff(pieces.levels)).reshape(-1, 1))
    zero, one = (graph.constant(each, np.float64) for each in (0.0, 1.0))

    def cdf(values: Number) -> str:
        share = graph.add("Clip", ((values - first) / width).name, zero, one)
        found = sum_of(graph, mass * Number(graph, share), _PARTS, keep=True)
        return graph.cast(found.name, np.float32)

    return _Mixed(cdf, _end(graph, "ReduceMin", first), _end(graph, "ReduceMax", last))


def _with_levels(graph: OnnxGraph, values: Number) -> Number:
    return Number(graph, graph.add("Unsqueeze", values.name, graph.constant([3], np.int64)))


def _end(graph: OnnxGraph, operator: str, values: Number) -> Number:
    """The least or the largest of what is mixed."""
    return Number(graph, graph.add(operator, values.name, axes=[_PARTS], keepdims=1))


_OF_FAMILY: dict[type[Family], Callable[[OnnxGraph, Any, str, Sequence[float]], _Mixed]] = {
    Gaussian: _gaussian,
    GaussianMixture: _mixture,
    Quantiles: _pieces,
}
