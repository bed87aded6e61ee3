"""Keras' convolutions as operations of a graph."""

import math
from typing import Any

from epochal.engine.graph import Operation, Window
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter
from epochal.lowering.unsupported import Unsupported
from epochal.lowering.windows import Sizes, check_image, shape_behind, window_of


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


def pointwise_window(shape: tuple[int, ...], filters: int) -> Window:
    """That of a product with the last axis alone."""
    return Window(width=math.prod(shape[:-1]), channels=shape[-1], filters=filters)


def _append(builder: GraphBuilder, window: Window, kernel: int, bias: int) -> None:
    shape = shape_behind(builder, window)
    builder.append(Operation(kind="convolution", parameters=(kernel, bias, -1, -1), window=window))
    builder.shape = shape
