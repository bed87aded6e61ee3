"""The window of a Keras layer that slides over images or sequences."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras

from epochal.engine.graph import Window
from epochal.lowering.builder import GraphBuilder, kind_of
from epochal.lowering.unsupported import Unsupported


class Sizes(NamedTuple):
    """Of a window along each axis, one for sequences and two for images."""

    kernel: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]


class Axis(NamedTuple):
    """Of an image, with what slides along it, and the padding at both ends."""

    size: int
    kernel: int
    stride: int
    dilation: int
    before: int
    after: int


def check_image(builder: GraphBuilder, layer: Any) -> None:
    """Raise `Unsupported` unless the layer takes channels last, of an image or a sequence."""
    # Where a layer does not say it, Keras' configuration does.
    layout = getattr(layer, "data_format", None) or keras.config.image_data_format()
    if layout != "channels_last":
        raise Unsupported(f"{kind_of(layer)} with channels_first")
    if len(builder.shape) not in (2, 3):
        raise Unsupported(f"{kind_of(layer)} applied to {len(builder.shape)} dimensions")


def window_of(
    builder: GraphBuilder, sizes: Sizes, padding: str, *, filters: int, groups: int = 1
) -> Window:
    """The window over the current value, with what `padding` means."""
    *space, channels = builder.shape
    axes = [
        _axis(size, kernel, stride, dilation, padding)
        for size, kernel, stride, dilation in zip(space, *sizes, strict=True)
    ]
    return window_along(axes, channels=channels, filters=filters, groups=groups)


def window_along(axes: Sequence[Axis], *, channels: int, filters: int, groups: int = 1) -> Window:
    """The window with those axes: two, or one of a sequence, whose height is 1."""
    height, width = (Axis(1, 1, 1, 1, 0, 0), *axes)[-2:]
    return Window(
        height=height.size,
        width=width.size,
        channels=channels,
        filters=filters,
        kernel_height=height.kernel,
        kernel_width=width.kernel,
        stride_height=height.stride,
        stride_width=width.stride,
        dilation_height=height.dilation,
        dilation_width=width.dilation,
        top=height.before,
        bottom=height.after,
        left=width.before,
        right=width.after,
        groups=groups,
    )


def shape_behind(builder: GraphBuilder, window: Window) -> tuple[int, ...]:
    """The shape of a row of what the window gives, of as many dimensions as the current value."""
    shape = (window.out_height, window.out_width, window.filters)
    return shape[-len(builder.shape) :]


def _axis(size: int, kernel: int, stride: int, dilation: int, padding: str) -> Axis:
    reach = (kernel - 1) * dilation + 1
    before = after = 0
    if padding == "same":
        total = max((math.ceil(size / stride) - 1) * stride + reach - size, 0)
        before, after = total // 2, total - total // 2
    elif padding == "causal":
        before = reach - 1
    return Axis(size, kernel, stride, dilation, before, after)
