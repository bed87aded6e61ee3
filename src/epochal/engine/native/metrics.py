"""Metrics that the extension does not know, from the predictions that it hands out."""

from typing import Any

import numpy as np

from epochal.engine.graph import Graph, HostMetric
from epochal.engine.protocol import Block

AT_ONCE = 32  # batches; a metric's functions are traced for each shape that they are given


def room_for_predictions(chain: Graph, block: Block, steps: int) -> np.ndarray | None:
    """Room for the predictions of so many steps, (steps, batch size, ...), if they are needed."""
    if not chain.measured:
        return None
    return np.empty((steps, block.order.shape[1], *chain.output_shape), np.float32)


def measure(
    chain: Graph, variables: list[Any], block: Block, predictions: np.ndarray | None, start: int
) -> None:
    """Bring the metric `variables` up to date with the steps from `start`."""
    if predictions is None:
        return
    targets: Any
    weights: Any
    _, targets, weights = (*block.data, None)[:3]
    targets = np.asarray(targets)
    weights = None if weights is None else np.asarray(weights)
    order = np.asarray(block.order)[start : start + len(predictions)]
    for metric in chain.measured:
        values = [np.asarray(variables[at]) for at in metric.at]
        for steps in _pieces(metric, len(predictions)):
            rows = order[steps].reshape(-1)
            found = predictions[steps].reshape(-1, *chain.output_shape)
            weighing = weights[rows] if metric.weighted and weights is not None else None
            values = metric.update(values, targets[rows], found, weighing)
        for at, value in zip(metric.at, values, strict=True):
            variables[at] = value


def _pieces(metric: HostMetric, steps: int) -> list[slice]:
    """Spans of steps of two lengths alone: `AT_ONCE` and one."""
    whole = steps // AT_ONCE * AT_ONCE if metric.additive else 0
    many = [slice(at, at + AT_ONCE) for at in range(0, whole, AT_ONCE)]
    return many + [slice(at, at + 1) for at in range(whole, steps)]
