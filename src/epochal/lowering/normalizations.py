"""Keras' rescaling and normalisation layers as operations of a graph."""

from typing import Any

import keras
import numpy as np

from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter, part_of
from epochal.lowering.unsupported import Unsupported


def add_rescaling(builder: GraphBuilder, layer: Any) -> None:
    """``x * scale + offset``."""
    if keras.config.image_data_format() != "channels_last":
        raise Unsupported(f"{kind_of(layer)} with channels_first")
    scale, offset = _columns(builder, layer.scale), _columns(builder, layer.offset)
    builder.append(Operation(kind="rescale", factor=scale, offset=offset))


def add_normalization(builder: GraphBuilder, layer: Any) -> None:
    """``(x - mean) / std`` of an adapted layer, or the inverse."""
    std = np.maximum(np.sqrt(np.asarray(layer.variance)), np.float32(keras.config.epsilon()))
    mean = _columns(builder, layer.mean)
    if layer.invert:
        operation = Operation(kind="rescale", factor=_columns(builder, std), offset=mean)
    else:
        # XLA multiplies by the reciprocal of what is constant, and so does this engine.
        inverse = _columns(builder, np.float32(1) / std)
        operation = Operation(kind="standardise", factor=inverse, offset=mean)
    builder.append(operation)


def _columns(builder: GraphBuilder, numbers: Any) -> tuple[float, ...]:
    """Numbers that are broadcast to a batch, for each column of it, or one for all."""
    array = np.asarray(numbers, np.float32)
    if array.size == 1:
        return (float(array.reshape(())),)
    try:
        whole = np.broadcast_to(array, (1, *builder.shape))
    except ValueError:
        raise Unsupported("a layer that rescales by numbers of another shape") from None
    return tuple(whole.ravel().tolist())


def add_batch_norm(builder: GraphBuilder, layer: Any) -> None:
    """Batch normalisation, by its moving statistics where it is frozen."""
    _check_normalization(builder, layer)
    if layer.synchronized or getattr(layer, "renorm", False):
        raise Unsupported("BatchNormalization with synchronized or renorm")
    gamma = new_parameter(builder, layer, layer.gamma, "gamma") if layer.scale else -1
    beta = new_parameter(builder, layer, layer.beta, "beta") if layer.center else -1
    mean = new_parameter(builder, layer, layer.moving_mean, "")
    variance = new_parameter(builder, layer, layer.moving_variance, "")
    builder.append(
        Operation(
            kind="batch_norm" if len(builder.shape) == 1 else "image_batch_norm",
            part=part_of(builder),
            parameters=(gamma, beta, mean, variance),
            number=float(layer.epsilon),
            momentum=float(layer.momentum),
            moving=not layer.trainable,
        )
    )


def add_layer_norm(builder: GraphBuilder, layer: Any) -> None:
    """Layer normalisation over the columns of a row."""
    _check_normalization(builder, layer)
    if layer.rms_scaling:
        raise Unsupported("LayerNormalization with rms_scaling")
    gamma = new_parameter(builder, layer, layer.gamma, "gamma") if layer.scale else -1
    beta = new_parameter(builder, layer, layer.beta, "beta") if layer.center else -1
    builder.append(
        Operation(
            kind="layer_norm",
            parameters=(gamma, beta, -1, -1),
            number=float(layer.epsilon),
            part=part_of(builder),
        )
    )


def add_rms_norm(builder: GraphBuilder, layer: Any) -> None:
    """Normalisation by the root mean square of the columns of a row."""
    _check_normalization(builder, layer)
    gamma = new_parameter(builder, layer, layer.scale, "scale")
    builder.append(
        Operation(
            kind="rms_norm",
            parameters=(gamma, -1, -1, -1),
            number=float(layer.epsilon),
            part=part_of(builder),
        )
    )


def add_unit_norm(builder: GraphBuilder, layer: Any) -> None:
    """Each row divided by its L2 norm."""
    _check_axis(builder, layer)
    builder.append(Operation(kind="unit_norm", part=part_of(builder)))


def add_softmax(builder: GraphBuilder, layer: Any) -> None:
    """Each row's softmax."""
    _check_axis(builder, layer)
    builder.append(Operation(kind="softmax", part=part_of(builder)))


def _check_normalization(builder: GraphBuilder, layer: Any) -> None:
    _check_axis(builder, layer)
    if layer.epsilon <= 0:
        raise Unsupported(f"{kind_of(layer)} with an epsilon of 0")


def _check_axis(builder: GraphBuilder, layer: Any) -> None:
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    last = len(builder.shape)
    if [axis % (last + 1) for axis in axes] != [last]:
        raise Unsupported(f"{kind_of(layer)} over another axis than the last")
