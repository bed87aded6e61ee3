"""A convolution by its definition, in float64."""

from itertools import product
from typing import Any

import numpy as np


def convolution(
    x: np.ndarray,
    kernel: np.ndarray,
    *,
    strides: tuple[int, ...],
    padding: tuple[tuple[int, int], ...],
    dilation: tuple[int, ...],
    kernel_dilation: tuple[int, ...],
    groups: int,
) -> np.ndarray:
    """Images (rows, spatial ..., channels) and a kernel (spatial ..., channels / groups, features).

    `dilation` puts zeros between the pixels, `kernel_dilation` between the taps.
    """
    rows = x.shape[0]
    for axis, (step, (low, high)) in enumerate(zip(dilation, padding, strict=True), 1):
        x = np.moveaxis(x, axis, 0)
        spread = np.zeros(((len(x) - 1) * step + 1, *x.shape[1:]))
        spread[::step] = x
        around = np.pad(spread, [(max(low, 0), max(high, 0)), *[(0, 0)] * (x.ndim - 1)])
        x = np.moveaxis(around[max(-low, 0) : len(around) - max(-high, 0)], 0, axis)
    taps, (within, features) = kernel.shape[:-2], kernel.shape[-2:]
    counts = [
        (size - (number - 1) * step - 1) // stride + 1
        for size, number, step, stride in zip(
            x.shape[1:-1], taps, kernel_dilation, strides, strict=True
        )
    ]
    y = np.zeros((rows, *counts, features))
    for position in product(*map(range, counts)):
        for tap in product(*map(range, taps)):
            pixel = tuple(
                p * stride + t * step
                for p, stride, t, step in zip(position, strides, tap, kernel_dilation, strict=True)
            )
            for feature in range(features):
                group = feature // (features // groups)
                channels = slice(group * within, (group + 1) * within)
                seen: Any = (slice(None), *pixel, channels)
                met: Any = (*tap, slice(None), feature)
                place: Any = (slice(None), *position, feature)
                y[place] += x[seen] @ kernel[met].astype(np.float64)
    return y
