"""Keras' poolings as operations of a graph."""

from typing import Any

from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder
from epochal.lowering.windows import Sizes, check_image, shape_behind, window_of


def add_pooling(builder: GraphBuilder, layer: Any, kind: str) -> None:
    """The largest value, or the mean, of each window."""
    check_image(builder, layer)
    ones = (1,) * (len(builder.shape) - 1)
    sizes = Sizes(layer.pool_size, layer.strides, ones)
    window = window_of(builder, sizes, layer.padding, filters=builder.shape[-1])
    shape = shape_behind(builder, window)
    builder.append(Operation(kind=kind, window=window))
    builder.shape = shape


def add_global_pooling(builder: GraphBuilder, layer: Any, kind: str) -> None:
    """The largest value, or the mean, of each channel."""
    check_image(builder, layer)
    *space, channels = builder.shape
    ones = (1,) * len(space)
    window = window_of(builder, Sizes(space, ones, ones), "valid", filters=channels)
    builder.append(Operation(kind=kind, window=window))
    builder.shape = (*ones, channels) if layer.keepdims else (channels,)
