"""Convolutions of images, and their gradients, as sums over the taps of their windows."""

from collections.abc import Iterator

import numpy as np

from epochal.engine.graph import Window


def convolved(window: Window, x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What a convolution makes of images x (rows, height, width, channels).

    ``kernel`` is (taps, channels of a group, filters), ``bias`` (filters,).
    """
    out = np.zeros((len(x), window.out_height, window.out_width, window.filters)) + bias
    padded = _padded(window, x)
    for tap, seen, channels, filters in _meetings(window):
        out[..., filters] += padded[seen][..., channels] @ kernel[tap, :, filters]
    return out


def convolved_back(
    window: Window, x: np.ndarray, kernel: np.ndarray, dy: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of the images and of the kernel, from that of the output."""
    padded, d_kernel = _padded(window, x), np.zeros_like(kernel)
    dx = np.zeros_like(padded)
    for tap, seen, channels, filters in _meetings(window):
        dx[seen][..., channels] += dy[..., filters] @ kernel[tap, :, filters].T
        d_kernel[tap, :, filters] = np.einsum(
            "bijc,bijf->cf", padded[seen][..., channels], dy[..., filters]
        )
    inside = slice(window.top, window.top + window.height)
    return dx[:, inside, window.left : window.left + window.width], d_kernel


def _padded(window: Window, x: np.ndarray) -> np.ndarray:
    return np.pad(x, [(0, 0), (window.top, window.bottom), (window.left, window.right), (0, 0)])


def _meetings(window: Window) -> Iterator[tuple[int, tuple[slice, ...], slice, slice]]:
    """Each tap and group: the pixels that the tap meets, the channels and the filters."""
    w = window
    channels, filters = w.channels // w.groups, w.filters // w.groups
    for tap in range(w.kernel_height * w.kernel_width):
        top = tap // w.kernel_width * w.dilation_height
        left = tap % w.kernel_width * w.dilation_width
        rows = slice(top, top + (w.out_height - 1) * w.stride_height + 1, w.stride_height)
        columns = slice(left, left + (w.out_width - 1) * w.stride_width + 1, w.stride_width)
        for group in range(w.groups):
            yield (
                tap,
                (slice(None), rows, columns),
                slice(group * channels, (group + 1) * channels),
                slice(group * filters, (group + 1) * filters),
            )
