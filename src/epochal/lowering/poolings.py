"""Keras' poolings, and what moves the pixels of images, as operations of a graph."""

from dataclasses import replace
from typing import Any

from epochal.engine.graph import Operation, Window
from epochal.lowering.builder import GraphBuilder, kind_of
from epochal.lowering.unsupported import Unsupported
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


def add_padding(builder: GraphBuilder, layer: Any) -> None:
    """Zeros around an image."""
    (top, bottom), (left, right) = _around(builder, layer, layer.padding)
    height, width, channels = _image(builder)
    window = replace(_pixels(builder), top=top, bottom=bottom, left=left, right=right)
    builder.append(Operation(kind="zero_padding", window=window))
    _reshape(builder, (height + top + bottom, width + left + right, channels))


def add_cropping(builder: GraphBuilder, layer: Any) -> None:
    """An image without its margins."""
    (top, bottom), (left, right) = _around(builder, layer, layer.cropping)
    height, width, channels = _image(builder)
    window = replace(_pixels(builder), top=top, bottom=bottom, left=left, right=right)
    builder.append(Operation(kind="cropping", window=window))
    _reshape(builder, (height - top - bottom, width - left - right, channels))


def add_up_sampling(builder: GraphBuilder, layer: Any) -> None:
    """Each pixel as often as the layer says."""
    check_image(builder, layer)
    if getattr(layer, "interpolation", "nearest") != "nearest":
        raise Unsupported(f"{kind_of(layer)} with {layer.interpolation} interpolation")
    rows, columns = layer.size if len(builder.shape) == 3 else (1, layer.size)
    height, width, channels = _image(builder)
    window = replace(_pixels(builder), stride_height=rows, stride_width=columns)
    builder.append(Operation(kind="up_sampling", window=window))
    _reshape(builder, (height * rows, width * columns, channels))


def _around(builder: GraphBuilder, layer: Any, margins: Any) -> Any:
    """What is added to, or cut off, both ends of the rows and of the columns."""
    check_image(builder, layer)
    return margins if len(builder.shape) == 3 else ((0, 0), margins)


def _image(builder: GraphBuilder) -> tuple[int, ...]:
    """The height, the width and the channels of the current value."""
    return (*(1,) * (3 - len(builder.shape)), *builder.shape)


def _pixels(builder: GraphBuilder) -> Window:
    height, width, channels = _image(builder)
    return Window(height=height, width=width, channels=channels, filters=channels)


def _reshape(builder: GraphBuilder, image: tuple[int, ...]) -> None:
    builder.shape = image[-len(builder.shape) :]
