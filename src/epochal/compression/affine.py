"""A normalisation at prediction as a scale and a shift, and layers that take it in.

All of it in float64: the folded weights are rounded once, when they are written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import keras
import numpy as np

_layers = keras.layers
# An adapted Normalization subtracts before it divides. Folded, it divides first: where the mean is
# this many standard deviations from zero, float32 rounds the difference to 1e-5 of one.
FARTHEST_MEAN = 64.0


@dataclass(frozen=True)
class Affine:
    """``x * scale + shift``: arrays of the rank of a row, of length 1 along axes without effect."""

    scale: np.ndarray
    shift: np.ndarray

    def only_along(self, axis: int) -> "Affine | None":
        """The scale and the shift as vectors, where they differ along one axis of the row alone."""
        rank = self.scale.ndim
        if any(size != 1 for at, size in enumerate(self.scale.shape) if at != axis % rank):
            return None
        return Affine(self.scale.reshape(-1), self.shift.reshape(-1))


@dataclass(frozen=True)
class Weights:
    """The kernel and the bias of a layer, in float64."""

    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Layout:
    """Which attribute of a layer is its kernel, and which of its axes are inputs and outputs.

    ``inputs`` is None where what comes before the layer cannot be folded into it.
    """

    kernel: str
    inputs: int | None
    outputs: tuple[int, ...]


LAYOUTS: dict[type, Layout] = {
    _layers.Dense: Layout("kernel", 0, (-1,)),
    _layers.Conv1D: Layout("kernel", -2, (-1,)),
    _layers.Conv2D: Layout("kernel", -2, (-1,)),
    _layers.Conv3D: Layout("kernel", -2, (-1,)),
    _layers.Conv1DTranspose: Layout("kernel", None, (-2,)),
    _layers.Conv2DTranspose: Layout("kernel", None, (-2,)),
    _layers.Conv3DTranspose: Layout("kernel", None, (-2,)),
    _layers.DepthwiseConv1D: Layout("kernel", -2, (-2, -1)),
    _layers.DepthwiseConv2D: Layout("kernel", -2, (-2, -1)),
    _layers.SeparableConv1D: Layout("pointwise_kernel", None, (-1,)),
    _layers.SeparableConv2D: Layout("pointwise_kernel", None, (-1,)),
}


def weights_of(layer: Any) -> Weights:
    """The kernel and the bias that a layer has now; zeros where it has no bias."""
    layout = LAYOUTS[type(layer)]
    kernel = _float64(getattr(layer, layout.kernel))
    if layer.use_bias:
        return Weights(kernel, _float64(layer.bias))
    return Weights(kernel, np.zeros(np.prod([kernel.shape[axis] for axis in layout.outputs])))


def folded_after(weights: Weights, layout: Layout, affine: Affine) -> Weights:
    """The layer and then the normalisation: ``(x W + b) s + t = x (W s) + (b s + t)``."""
    scale = _along(affine.scale, weights.kernel.shape, layout.outputs)
    return Weights(weights.kernel * scale, weights.bias * affine.scale + affine.shift)


def folded_before(weights: Weights, layout: Layout, affine: Affine) -> Weights:
    """The normalisation and then the layer: ``(x s + t) W + b = x (s W) + (t W + b)``."""
    kernel = weights.kernel
    shape, rank = kernel.shape, kernel.ndim
    outputs = {axis % rank for axis in layout.outputs}
    others = tuple(axis for axis in range(rank) if axis not in outputs)
    inputs = (cast(int, layout.inputs),)
    shift = _along(affine.shift, shape, inputs)
    scale = _along(affine.scale, shape, inputs)
    added = (kernel * shift).sum(axis=others).reshape(-1)
    return Weights(kernel * scale, weights.bias + added)


def _along(vector: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    """`vector` (the product of those axes' sizes,) so that it broadcasts against `shape`."""
    wanted = [1] * len(shape)
    for axis in axes:
        wanted[axis] = shape[axis]
    return np.broadcast_to(vector, (int(np.prod(wanted)),)).reshape(wanted)


def affine_of(layer: Any, rank: int) -> Affine | str:
    """The scale and shift of a normalisation of rows of `rank` axes, or why it cannot be folded."""
    return _AFFINES[type(layer)](layer, rank)


def _of_batch_normalization(layer: Any, rank: int) -> Affine | str:
    size = layer.moving_mean.shape[0]
    gamma = _float64(layer.gamma) if layer.scale else np.ones(size)
    beta = _float64(layer.beta) if layer.center else np.zeros(size)
    scale = gamma / np.sqrt(_float64(layer.moving_variance) + layer.epsilon)
    axis = layer.axis if isinstance(layer.axis, int) else layer.axis[0]
    shape = [1] * rank
    shape[axis if axis < 0 else axis - 1] = size
    shift = beta - _float64(layer.moving_mean) * scale
    return Affine(scale.reshape(shape), shift.reshape(shape))


def _of_normalization(layer: Any, rank: int) -> Affine | str:
    mean, variance = (_row(value, rank) for value in (layer.mean, layer.variance))
    std = np.maximum(np.sqrt(variance), keras.config.epsilon())
    if layer.invert:
        return Affine(std, mean)
    farthest = np.abs(mean / std).max()
    if farthest > FARTHEST_MEAN:
        return (
            f"a mean is {farthest:.0f} standard deviations from zero, where float32 would lose "
            "what the subtraction keeps"
        )
    return Affine(1 / std, -mean / std)


def _of_rescaling(layer: Any, rank: int) -> Affine | str:
    scale, shift = np.broadcast_arrays(_row(layer.scale, rank), _row(layer.offset, rank))
    return Affine(scale, shift)


def _row(value: Any, rank: int) -> np.ndarray:
    """`value`, broadcast against batches, so that it broadcasts against one row."""
    array = _float64(value)
    array = array[0] if array.ndim > rank else array
    return array.reshape((1,) * (rank - array.ndim) + array.shape)


def _float64(value: Any) -> np.ndarray:
    return np.asarray(value, np.float64)


_AFFINES: dict[type, Callable[[Any, int], Affine | str]] = {
    _layers.BatchNormalization: _of_batch_normalization,
    _layers.Normalization: _of_normalization,
    _layers.Rescaling: _of_rescaling,
}
NORMALIZATIONS = tuple(_AFFINES)
