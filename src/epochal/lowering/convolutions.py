"""Keras' convolutions as operations of a graph."""

import math
from dataclasses import replace
from typing import Any

from epochal.engine.graph import Operation, Window
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter
from epochal.lowering.unsupported import Unsupported
from epochal.lowering.windows import (
    Axis,
    Sizes,
    check_image,
    shape_behind,
    window_along,
    window_of,
)


def add_convolution(builder: GraphBuilder, layer: Any) -> None:
    """A convolution with its bias, without its activation."""
    check_image(builder, layer)
    if getattr(layer, "lora_enabled", False):
        raise Unsupported(f"{kind_of(layer)} with LoRA weights")
    sizes = Sizes(layer.kernel_size, layer.strides, layer.dilation_rate)
    window = window_of(builder, sizes, layer.padding, filters=layer.filters, groups=layer.groups)
    kernel = new_parameter(builder, layer, layer.kernel, "kernel")
    bias = new_parameter(builder, layer, layer.bias, "bias") if layer.use_bias else -1
    _append(builder, window, kernel, bias)


def add_depthwise(builder: GraphBuilder, layer: Any) -> None:
    """A convolution of each channel alone, with its bias, without its activation."""
    check_image(builder, layer)
    bias = new_parameter(builder, layer, layer.bias, "bias") if layer.use_bias else -1
    _append_depthwise(builder, layer, layer.kernel, bias)


def add_separable(builder: GraphBuilder, layer: Any) -> None:
    """A convolution of each channel alone, and a product with all channels of each pixel."""
    check_image(builder, layer)
    _append_depthwise(builder, layer, layer.depthwise_kernel, -1)
    shape = builder.shape
    kernel = new_parameter(builder, layer, layer.pointwise_kernel, "pointwise")
    bias = new_parameter(builder, layer, layer.bias, "bias") if layer.use_bias else -1
    _append(builder, pointwise_window(shape, layer.filters), kernel, bias)
    builder.shape = (*shape[:-1], layer.filters)


def add_layer_scale(builder: GraphBuilder, layer: Any) -> None:
    """A weight of each channel: the convolution of each alone by a window of one pixel."""
    channels = builder.shape[-1]
    window = replace(pointwise_window(builder.shape, channels), groups=channels)
    gamma = new_parameter(builder, layer, layer.gamma, "gamma")
    builder.append(Operation(kind="convolution", parameters=(gamma, -1, -1, -1), window=window))


def add_transposed(builder: GraphBuilder, layer: Any) -> None:
    """The transpose of a convolution, with its bias, without its activation."""
    check_image(builder, layer)
    shape = tuple(layer.compute_output_shape((None, *builder.shape))[1:])
    kernel = new_parameter(builder, layer, layer.kernel, "kernel")
    bias = new_parameter(builder, layer, layer.bias, "bias") if layer.use_bias else -1
    builder.append(
        Operation(
            kind="transposed_convolution",
            parameters=(kernel, bias, -1, -1),
            window=_window_back(layer, builder.shape, shape),
        )
    )
    builder.shape = shape


def pointwise_window(shape: tuple[int, ...], filters: int) -> Window:
    """That of a product with the last axis alone."""
    return Window(width=math.prod(shape[:-1]), channels=shape[-1], filters=filters)


def _append_depthwise(builder: GraphBuilder, layer: Any, variable: Any, bias: int) -> None:
    channels = builder.shape[-1]
    sizes = Sizes(layer.kernel_size, layer.strides, layer.dilation_rate)
    filters = channels * layer.depth_multiplier
    window = window_of(builder, sizes, layer.padding, filters=filters, groups=channels)
    kernel = new_parameter(builder, layer, variable, "depthwise", trailing=2)
    _append(builder, window, kernel, bias)


def _window_back(layer: Any, shape: tuple[int, ...], larger: tuple[int, ...]) -> Window:
    """That of the convolution from what the transposed one gives to what it takes."""
    space, small = larger[:-1], shape[:-1]
    more = layer.output_padding
    given = more if isinstance(more, list | tuple) else (more,) * len(space)
    sizes = zip(layer.kernel_size, layer.strides, layer.dilation_rate, strict=True)
    axes = []
    for size, taken, extra, (kernel, stride, dilation) in zip(
        space, small, given, sizes, strict=True
    ):
        reach = (kernel - 1) * dilation + 1
        before = _cut(reach, stride, layer.padding, extra)
        after = max(0, (taken - 1) * stride + reach - size - before)
        axes.append(Axis(size, kernel, stride, dilation, before, after))
    window = window_along(axes, channels=larger[-1], filters=shape[-1])
    if (window.out_height, window.out_width)[-len(small) :] != small:
        raise Unsupported(f"{kind_of(layer)} with such an output_padding")
    return window


def _cut(reach: int, stride: int, padding: str, extra: int | None) -> int:
    """What Keras on JAX cuts off the beginning of an axis of the whole transposed convolution."""
    if padding == "valid":
        return 0
    left = stride + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
    return reach - 1 - min(left // 2 + left % 2, reach - 1)


def _append(builder: GraphBuilder, window: Window, kernel: int, bias: int) -> None:
    shape = shape_behind(builder, window)
    builder.append(Operation(kind="convolution", parameters=(kernel, bias, -1, -1), window=window))
    builder.shape = shape
