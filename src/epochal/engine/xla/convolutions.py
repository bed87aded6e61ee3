"""Convolutions in the forms for which XLA has fast code on a CPU, inside a loop as outside.

XLA's own code is for images whose features come last. It brings other layouts into that one in a
program's outermost computation, and in no loop: there they run on a naive path that takes 30 times
as long (https://github.com/jax-ml/jax/issues/12868), and every gradient with respect to a kernel
has another layout. Here the layout is changed before XLA sees it, and the results are bit for bit
those of the same convolution outside of a loop. Kinds for which XLA's code is slow everywhere are
written as the products that they are: `docs/decisions/0013-convolutions-in-loops.md`.
"""

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

FEW_CHANNELS = 4  # up to so many, XLA's code has too little to sum up at a time
SMALL_KERNEL = 9  # taps
PATCHES = 1 << 24  # elements that a product may lay side by side: 64 MB


Form = Callable[[Any, Any, dict[str, Any]], Any]


def convolution(lhs: Any, rhs: Any, **parameters: Any) -> jax.Array:
    """As `lax.conv_general_dilated` with all its parameters, in the form that is fast."""
    numbers = parameters["dimension_numbers"]
    x = lax.transpose(lhs, _features_last(numbers.lhs_spec))
    kernel = lax.transpose(rhs, _kernel_order(numbers.rhs_spec))
    y = _form(x, kernel, parameters)(x, kernel, parameters)
    order = _features_last(numbers.out_spec)
    y = y.astype(parameters["preferred_element_type"] or lhs.dtype)
    return lax.transpose(y, [order.index(axis) for axis in range(y.ndim)])


def _features_last(spec: Sequence[int]) -> tuple[int, ...]:
    """The axes of images (batch, features, spatial ...) in the order (batch, spatial, features)."""
    return (spec[0], *spec[2:], spec[1])


def _kernel_order(spec: Sequence[int]) -> tuple[int, ...]:
    """The axes of a kernel (output, input, spatial ...) in the order (spatial, input, output)."""
    return (*spec[2:], spec[1], spec[0])


def _form(x: Any, kernel: Any, parameters: dict[str, Any]) -> Form:
    """Which of the forms below is the fast one."""
    groups, batch_groups = parameters["feature_group_count"], parameters["batch_group_count"]
    channels, features = kernel.shape[-2:]
    if batch_groups > 1:
        return _channel_by_position if batch_groups == len(x) else _by_xla
    if groups > 1:
        return _channel_by_tap if channels * features // groups <= FEW_CHANNELS else _by_xla
    taps, positions = prod(kernel.shape[:-2]), prod(_positions(x, kernel, parameters))
    volumes, dilated = x.ndim == 5, max(parameters["lhs_dilation"]) > 1
    if positions < taps and positions * x.size <= PATCHES:
        return _by_position if volumes or dilated or positions == 1 else _by_xla
    if taps <= positions and taps * positions * len(x) * channels <= PATCHES:
        narrow = 1 < channels <= FEW_CHANNELS and taps <= SMALL_KERNEL
        single = taps == 1 and not dilated
        return _by_tap if volumes or narrow or single else _by_xla
    return _by_xla


def _by_xla(x: Any, kernel: Any, parameters: dict[str, Any]) -> Any:
    """XLA's own code: the features are last."""
    images = (0, x.ndim - 1, *range(1, x.ndim - 1))
    kernels = (x.ndim - 1, x.ndim - 2, *range(x.ndim - 2))
    numbers = lax.ConvDimensionNumbers(images, kernels, images)
    return lax.conv_general_dilated_p.bind(x, kernel, **parameters | {"dimension_numbers": numbers})


def _by_tap(x: Any, kernel: Any, parameters: dict[str, Any]) -> Any:
    """One product: what lies under each tap of the kernel, side by side, times the kernel."""
    patches = lax.concatenate(_under_taps(x, kernel, parameters), x.ndim - 1)
    return _product(patches, [x.ndim - 1], kernel.reshape(-1, kernel.shape[-1]), [0])


def _by_position(x: Any, kernel: Any, parameters: dict[str, Any]) -> Any:
    """One product of what lies under the kernel at each position: few, where the kernel is large.

    So it is in the gradient with respect to a kernel: there the batch and the channels have changed
    their roles, and what lies under the kernel is what lay under each tap.
    """
    positions = _positions(x, kernel, parameters)
    cuts, kernel = _at_positions(x, kernel, positions, parameters)
    summed = list(range(x.ndim - 1))
    patches = lax.concatenate(cuts, x.ndim - 1)
    y = _product(patches, summed, kernel, summed).reshape(*positions, x.shape[0], -1)
    return lax.transpose(y, (len(positions), *range(len(positions)), len(positions) + 1))


def _channel_by_tap(x: Any, kernel: Any, parameters: dict[str, Any]) -> Any:
    """A depthwise convolution: each group of channels has kernels of its own. A sum over taps."""
    groups, (channels, features) = parameters["feature_group_count"], kernel.shape[-2:]
    weights = kernel.reshape(-1, channels, groups, features // groups).astype(jnp.float32)
    y: Any = jnp.float32(0)
    for cut, weight in zip(_under_taps(x, kernel, parameters), weights, strict=True):
        shape, cut = (*cut.shape[:-1], features), cut.reshape(*cut.shape[:-1], groups, channels)
        for channel in range(channels):
            y = y + cut[..., channel, None].astype(jnp.float32) * weight[channel]
    return y.reshape(shape)


def _channel_by_position(x: Any, kernel: Any, parameters: dict[str, Any]) -> Any:
    """The gradient with respect to a depthwise kernel: a sum over images for each position."""
    positions = _positions(x, kernel, parameters)
    cuts, kernel = _at_positions(x, kernel, positions, parameters)
    features, summed = kernel.shape[-1], tuple(range(x.ndim - 1))
    weights = kernel.reshape(*kernel.shape[:-1], x.shape[0], -1).astype(jnp.float32)
    rows = [jnp.sum(cut[..., None].astype(jnp.float32) * weights, summed) for cut in cuts]
    return jnp.stack(rows).reshape(1, *positions, features)


def _product(x: Any, of_x: list[int], kernel: Any, of_kernel: list[int]) -> Any:
    """The product summed over those axes."""
    numbers = ((of_x, of_kernel), ((), ()))
    return lax.dot_general(x, kernel, numbers, preferred_element_type=jnp.float32)


def _positions(x: Any, kernel: Any, parameters: dict[str, Any]) -> list[int]:
    """How many positions the kernel takes along each spatial axis."""
    padded = jax.eval_shape(lambda x: _padded(x, parameters), x).shape[1:-1]
    steps = parameters["window_strides"]
    return [
        (size - reach) // step + 1
        for size, reach, step in zip(padded, _reach(kernel, parameters), steps, strict=True)
    ]


def _reach(kernel: Any, parameters: dict[str, Any]) -> list[int]:
    """How far the kernel reaches along each spatial axis."""
    spread = parameters["rhs_dilation"]
    return [(taps - 1) * step + 1 for taps, step in zip(kernel.shape, spread, strict=False)]


def _padded(x: Any, parameters: dict[str, Any]) -> Any:
    """The images with zeros around them, and between their pixels where they are dilated."""
    sides = zip(parameters["padding"], parameters["lhs_dilation"], strict=True)
    spatial = [(low, high, step - 1) for (low, high), step in sides]
    return lax.pad(x, jnp.zeros((), x.dtype), [(0, 0, 0), *spatial, (0, 0, 0)])


def _under_taps(x: Any, kernel: Any, parameters: dict[str, Any]) -> list[Any]:
    """What lies under each tap of the kernel, at all of its positions."""
    counts, steps = _positions(x, kernel, parameters), parameters["window_strides"]
    spread = parameters["rhs_dilation"]
    return _cuts(_padded(x, parameters), kernel.shape[:-2], spread, counts, steps)


def _at_positions(
    x: Any, kernel: Any, positions: Sequence[int], parameters: dict[str, Any]
) -> tuple[list[Any], Any]:
    """What lies under all taps of the kernel at each of its positions, and the kernel.

    The first axis of each is that of its features, the gradient's own layout.
    """
    counts, steps = kernel.shape[:-2], parameters["rhs_dilation"]
    x = lax.transpose(_padded(x, parameters), (x.ndim - 1, *range(1, x.ndim - 1), 0))
    cuts = _cuts(x, positions, parameters["window_strides"], counts, steps)
    return cuts, lax.transpose(kernel, (x.ndim - 2, *range(x.ndim - 2), x.ndim - 1))


def _cuts(
    x: Any,
    numbers: Sequence[int],
    apart: Sequence[int],
    counts: Sequence[int],
    steps: Sequence[int],
) -> list[Any]:
    """So many pieces along each spatial axis, so far apart: each of every so many-th pixel."""
    pieces = []
    for number in product(*map(range, numbers)):
        starts = [index * step for index, step in zip(number, apart, strict=True)]
        spans = zip(starts, counts, steps, strict=True)
        ends = [start + (count - 1) * step + 1 for start, count, step in spans]
        begin, end = (0, *starts, 0), (x.shape[0], *ends, x.shape[-1])
        pieces.append(lax.slice(x, begin, end, (1, *steps, 1)))
    return pieces
