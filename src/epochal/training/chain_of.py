"""A Keras model as a feed-forward chain, or the reason why it is none."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import keras
from keras.src.models.functional import Functional

from epochal.engine.chain import Chain, Objective, Operation, Parameter, Place
from epochal.training import bridge
from epochal.training.activation_of import activation_of, bounded_relu, with_number
from epochal.training.objective_of import metrics_of, objective_of
from epochal.training.refusal import Refusal
from epochal.training.rule_of import decays, rate_factor, rule_of, slots_of, unwrapped

_layers = keras.layers
_functions = keras.activations
# What computes a step, where a user may have put something else.
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "call")
_DROPOUTS = {_layers.Dropout: "dropout", _layers.AlphaDropout: "alpha_dropout"}
_NORM_CONSTRAINTS = {
    keras.constraints.MaxNorm: "max_norm",
    keras.constraints.UnitNorm: "unit_norm",
}


def chain_of(model: keras.Model, purpose: str) -> Chain | str:
    """The chain that computes what `model` does, or in one sentence why there is none.

    `purpose` is "train", "test" or "predict": a prediction needs no loss, a test no optimiser.
    """
    try:
        return _chain(model, purpose)
    except Refusal as refusal:
        return str(refusal)


@dataclass
class _Draft:
    """What has been derived so far."""

    model: keras.Model
    purpose: str
    shape: tuple[int, ...]
    places: dict[int, Place]
    operations: list[Operation] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    softmax: bool = False  # the chain has ended

    @property
    def width(self) -> int:
        return math.prod(self.shape)


def _chain(model: keras.Model, purpose: str) -> Chain:
    layers, shape = _layers_in_order(model)
    draft = _Draft(model, purpose, shape, bridge.places(model))
    columns = draft.width
    for layer in layers:
        _add(draft, layer)
    if not any(operation.kind == "dense" for operation in draft.operations):
        raise Refusal("it has no Dense layer")
    objective = _with_link(draft, purpose)
    return Chain(
        input=columns,
        outputs=draft.width,
        output_shape=draft.shape,
        parameters=tuple(draft.parameters),
        operations=tuple(draft.operations),
        seeds=tuple(draft.seeds),
        objective=objective,
        metrics=metrics_of(model, objective, draft.places) if purpose != "predict" else (),
        rule=rule_of(unwrapped(model.optimizer), draft.places)
        if purpose == "train"
        else Chain.rule,
    )


def _layers_in_order(model: keras.Model) -> tuple[list[Any], tuple[int, ...]]:
    """The layers that the input goes through, and the shape of one row of it."""
    if type(model) not in (keras.Sequential, Functional):
        raise Refusal(f"{type(model).__name__} is a subclass of keras.Model")
    replaced = [name for name in _STEPS if name in vars(model)]
    if replaced:
        raise Refusal(f"its {replaced[0]} has been replaced")
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise Refusal("it has several inputs or outputs")
    functional = model._functional if isinstance(model, keras.Sequential) else model
    layers = [
        layer for layer in functional.layers if not isinstance(layer, keras.layers.InputLayer)
    ]
    tensor = functional.inputs[0]
    for layer in layers:
        operations = [
            node
            for nodes in functional._nodes_by_depth.values()
            for node in nodes
            if node.operation is layer
        ]
        inputs = [x for node in operations for x in node.input_tensors]
        if len(operations) != 1 or len(inputs) != 1 or inputs[0] is not tensor:
            raise Refusal(f"{_kind(layer)} stands in a graph that is no chain")
        tensor = operations[0].outputs[0]
    if tensor is not functional.outputs[0]:
        raise Refusal("its layers are no chain")
    shape = functional.inputs[0].shape[1:]
    if not shape or None in shape:
        raise Refusal("the shape of its input is not fixed")
    if functional.inputs[0].dtype != "float32":
        raise Refusal(f"its input is {functional.inputs[0].dtype}")
    return layers, tuple(shape)


def _add(draft: _Draft, layer: Any) -> None:
    add = _LAYERS.get(type(layer))
    if add is None:
        raise Refusal(f"it has a layer of the kind {_kind(layer)}")
    if draft.softmax:
        raise Refusal("a softmax stands before its last layer")
    if layer.dtype_policy.name != "float32" or getattr(layer, "quantization_mode", None):
        raise Refusal(f"{_kind(layer)} does not compute in float32")
    if layer._losses:
        raise Refusal(f"{_kind(layer)} has a loss of its own")
    if getattr(layer, "activity_regularizer", None) is not None:
        raise Refusal(f"{_kind(layer)} has an activity penalty")
    add(draft, layer)


def _add_dense(draft: _Draft, layer: Any) -> None:
    if len(draft.shape) != 1:
        raise Refusal("a Dense layer is applied to more than one dimension")
    if getattr(layer, "lora_enabled", False):
        raise Refusal("a Dense layer has LoRA weights")
    kernel = _parameter(draft, layer, layer.kernel, "kernel")
    bias = _parameter(draft, layer, layer.bias, "bias") if layer.use_bias else -1
    draft.operations.append(Operation(kind="dense", parameters=(kernel, bias, -1, -1)))
    draft.shape = (layer.units,)
    _add_function(draft, layer.activation)


def _add_function(draft: _Draft, function: Any) -> None:
    if function is _functions.linear:
        return
    if function is _functions.softmax:
        _end_in_softmax(draft)
    elif isinstance(function, _layers.Layer):
        _add(draft, function)
    else:
        draft.operations.append(activation_of(function))


def _end_in_softmax(draft: _Draft) -> None:
    if len(draft.shape) != 1:
        raise Refusal("a softmax is applied to more than one dimension")
    draft.softmax = True


def _add_softmax(draft: _Draft, layer: Any) -> None:
    if layer.axis not in (-1, 1):
        raise Refusal("a softmax is not over the last axis")
    _end_in_softmax(draft)


def _add_relu(draft: _Draft, layer: Any) -> None:
    relu = bounded_relu(layer.negative_slope, layer.max_value, layer.threshold)
    draft.operations.append(relu)


def _add_leaky_relu(draft: _Draft, layer: Any) -> None:
    draft.operations.append(with_number("leaky_relu", layer.negative_slope))


def _add_elu(draft: _Draft, layer: Any) -> None:
    draft.operations.append(with_number("elu", layer.alpha))


def _add_dropout(draft: _Draft, layer: Any) -> None:
    if layer.noise_shape is not None:
        raise Refusal(f"{_kind(layer)} has a noise_shape")
    if not layer.rate:
        return
    if not 0 < layer.rate < 1:
        raise Refusal(f"{_kind(layer)} has the rate {layer.rate}")
    state = layer.seed_generator.state
    position = draft.places[id(state)][1]
    if position in draft.seeds:
        raise Refusal("two layers share a seed")
    draft.seeds.append(position)
    draft.operations.append(
        Operation(kind=_DROPOUTS[type(layer)], number=float(layer.rate), seed=len(draft.seeds) - 1)
    )


def _add_batch_norm(draft: _Draft, layer: Any) -> None:
    _check_normalization(draft, layer)
    if layer.synchronized or getattr(layer, "renorm", False):
        raise Refusal("a BatchNormalization layer is synchronised or renormalised")
    parameters = [
        _parameter(draft, layer, variable, name) if variable is not None else -1
        for variable, name in (
            (layer.gamma if layer.scale else None, "gamma"),
            (layer.beta if layer.center else None, "beta"),
            (layer.moving_mean, ""),
            (layer.moving_variance, ""),
        )
    ]
    draft.operations.append(
        Operation(
            kind="batch_norm",
            parameters=(parameters[0], parameters[1], parameters[2], parameters[3]),
            number=float(layer.epsilon),
            momentum=float(layer.momentum),
            moving=not layer.trainable,
        )
    )


def _add_layer_norm(draft: _Draft, layer: Any) -> None:
    _check_normalization(draft, layer)
    if layer.rms_scaling:
        raise Refusal("a LayerNormalization layer scales by the root of the mean square")
    gamma = _parameter(draft, layer, layer.gamma, "gamma") if layer.scale else -1
    beta = _parameter(draft, layer, layer.beta, "beta") if layer.center else -1
    draft.operations.append(
        Operation(kind="layer_norm", parameters=(gamma, beta, -1, -1), number=float(layer.epsilon))
    )


def _check_normalization(draft: _Draft, layer: Any) -> None:
    axes = layer.axis if isinstance(layer.axis, list | tuple) else [layer.axis]
    if len(draft.shape) != 1 or [axis % 2 for axis in axes] != [1]:
        raise Refusal(f"{_kind(layer)} is not over the last of two dimensions")
    if layer.epsilon <= 0:
        raise Refusal(f"{_kind(layer)} has an epsilon of 0")


def _add_reshape(draft: _Draft, layer: Any) -> None:
    shape = tuple(layer.output.shape[1:])
    if math.prod(shape) != draft.width:
        raise Refusal(f"{_kind(layer)} changes the number of values")
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise Refusal(f"{_kind(layer)} takes the channels first")
    draft.shape = shape


def _parameter(draft: _Draft, layer: Any, variable: Any, name: str) -> int:
    """The number of a new parameter for one of the layer's variables."""
    place = draft.places[id(variable)]
    if any(parameter.place == place for parameter in draft.parameters):
        raise Refusal(f"{_kind(layer)} is used twice")
    if variable.dtype != "float32":
        raise Refusal(f"{_kind(layer)} has weights in {variable.dtype}")
    rows, columns = variable.shape if len(variable.shape) == 2 else (1, variable.shape[0])
    trainable = place[0] == "trainable"
    parameter = Parameter(place=place, rows=rows, columns=columns, trainable=False)
    if trainable:
        l1, l2 = _penalty(getattr(layer, f"{name}_regularizer", None))
        parameter = replace(parameter, l1=l1, l2=l2)
    if trainable and draft.purpose == "train":
        optimizer = unwrapped(draft.model.optimizer)
        kind, limit = _constraint(variable.constraint, matrix=len(variable.shape) == 2)
        parameter = replace(
            parameter,
            trainable=True,
            slots=slots_of(optimizer, variable, draft.places),
            decayed=decays(optimizer, variable),
            constraint=kind,
            limit=limit,
            rate=rate_factor(draft.model.optimizer, variable),
        )
    draft.parameters.append(parameter)
    return len(draft.parameters) - 1


def _penalty(regularizer: Any) -> tuple[float, float]:
    if regularizer is None:
        return 0.0, 0.0
    known = (keras.regularizers.L1, keras.regularizers.L2, keras.regularizers.L1L2)
    if type(regularizer) not in known:
        raise Refusal(f"its penalty {type(regularizer).__name__} is not known")
    return float(getattr(regularizer, "l1", 0.0)), float(getattr(regularizer, "l2", 0.0))


def _constraint(constraint: Any, *, matrix: bool) -> tuple[str, float]:
    if constraint is None:
        return "none", 0.0
    if type(constraint) is keras.constraints.NonNeg:
        return "non_negative", 0.0
    kind = _NORM_CONSTRAINTS.get(type(constraint))
    if kind is None or not matrix or constraint.axis not in (0, [0]):
        raise Refusal(f"its constraint {type(constraint).__name__} is not on a matrix's columns")
    if keras.config.epsilon() != 1e-7:
        raise Refusal(f"its constraint {type(constraint).__name__} needs Keras' usual epsilon")
    return kind, float(getattr(constraint, "max_value", 0.0))


def _with_link(draft: _Draft, purpose: str) -> Objective:
    """The loss, with the softmax or sigmoid that the model ends in as its link."""
    last = draft.operations[-1] if draft.operations else None
    sigmoid = last is not None and last.activation == "sigmoid"
    end = "softmax" if draft.softmax else "sigmoid" if sigmoid else "none"
    if purpose == "predict":
        losses = {"softmax": "categorical", "sigmoid": "binary", "none": "mse"}
        objective = Objective(loss=losses[end], link=end)
    else:
        objective = objective_of(draft.model, end)
    if objective.link == "sigmoid" and objective.linked_outputs:
        draft.operations.pop()
    return objective


def _kind(layer: Any) -> str:
    return type(layer).__name__


_LAYERS: dict[type, Callable[[_Draft, Any], None]] = {
    _layers.Dense: _add_dense,
    _layers.Activation: lambda draft, layer: _add_function(draft, layer.activation),
    _layers.ReLU: _add_relu,
    _layers.LeakyReLU: _add_leaky_relu,
    _layers.ELU: _add_elu,
    _layers.Softmax: _add_softmax,
    _layers.Dropout: _add_dropout,
    _layers.AlphaDropout: _add_dropout,
    _layers.BatchNormalization: _add_batch_norm,
    _layers.LayerNormalization: _add_layer_norm,
    _layers.Flatten: _add_reshape,
    _layers.Reshape: _add_reshape,
}
