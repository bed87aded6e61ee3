"""Each kind of Keras layer as operations of a chain."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from epochal.compat._keras import layer_losses
from epochal.engine.graph import Operation
from epochal.layers import ALL_LAYERS
from epochal.lowering.activations import bounded_relu, lower_activation, with_number
from epochal.lowering.builder import GraphBuilder, Value, kind_of, new_parameter, penalty_of
from epochal.lowering.unsupported import Unsupported

_layers = keras.layers
_functions = keras.activations
_OF_ROWS = {_functions.softmax: "softmax", _functions.log_softmax: "log_softmax"}
_DROPOUTS = {
    _layers.Dropout: "dropout",
    _layers.AlphaDropout: "alpha_dropout",
    _layers.GaussianDropout: "gaussian_dropout",
}
# What draws in every mode, as Keras' layer.
_STAY_ON = {kin: plain for plain, kin in ALL_LAYERS.items()}


def add_layer(draft: GraphBuilder, layer: Any) -> None:
    """What a layer of one input does to the draft's value."""
    kind = _STAY_ON.get(type(layer), type(layer))
    _check(layer, kind, LAYERS)
    LAYERS[kind](draft, layer)
    _add_activity(draft, layer)


def add_merge(draft: GraphBuilder, layer: Any, others: list[Value]) -> None:
    """What a layer of several inputs does to the draft's value and to the others."""
    _check(layer, type(layer), MERGES)
    if draft.purpose == "sample":
        raise Unsupported("only chains without branches are sampled")
    if any(len(value.shape) != 1 for value in (draft.value, *others)):
        raise Unsupported(f"{kind_of(layer)} merges more than one dimension")
    MERGES[type(layer)](draft, layer, others)
    _add_activity(draft, layer)


def _check(layer: Any, kind: type, known: dict[type, Any]) -> None:
    if kind not in known:
        raise Unsupported(f"it has a layer of the kind {kind_of(layer)}")
    if layer.dtype_policy.name != "float32" or getattr(layer, "quantization_mode", None):
        raise Unsupported(f"{kind_of(layer)} does not compute in float32")
    if layer_losses(layer):
        raise Unsupported(f"{kind_of(layer)} has a loss of its own")


def _add_activity(draft: GraphBuilder, layer: Any) -> None:
    """The penalty on what a layer returns: a part of the loss alone."""
    if draft.purpose not in ("train", "test"):
        return
    l1, l2 = penalty_of(getattr(layer, "activity_regularizer", None))
    if l1 or l2:
        draft.append(Operation(kind="activity", l1=l1, l2=l2))


def _add_dense(draft: GraphBuilder, layer: Any) -> None:
    if len(draft.shape) != 1:
        raise Unsupported("a Dense layer is applied to more than one dimension")
    if getattr(layer, "lora_enabled", False):
        raise Unsupported("a Dense layer has LoRA weights")
    kernel = new_parameter(draft, layer, layer.kernel, "kernel")
    bias = new_parameter(draft, layer, layer.bias, "bias") if layer.use_bias else -1
    draft.append(Operation(kind="dense", parameters=(kernel, bias, -1, -1)))
    draft.shape = (layer.units,)
    _add_function(draft, layer.activation)


def _add_function(draft: GraphBuilder, function: Any) -> None:
    if function is _functions.linear:
        return
    if function in _OF_ROWS:
        if len(draft.shape) != 1:
            raise Unsupported(f"a {function.__name__} is applied to more than one dimension")
        draft.append(Operation(kind=_OF_ROWS[function]))
    elif isinstance(function, _layers.Layer):
        add_layer(draft, function)
    else:
        draft.append(lower_activation(function))


def _add_softmax(draft: GraphBuilder, layer: Any) -> None:
    _check_axis(draft, layer)
    draft.append(Operation(kind="softmax"))


def _add_relu(draft: GraphBuilder, layer: Any) -> None:
    relu = bounded_relu(layer.negative_slope, layer.max_value, layer.threshold)
    draft.append(relu)


def _add_leaky_relu(draft: GraphBuilder, layer: Any) -> None:
    draft.append(with_number("leaky_relu", layer.negative_slope))


def _add_elu(draft: GraphBuilder, layer: Any) -> None:
    draft.append(with_number("elu", layer.alpha))


def _add_dropout(draft: GraphBuilder, layer: Any) -> None:
    if getattr(layer, "noise_shape", None) is not None:
        raise Unsupported(f"{kind_of(layer)} has a noise_shape")
    if layer.rate and not 0 < layer.rate < 1:
        raise Unsupported(f"{kind_of(layer)} has the rate {layer.rate}")
    kind = _DROPOUTS[_STAY_ON.get(type(layer), type(layer))]
    _add_random(draft, layer, kind, layer.rate)


def _add_noise(draft: GraphBuilder, layer: Any) -> None:
    _add_random(draft, layer, "gaussian_noise", layer.stddev)


def _add_random(draft: GraphBuilder, layer: Any, kind: str, number: float) -> None:
    """What draws random numbers, if its rate or deviation is not zero."""
    if not number:
        return
    position = draft.places[id(layer.seed_generator.state)][1]
    if position in draft.seeds:
        raise Unsupported("two layers share a seed")
    draft.seeds.append(position)
    always = type(layer) in _STAY_ON
    seed = len(draft.seeds) - 1
    draft.append(Operation(kind=kind, number=float(number), seed=seed, always=always))


def _add_rescaling(draft: GraphBuilder, layer: Any) -> None:
    if keras.config.image_data_format() != "channels_last":
        raise Unsupported(f"{kind_of(layer)} takes the channels first")
    scale, offset = _columns(draft, layer.scale), _columns(draft, layer.offset)
    draft.append(Operation(kind="rescale", factor=scale, offset=offset))


def _add_standardisation(draft: GraphBuilder, layer: Any) -> None:
    deviation = np.maximum(np.sqrt(np.asarray(layer.variance)), np.float32(keras.config.epsilon()))
    mean = _columns(draft, layer.mean)
    if layer.invert:
        operation = Operation(kind="rescale", factor=_columns(draft, deviation), offset=mean)
    else:
        # XLA multiplies by the reciprocal of what is constant, and so does this engine.
        inverse = _columns(draft, np.float32(1) / deviation)
        operation = Operation(kind="standardise", factor=inverse, offset=mean)
    draft.append(operation)


def _columns(draft: GraphBuilder, numbers: Any) -> tuple[float, ...]:
    """Numbers that are broadcast to a batch, for each column of it, or one for all."""
    array = np.asarray(numbers, np.float32)
    if array.size == 1:
        return (float(array.reshape(())),)
    try:
        whole = np.broadcast_to(array, (1, *draft.shape))
    except ValueError:
        raise Unsupported("a layer rescales by numbers that do not fit its input") from None
    return tuple(whole.ravel().tolist())


def _add_prelu(draft: GraphBuilder, layer: Any) -> None:
    if layer.alpha.shape != draft.shape:
        raise Unsupported("a PReLU layer shares its slopes")
    alpha = new_parameter(draft, layer, layer.alpha, "alpha", flat=True)
    draft.append(Operation(kind="prelu", parameters=(alpha, -1, -1, -1)))


def _add_batch_norm(draft: GraphBuilder, layer: Any) -> None:
    _check_normalization(draft, layer)
    if layer.synchronized or getattr(layer, "renorm", False):
        raise Unsupported("a BatchNormalization layer is synchronised or renormalised")
    parameters = [
        new_parameter(draft, layer, variable, name) if variable is not None else -1
        for variable, name in (
            (layer.gamma if layer.scale else None, "gamma"),
            (layer.beta if layer.center else None, "beta"),
            (layer.moving_mean, ""),
            (layer.moving_variance, ""),
        )
    ]
    draft.append(
        Operation(
            kind="batch_norm",
            parameters=(parameters[0], parameters[1], parameters[2], parameters[3]),
            number=float(layer.epsilon),
            momentum=float(layer.momentum),
            moving=not layer.trainable,
        )
    )


def _add_layer_norm(draft: GraphBuilder, layer: Any) -> None:
    _check_normalization(draft, layer)
    if layer.rms_scaling:
        raise Unsupported("a LayerNormalization layer scales by the root of the mean square")
    gamma = new_parameter(draft, layer, layer.gamma, "gamma") if layer.scale else -1
    beta = new_parameter(draft, layer, layer.beta, "beta") if layer.center else -1
    draft.append(
        Operation(kind="layer_norm", parameters=(gamma, beta, -1, -1), number=float(layer.epsilon))
    )


def _add_rms_norm(draft: GraphBuilder, layer: Any) -> None:
    _check_normalization(draft, layer)
    gamma = new_parameter(draft, layer, layer.scale, "scale")
    draft.append(
        Operation(kind="rms_norm", parameters=(gamma, -1, -1, -1), number=float(layer.epsilon))
    )


def _add_unit_norm(draft: GraphBuilder, layer: Any) -> None:
    _check_axis(draft, layer)
    draft.append(Operation(kind="unit_norm"))


def _check_normalization(draft: GraphBuilder, layer: Any) -> None:
    _check_axis(draft, layer)
    if layer.epsilon <= 0:
        raise Unsupported(f"{kind_of(layer)} has an epsilon of 0")


def _check_axis(draft: GraphBuilder, layer: Any) -> None:
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    if len(draft.shape) != 1 or [axis % 2 for axis in axes] != [1]:
        raise Unsupported(f"{kind_of(layer)} is not over the last of two dimensions")


def _add_reshape(draft: GraphBuilder, layer: Any) -> None:
    shape = tuple(layer.output.shape[1:])
    if math.prod(shape) != draft.width:
        raise Unsupported(f"{kind_of(layer)} changes the number of values")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise Unsupported(f"{kind_of(layer)} takes the channels first")
    draft.shape = shape


LAYERS: dict[type, Callable[[GraphBuilder, Any], None]] = {
    _layers.Dense: _add_dense,
    _layers.Activation: lambda draft, layer: _add_function(draft, layer.activation),
    _layers.ReLU: _add_relu,
    _layers.LeakyReLU: _add_leaky_relu,
    _layers.ELU: _add_elu,
    _layers.Softmax: _add_softmax,
    _layers.Dropout: _add_dropout,
    _layers.AlphaDropout: _add_dropout,
    _layers.GaussianDropout: _add_dropout,
    _layers.GaussianNoise: _add_noise,
    _layers.PReLU: _add_prelu,
    _layers.Rescaling: _add_rescaling,
    _layers.Normalization: _add_standardisation,
    _layers.RMSNormalization: _add_rms_norm,
    _layers.UnitNormalization: _add_unit_norm,
    _layers.Identity: lambda draft, layer: None,
    _layers.ActivityRegularization: lambda draft, layer: None,
    _layers.BatchNormalization: _add_batch_norm,
    _layers.LayerNormalization: _add_layer_norm,
    _layers.Flatten: _add_reshape,
    _layers.Reshape: _add_reshape,
}


# What computes in float32 whatever it is given, or not at all.
TAKE_WHOLE_NUMBERS = (
    _layers.Dense,
    _layers.Rescaling,
    _layers.Normalization,
    _layers.Flatten,
    _layers.Reshape,
    _layers.Identity,
)


def _fold(kind: str) -> Callable[[GraphBuilder, Any, list[Value]], None]:
    """Sums and products of several inputs: one after the other, as Keras takes them."""

    def fold(draft: GraphBuilder, layer: Any, others: list[Value]) -> None:
        for other in others:
            if other.shape != draft.shape:
                raise Unsupported(f"{kind_of(layer)} stretches one of its inputs")
            draft.append(Operation(kind=kind), other)

    return fold


def _add_average(draft: GraphBuilder, layer: Any, others: list[Value]) -> None:
    _fold("add")(draft, layer, others)
    share = float(np.float32(1) / np.float32(len(others) + 1))
    draft.append(Operation(kind="rescale", factor=(share,)))


def _add_difference(draft: GraphBuilder, layer: Any, others: list[Value]) -> None:
    first, draft.value = draft.value, others[0]
    draft.append(Operation(kind="rescale", factor=(-1.0,)))
    _fold("add")(draft, layer, [first])


def _add_concatenation(draft: GraphBuilder, layer: Any, others: list[Value]) -> None:
    if layer.axis not in (-1, 1):
        raise Unsupported("Concatenate is not over the last of two dimensions")
    draft.append(Operation(kind="concatenate"), *others)
    draft.shape = (draft.width + sum(other.shape[0] for other in others),)


MERGES: dict[type, Callable[[GraphBuilder, Any, list[Value]], None]] = {
    _layers.Add: _fold("add"),
    _layers.Multiply: _fold("multiply"),
    _layers.Average: _add_average,
    _layers.Subtract: _add_difference,
    _layers.Concatenate: _add_concatenation,
}
