"""Each kind of Keras layer of several inputs as operations of a graph."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np

from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder, Value, kind_of
from epochal.lowering.layers import add_activity_penalty, check_layer
from epochal.lowering.unsupported import Unsupported


def add_merge(builder: GraphBuilder, layer: Any, others: list[Value]) -> None:
    """Apply a layer of several inputs to the builder's current value and to `others`."""
    if type(layer) not in MERGES:
        raise Unsupported(f"layer {kind_of(layer)}")
    check_layer(layer)
    merge(builder, type(layer), layer, others)
    add_activity_penalty(builder, layer)


def merge(builder: GraphBuilder, kind: type, layer: Any, others: list[Value]) -> None:
    """Apply what does what a layer of that `kind` does."""
    if builder.purpose == "sample":
        raise Unsupported("a graph with branches, which is not sampled")
    MERGES[kind](builder, layer, others)


def _fold(builder: GraphBuilder, layer: Any, others: list[Value], kind: str) -> None:
    """Sums and products of several inputs: one after the other, as Keras takes them."""
    for other in others:
        if other.shape == builder.shape:
            builder.append(Operation(kind=kind), other)
        elif kind == "multiply" and _is_of_channels(other.shape, builder.shape):
            builder.append(Operation(kind="scale_channels"), other)
        elif kind == "multiply" and _is_of_channels(builder.shape, other.shape):
            factors, builder.current = builder.current, other
            builder.append(Operation(kind="scale_channels"), factors)
        else:
            raise Unsupported(f"{kind_of(layer)} that broadcasts one of its inputs")


def _is_of_channels(one: tuple[int, ...], image: tuple[int, ...]) -> bool:
    """Whether `one` has a number for each channel of an image, or step of a sequence."""
    return one == (*(1 for _ in image[1:]), image[-1])


def _add_average(builder: GraphBuilder, layer: Any, others: list[Value]) -> None:
    _fold(builder, layer, others, "add")
    fraction = float(np.float32(1) / np.float32(len(others) + 1))
    builder.append(Operation(kind="rescale", factor=(fraction,)))


def _add_difference(builder: GraphBuilder, layer: Any, others: list[Value]) -> None:
    first, builder.current = builder.current, others[0]
    builder.append(Operation(kind="rescale", factor=(-1.0,)))
    _fold(builder, layer, [first], "add")


def _add_concatenation(builder: GraphBuilder, layer: Any, others: list[Value]) -> None:
    shapes = [builder.shape, *(other.shape for other in others)]
    axis = layer.axis % (len(builder.shape) + 1) - 1  # of a row
    if axis < 0:
        raise Unsupported("Concatenate over the batch")
    shape = list(builder.shape)
    shape[axis] = sum(each[axis] for each in shapes)
    # Of each row, or of all that lies inside the axis.
    part = math.prod(shape[axis:]) if math.prod(shape[:axis]) > 1 else 0
    builder.append(Operation(kind="concatenate", part=part), *others)
    builder.shape = tuple(shape)


MERGES: dict[type, Callable[[GraphBuilder, Any, list[Value]], None]] = {
    keras.layers.Add: partial(_fold, kind="add"),
    keras.layers.Multiply: partial(_fold, kind="multiply"),
    keras.layers.Maximum: partial(_fold, kind="maximum"),
    keras.layers.Minimum: partial(_fold, kind="minimum"),
    keras.layers.Average: _add_average,
    keras.layers.Subtract: _add_difference,
    keras.layers.Concatenate: _add_concatenation,
}
