"""Each kind of Keras layer of one input as operations of a graph."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import keras

from epochal.compat._keras import is_layer_scale, layer_losses
from epochal.engine.graph import Operation
from epochal.layers import ALL_LAYERS
from epochal.lowering.activations import bounded_relu, lower_activation, with_number
from epochal.lowering.builder import GraphBuilder, kind_of, new_parameter, part_of, penalty_of
from epochal.lowering.convolutions import (
    add_convolution,
    add_depthwise,
    add_layer_scale,
    add_separable,
    add_transposed,
    pointwise_window,
)
from epochal.lowering.embeddings import add_embedding
from epochal.lowering.heads import HEADS, add_head
from epochal.lowering.normalizations import (
    add_batch_norm,
    add_layer_norm,
    add_normalization,
    add_rescaling,
    add_rms_norm,
    add_softmax,
    add_unit_norm,
)
from epochal.lowering.poolings import (
    add_cropping,
    add_global_pooling,
    add_padding,
    add_pooling,
    add_up_sampling,
)
from epochal.lowering.recurrent import RECURRENT, add_bidirectional
from epochal.lowering.unsupported import Unsupported

_layers = keras.layers
_functions = keras.activations
_OF_ROWS = {_functions.softmax: "softmax", _functions.log_softmax: "log_softmax"}
# The layers that draw at inference too -> Keras' layer of which each is one.
_ALWAYS_ON = {always_on: plain for plain, always_on in ALL_LAYERS.items()}


def add_layer(builder: GraphBuilder, layer: Any) -> None:
    """Apply a layer of one input to the builder's current value."""
    kind = _ALWAYS_ON.get(type(layer), type(layer))
    add = add_layer_scale if is_layer_scale(layer) else LAYERS.get(kind)
    if add is None:
        raise Unsupported(f"layer {kind_of(layer)}")
    check_layer(layer)
    add(builder, layer)
    add_activity_penalty(builder, layer)


def check_layer(layer: Any) -> None:
    """Raise `Unsupported` unless the layer computes in float32, and adds no loss by itself."""
    if layer.dtype_policy.name != "float32" or getattr(layer, "quantization_mode", None):
        raise Unsupported(f"{kind_of(layer)} that does not compute in float32")
    if layer_losses(layer):
        raise Unsupported(f"{kind_of(layer)} with add_loss")


def add_activity_penalty(builder: GraphBuilder, layer: Any) -> None:
    """The penalty on what a layer returns: a part of the loss alone."""
    if builder.purpose not in ("train", "test"):
        return
    l1, l2 = penalty_of(getattr(layer, "activity_regularizer", None))
    if l1 or l2:
        builder.append(Operation(kind="activity", l1=l1, l2=l2))


def _add_dense(builder: GraphBuilder, layer: Any) -> None:
    if getattr(layer, "lora_enabled", False):
        raise Unsupported("Dense with LoRA weights")
    kernel = new_parameter(builder, layer, layer.kernel, "kernel")
    bias = new_parameter(builder, layer, layer.bias, "bias") if layer.use_bias else -1
    parameters = (kernel, bias, -1, -1)
    if len(builder.shape) == 1:
        builder.append(Operation(kind="dense", parameters=parameters))
    else:
        window = pointwise_window(builder.shape, layer.units)
        builder.append(Operation(kind="convolution", parameters=parameters, window=window))
    builder.shape = (*builder.shape[:-1], layer.units)
    _add_function(builder, layer.activation)


def _add_convolution(builder: GraphBuilder, layer: Any, add: Any) -> None:
    add(builder, layer)
    _add_function(builder, layer.activation)


def _add_activation(builder: GraphBuilder, layer: Any) -> None:
    _add_function(builder, layer.activation)


def _add_function(builder: GraphBuilder, function: Any) -> None:
    if function is _functions.linear:
        return
    if function in _OF_ROWS:
        builder.append(Operation(kind=_OF_ROWS[function], part=part_of(builder)))
    elif isinstance(function, _layers.Layer):
        add_layer(builder, function)
    else:
        builder.append(lower_activation(function))


def _add_relu(builder: GraphBuilder, layer: Any) -> None:
    builder.append(bounded_relu(layer.negative_slope, layer.max_value, layer.threshold))


def _add_leaky_relu(builder: GraphBuilder, layer: Any) -> None:
    builder.append(with_number("leaky_relu", layer.negative_slope))


def _add_elu(builder: GraphBuilder, layer: Any) -> None:
    builder.append(with_number("elu", layer.alpha))


def _add_prelu(builder: GraphBuilder, layer: Any) -> None:
    own = layer.alpha.shape == builder.shape
    ones = (1,) * (len(builder.shape) - 1)
    if not own and tuple(layer.alpha.shape) != (*ones, builder.shape[-1]):
        raise Unsupported("PReLU with slopes shared otherwise than by all pixels of a channel")
    alpha = new_parameter(builder, layer, layer.alpha, "alpha", trailing=len(builder.shape))
    parameters = (alpha, -1, -1, -1)
    if own:
        builder.append(Operation(kind="prelu", parameters=parameters))
    else:
        builder.append(Operation(kind="image_prelu", parameters=parameters, part=part_of(builder)))


def lower_dropout(builder: GraphBuilder, layer: Any, kind: str = "dropout") -> None:
    """What drops elements, channels or rows of the builder's current value."""
    part = part_of(builder) if kind == "spatial_dropout" else 0
    if getattr(layer, "noise_shape", None) is not None:
        kind, part = _drawn_at_once(builder, layer, kind)
    if layer.rate and not 0 < layer.rate < 1:
        raise Unsupported(f"{kind_of(layer)} with the rate {layer.rate}")
    if kind == "spatial_dropout" and getattr(layer, "data_format", "") == "channels_first":
        raise Unsupported(f"{kind_of(layer)} with channels_first")
    _add_random(builder, layer, kind, layer.rate, part)


def _drawn_at_once(builder: GraphBuilder, layer: Any, kind: str) -> tuple[str, int]:
    """The kind and the part of a dropout whose noise_shape has it drop channels, or whole rows."""
    rows, *sizes = layer.noise_shape
    ones = [1] * len(builder.shape)
    channels = [*ones[1:], builder.shape[-1]]
    sizes = [own if size is None else size for own, size in zip(builder.shape, sizes, strict=True)]
    if kind != "dropout" or rows is not None or sizes not in (ones, channels):
        raise Unsupported(f"{kind_of(layer)} with the noise_shape {layer.noise_shape}")
    return "spatial_dropout", sizes[-1]


def _add_noise(builder: GraphBuilder, layer: Any) -> None:
    _add_random(builder, layer, "gaussian_noise", layer.stddev)


def _add_random(builder: GraphBuilder, layer: Any, kind: str, number: float, part: int = 0) -> None:
    """What draws random numbers, if its rate or standard deviation is not zero."""
    if not number:
        return
    position = builder.state_indices[id(layer.seed_generator.state)][1]
    if position in builder.seeds:
        raise Unsupported("two layers that share a seed")
    builder.seeds.append(position)
    always = type(layer) in _ALWAYS_ON
    seed = len(builder.seeds) - 1
    builder.append(Operation(kind=kind, number=float(number), seed=seed, always=always, part=part))


def _add_reshape(builder: GraphBuilder, layer: Any) -> None:
    shape = tuple(layer.compute_output_shape((None, *builder.shape))[1:])
    if math.prod(shape) != builder.width:
        raise Unsupported(f"{kind_of(layer)} that changes the number of values")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise Unsupported(f"{kind_of(layer)} with channels_first")
    builder.shape = shape


def _add_time_distributed(builder: GraphBuilder, layer: Any) -> None:
    """A layer at each step: of those that treat the last axis alone, the layer itself."""
    inner = layer.layer
    if type(inner) not in (_layers.Dense, _layers.Activation):
        raise Unsupported(f"TimeDistributed of {kind_of(inner)}")
    if getattr(inner, "activity_regularizer", None) is not None:
        raise Unsupported("TimeDistributed with an activity_regularizer inside")
    add_layer(builder, inner)


def _add_nothing(builder: GraphBuilder, layer: Any) -> None:
    """What returns its input."""


LAYERS: dict[type, Callable[[GraphBuilder, Any], None]] = {
    _layers.Dense: _add_dense,
    _layers.Conv1D: partial(_add_convolution, add=add_convolution),
    _layers.Conv2D: partial(_add_convolution, add=add_convolution),
    _layers.DepthwiseConv1D: partial(_add_convolution, add=add_depthwise),
    _layers.DepthwiseConv2D: partial(_add_convolution, add=add_depthwise),
    _layers.SeparableConv1D: partial(_add_convolution, add=add_separable),
    _layers.SeparableConv2D: partial(_add_convolution, add=add_separable),
    _layers.Conv1DTranspose: partial(_add_convolution, add=add_transposed),
    _layers.Conv2DTranspose: partial(_add_convolution, add=add_transposed),
    _layers.MaxPooling1D: partial(add_pooling, kind="max_pooling"),
    _layers.MaxPooling2D: partial(add_pooling, kind="max_pooling"),
    _layers.AveragePooling1D: partial(add_pooling, kind="average_pooling"),
    _layers.AveragePooling2D: partial(add_pooling, kind="average_pooling"),
    _layers.GlobalMaxPooling1D: partial(add_global_pooling, kind="global_max_pooling"),
    _layers.GlobalMaxPooling2D: partial(add_global_pooling, kind="global_max_pooling"),
    _layers.GlobalAveragePooling1D: partial(add_global_pooling, kind="average_pooling"),
    _layers.GlobalAveragePooling2D: partial(add_global_pooling, kind="average_pooling"),
    _layers.ZeroPadding1D: add_padding,
    _layers.ZeroPadding2D: add_padding,
    _layers.Cropping1D: add_cropping,
    _layers.Cropping2D: add_cropping,
    _layers.UpSampling1D: add_up_sampling,
    _layers.UpSampling2D: add_up_sampling,
    _layers.Activation: _add_activation,
    _layers.ReLU: _add_relu,
    _layers.LeakyReLU: _add_leaky_relu,
    _layers.ELU: _add_elu,
    _layers.PReLU: _add_prelu,
    _layers.Softmax: add_softmax,
    _layers.Dropout: lower_dropout,
    _layers.SpatialDropout1D: partial(lower_dropout, kind="spatial_dropout"),
    _layers.SpatialDropout2D: partial(lower_dropout, kind="spatial_dropout"),
    _layers.AlphaDropout: partial(lower_dropout, kind="alpha_dropout"),
    _layers.GaussianDropout: partial(lower_dropout, kind="gaussian_dropout"),
    _layers.GaussianNoise: _add_noise,
    _layers.Rescaling: add_rescaling,
    _layers.Normalization: add_normalization,
    _layers.BatchNormalization: add_batch_norm,
    _layers.LayerNormalization: add_layer_norm,
    _layers.RMSNormalization: add_rms_norm,
    _layers.UnitNormalization: add_unit_norm,
    _layers.Identity: _add_nothing,
    _layers.ActivityRegularization: _add_nothing,
    _layers.Flatten: _add_reshape,
    _layers.Reshape: _add_reshape,
    _layers.Embedding: add_embedding,
    _layers.Bidirectional: add_bidirectional,
    _layers.TimeDistributed: _add_time_distributed,
    **RECURRENT,
    **dict.fromkeys(HEADS, add_head),
}

# These may be told which steps of a sequence to pass by.
HEED_MASKS = (*RECURRENT, _layers.Bidirectional)

# These compute in float32 whatever they are given, or do not compute at all.
TAKE_INTEGERS = (
    _layers.Dense,
    _layers.Embedding,
    _layers.Rescaling,
    _layers.Normalization,
    _layers.Flatten,
    _layers.Reshape,
    _layers.Identity,
)
