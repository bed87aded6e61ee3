"""Means and variances of mixtures of distributions, as operators of ONNX, in float64.

Parameters are (rows, outputs, networks, parameters), what is told of them (rows, outputs,
networks), and of their mixture (rows, outputs).
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from epochal.distributions import (
    Family,
    Gaussian,
    GaussianMixture,
    NegativeBinomial,
    Poisson,
    Quantiles,
    StudentT,
)
from epochal.runs.exporting.arithmetic import Number
from epochal.runs.exporting.graph import OnnxGraph
from epochal.runs.network import TargetScale

_NETWORKS, _PARAMETERS = 2, 3  # axes


class Moments(NamedTuple):
    """Names of means and variances."""

    mean: str
    variance: str


def of_mixture(
    graph: OnnxGraph,
    family: Family,
    given: str,
    weights: Sequence[float],
    *,
    outputs: int,
    units: TargetScale | None,
) -> Moments:
    """Mean and variance of what several networks predict, in the units of the targets.

    Parameters
    ----------
    graph : OnnxGraph
    family : Family
    given : str
        What the networks give side by side, float32 (rows, outputs, networks * parameters).
    weights : sequence of float
        How much each network counts.
    outputs : int
    units : TargetScale or None
        None for counts.
    """
    parameters = parameters_of(graph, family, given, outputs=outputs, networks=len(weights))
    mean, variance = (
        Number(graph, name) for name in _OF_FAMILY[type(family)](graph, family, parameters)
    )
    if units is not None:
        scale, offset = scale_and_offset(graph, units)
        mean, variance = mean * scale + offset, variance * scale * scale
    shares = numbers(graph, weights)
    apart = mean - sum_of(graph, mean * shares, _NETWORKS, keep=True)
    whole = sum_of(graph, (variance + apart * apart) * shares, _NETWORKS)
    return Moments(sum_of(graph, mean * shares, _NETWORKS).name, whole.name)


def parameters_of(
    graph: OnnxGraph, family: Family, given: str, *, outputs: int, networks: int
) -> str:
    """Those of each network by itself, (rows, outputs, networks, parameters)."""
    shape = graph.constant([-1, outputs, networks, family.size], np.int64)
    return graph.add("Reshape", graph.cast(given, np.float64), shape)


def _gaussian(graph: OnnxGraph, family: Family, parameters: str) -> Moments:
    return Moments(part_of(graph, parameters, 0).name, part_of(graph, parameters, 1).name)


def _student_t(graph: OnnxGraph, family: Family, parameters: str) -> Moments:
    location, scale, degrees = (part_of(graph, parameters, at) for at in range(3))
    return Moments(location.name, (scale * scale * degrees / (degrees - 2)).name)


def _poisson(graph: OnnxGraph, family: Family, parameters: str) -> Moments:
    rate = part_of(graph, parameters, 0).name
    return Moments(rate, rate)


def _negative_binomial(graph: OnnxGraph, family: Family, parameters: str) -> Moments:
    mean, dispersion = part_of(graph, parameters, 0), part_of(graph, parameters, 1)
    return Moments(mean.name, (mean + dispersion * mean * mean).name)


def _mixture(graph: OnnxGraph, family: Any, parameters: str) -> Moments:
    count = family.components
    shares, means, variances = (
        part_of(graph, parameters, *range(at * count, (at + 1) * count)) for at in range(3)
    )
    mean = sum_of(graph, shares * means, _PARAMETERS, keep=True)
    apart = means - mean
    variance = sum_of(graph, shares * (variances + apart * apart), _PARAMETERS)
    return Moments(sum_of(graph, mean, _PARAMETERS).name, variance.name)


def _quantiles(graph: OnnxGraph, family: Any, parameters: str) -> Moments:
    # The ends of the pieces hang on the quantiles linearly.
    pieces = family.frozen(np.eye(family.size))
    mass = numbers(graph, np.diff(pieces.levels))
    low, high = (
        Number(graph, graph.add("MatMul", parameters, numbers(graph, part).name))
        for part in (pieces.knots[:, :-1], pieces.knots[:, 1:])
    )
    mean = sum_of(graph, mass * (low + high) / 2, _PARAMETERS, keep=True)
    low, high = low - mean, high - mean
    variance = sum_of(graph, mass * (low * low + low * high + high * high) / 3, _PARAMETERS)
    return Moments(sum_of(graph, mean, _PARAMETERS).name, variance.name)


def part_of(graph: OnnxGraph, values: str, *places: int) -> Number:
    """Some of the parameters; of a single one without its axis."""
    chosen = graph.constant(places[0] if len(places) == 1 else places, np.int64)
    return Number(graph, graph.add("Gather", values, chosen, axis=_PARAMETERS))


def sum_of(graph: OnnxGraph, values: Number, axis: int, *, keep: bool = False) -> Number:
    """The sum along an axis."""
    axes = graph.constant([axis], np.int64)
    return Number(graph, graph.add("ReduceSum", values.name, axes, keepdims=int(keep)))


def scale_and_offset(graph: OnnxGraph, units: TargetScale) -> tuple[Number, Number]:
    """Those of each output, (outputs, 1)."""
    scale, offset = (np.reshape(part, (-1, 1)) for part in (units.std, units.mean))
    return numbers(graph, scale), numbers(graph, offset)


def numbers(graph: OnnxGraph, values: Any) -> Number:
    """Constants."""
    return Number(graph, graph.constant(values, np.float64))


_OF_FAMILY: dict[type[Family], Callable[[OnnxGraph, Any, str], Moments]] = {
    Gaussian: _gaussian,
    StudentT: _student_t,
    Quantiles: _quantiles,
    GaussianMixture: _mixture,
    Poisson: _poisson,
    NegativeBinomial: _negative_binomial,
}
