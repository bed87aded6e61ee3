"""A compiled Keras model as a graph, or the reason why it is none."""

import math
from typing import Any

import keras

from epochal.bridge.graph import call_nodes
from epochal.bridge.state import state_indices
from epochal.compat._keras import (
    ConvertToTensor,
    Functional,
    NotEqual,
    functional_of,
    has_mask,
    inputs_structure,
)
from epochal.engine.graph import Graph, LossSpec, Operation
from epochal.lowering.arithmetic import ARITHMETIC, add_arithmetic
from epochal.lowering.attention import add_attention
from epochal.lowering.builder import GraphBuilder, Value, kind_of
from epochal.lowering.composed import composition, is_own
from epochal.lowering.layers import (
    HEED_MASKS,
    TAKE_INTEGERS,
    add_activity_penalty,
    add_layer,
    check_layer,
)
from epochal.lowering.losses import lower_loss, lower_metrics
from epochal.lowering.merges import add_merge
from epochal.lowering.optimizers import lower_optimizer, without_rate_factors
from epochal.lowering.unsupported import Unsupported

PREDICTIONS = ("predict", "sample")
MODELS = (keras.Sequential, Functional)
_WEIGHTED = ("dense", "convolution")
_INTEGERS = ("uint8", "int32")
# What computes a step, where a user may have put something else.
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "call")


def lower_model(model: keras.Model, purpose: str) -> Graph | str:
    """The graph that computes what `model` does, or why there is none.

    Parameters
    ----------
    model : keras.Model
        Built, and compiled where `purpose` needs it.
    purpose : "train", "test", "predict" or "sample"
        "sample" is a prediction with dropout on. A prediction needs no loss, a test no optimiser.

    Returns
    -------
    Graph or str
        The reason is the end of a sentence that begins "unsupported model: ".
    """
    try:
        return _lowered(model, purpose)
    except Unsupported as unsupported:
        return str(unsupported)


def _lowered(model: keras.Model, purpose: str) -> Graph:
    functional = _functional(model)
    if len(functional.outputs) != 1:
        raise Unsupported("several outputs")
    _check_inputs(functional)
    builder = GraphBuilder(model, purpose, state_indices(model))
    inputs = [
        Value(-1 - number, tuple(tensor.shape[1:]))
        for number, tensor in enumerate(functional.inputs)
    ]
    (builder.current,) = _add_layers(builder, functional, inputs)
    if not any(operation.kind in _WEIGHTED for operation in builder.operations):
        raise Unsupported("no Dense layer and no convolution")
    _check_all_are_used(builder)
    loss = _loss_with_link(builder)
    training, predicting = purpose == "train", purpose in PREDICTIONS
    structure = inputs_structure(functional)
    return Graph(
        inputs=tuple(math.prod(tensor.shape[1:]) for tensor in functional.inputs),
        types=tuple(tensor.dtype for tensor in functional.inputs),
        names=tuple(sorted(structure)) if isinstance(structure, dict) else (),
        outputs=builder.width,
        output_shape=builder.shape,
        parameters=tuple(builder.parameters),
        operations=tuple(builder.operations),
        seeds=tuple(builder.seeds),
        loss=loss,
        metrics=() if predicting else lower_metrics(model, loss, builder.state_indices),
        optimizer=lower_optimizer(without_rate_factors(model.optimizer), builder.state_indices)
        if training
        else Graph.optimizer,
    )


def _functional(model: keras.Model) -> Any:
    """The functional model that `model` is, or has inside."""
    if type(model) not in MODELS:
        raise Unsupported(f"{type(model).__name__}, a subclass of keras.Model")
    replaced = [name for name in _STEPS if name in vars(model)]
    if replaced:
        raise Unsupported(f"a {replaced[0]} that has been replaced")
    functional = functional_of(model)
    if functional is None:
        raise Unsupported(f"a {kind_of(model)} that is not built")
    if any(isinstance(each, dict | list | tuple) for each in _elements(functional)):
        raise Unsupported("nested inputs")
    return functional


def _check_inputs(functional: Any) -> None:
    for tensor in functional.inputs:
        if len(tensor.shape) < 2 or None in tensor.shape[1:]:
            raise Unsupported("an input whose shape is not fixed")
        if tensor.dtype not in ("float32", *_INTEGERS):
            raise Unsupported(f"an input of type {tensor.dtype}")


def _elements(functional: Any) -> list[Any]:
    """The inputs, or what they are nested in, in the order of `functional.inputs`."""
    inputs = inputs_structure(functional)
    if isinstance(inputs, dict):
        return [inputs[name] for name in sorted(inputs)]
    return list(inputs) if isinstance(inputs, list | tuple) else [inputs]


def _add_layers(builder: GraphBuilder, functional: Any, inputs: list[Value]) -> list[Value]:
    """Every layer from the inputs to the outputs, each after those that it takes its inputs from.

    What each of the functional model's outputs is.
    """
    values = {id(tensor): value for tensor, value in zip(functional.inputs, inputs, strict=True)}
    nodes, masks = call_nodes(functional), dict[int, Value]()
    if any(getattr(node.operation, "mask_zero", False) for node in nodes):
        _check_masks_are_shown(nodes)
    for node in nodes:
        layer = node.operation
        _check_types(node)
        if type(layer) is keras.layers.MultiHeadAttention:
            add_attention(builder, layer, node.arguments, values)
            values[id(node.outputs[0])] = builder.current
            continue
        if isinstance(layer, NotEqual):
            masks[id(node.outputs[0])] = _mask(node.arguments.args, values)
            continue
        given = {name for name, value in node.arguments.kwargs.items() if _is_given(value)}
        mask = id(node.arguments.kwargs.get("mask"))
        builder.mask = masks.get(mask) if type(layer) in HEED_MASKS else None
        given -= {"training"}  # which every call of the model overrules
        given -= {"mask"} if builder.mask is not None else set()
        if given:
            raise Unsupported(f"{kind_of(layer)} called with {', '.join(sorted(given))}")
        taken = [values[id(tensor)] for tensor in node.input_tensors if id(tensor) != mask]
        values |= zip(map(id, node.outputs), _applied(builder, node, taken), strict=True)
    if any(map(has_mask, functional.outputs)):
        raise Unsupported("a mask on the output, which the loss heeds")
    return [values[id(tensor)] for tensor in functional.outputs]


def _is_given(value: Any) -> bool:
    """Whether an argument is more than None; of several inputs, for one of them."""
    return any(each is not None for each in keras.tree.flatten(value))


def _applied(builder: GraphBuilder, node: Any, taken: list[Value]) -> list[Value]:
    """What a layer, or a model that is used as one, makes of the values that it is given."""
    layer = node.operation
    if type(layer) in MODELS:
        return _add_layers(builder, _model_within(node), taken)
    if isinstance(layer, ConvertToTensor) and layer.dtype in (None, node.input_tensors[0].dtype):
        return taken
    if type(layer) in ARITHMETIC:
        add_arithmetic(builder, node, taken)
        return [builder.current]
    if is_own(layer):
        return _add_composition(builder, node, taken)
    builder.current, *others = taken
    if others:
        add_merge(builder, layer, others)
    else:
        add_layer(builder, layer)
    return [builder.current]


def _add_composition(builder: GraphBuilder, node: Any, taken: list[Value]) -> list[Value]:
    layer = node.operation
    check_layer(layer)
    values = dict(zip(map(id, node.input_tensors), taken, strict=True))  # one may be given twice
    with composition(node) as made:
        builder.embedded |= made.embedded
        try:
            outputs = _add_layers(builder, made.functional, list(values.values()))
        except Unsupported as inside:
            raise Unsupported(f"layer {kind_of(layer)}: {inside}") from None
    if len(outputs) == 1:
        (builder.current,) = outputs
        add_activity_penalty(builder, layer)
        return [builder.current]
    return outputs


def _model_within(node: Any) -> Any:
    """The functional model of one that is used as a layer."""
    model, given = node.operation, node.input_tensors
    check_layer(model)
    functional = _functional(model)
    if len(given) > 1 and isinstance(inputs_structure(functional), dict):
        raise Unsupported(f"a {kind_of(model)} of several inputs by name as a layer")
    # What Keras would convert or reshape first.
    for one, own in zip(given, functional.inputs, strict=True):
        if len(one.shape) != len(own.shape) or one.dtype != own.dtype:
            raise Unsupported(f"a {kind_of(model)} as a layer, given another type than its own")
    return functional


def _check_masks_are_shown(nodes: list[Any]) -> None:
    """Raise `Unsupported` where Keras finds masks by the arrays that bear them, beside its graph.

    Attention looks there; and a layer that knows nothing of masks, but returns its very input, as a
    Reshape to the same shape does, passes them on.
    """
    for node in nodes:
        layer = node.operation
        passes = not getattr(layer, "supports_masking", True)
        passes = passes and node.outputs[0].shape == node.input_tensors[0].shape
        if passes or is_own(layer) or type(layer) is keras.layers.MultiHeadAttention:
            raise Unsupported(f"{kind_of(layer)} beside masked sequences")


def _check_types(node: Any) -> None:
    layer = node.operation
    known: tuple[str, ...] = ("float32",)
    if isinstance(layer, NotEqual) or type(layer) in (*TAKE_INTEGERS, *MODELS) or is_own(layer):
        known += _INTEGERS
    for tensor in node.input_tensors:
        if tensor.dtype not in known and tensor is not node.arguments.kwargs.get("mask"):
            raise Unsupported(f"{kind_of(layer)} applied to {tensor.dtype}")


def _mask(compared: tuple[Any, ...], values: dict[int, Value]) -> Value:
    """What `Embedding(mask_zero=True)` compares with 0: the indices."""
    indices = values.get(id(compared[0]))
    if indices is None or len(compared) != 2 or compared[1] != 0:
        raise Unsupported("a mask other than that of an Embedding")
    return indices


def _check_all_are_used(builder: GraphBuilder) -> None:
    """Raise `Unsupported` where a layer or model inside gives what nothing takes."""
    used = {len(builder.operations) - 1}
    for number, operation in enumerate(builder.operations):
        used |= set(operation.inputs or [number - 1])
    if not used >= set(range(len(builder.operations))):
        raise Unsupported("a layer with several outputs, one of which is not used")


def _loss_with_link(builder: GraphBuilder) -> LossSpec:
    """The loss, with the softmax or sigmoid that the model ends in as its link."""
    last = builder.operations[-1] if builder.operations else Operation(kind="")
    end = last.activation if last.activation == "sigmoid" else last.kind
    end = end if end in ("sigmoid", "softmax") and not last.part else "none"
    if builder.purpose in PREDICTIONS:
        losses = {"softmax": "categorical", "sigmoid": "binary", "none": "mse"}
        loss = LossSpec(loss=losses[end], link=end)
    else:
        loss = lower_loss(builder.model, end)
        if loss.link == "softmax" and len(builder.shape) != 1:
            raise Unsupported("a cross-entropy of classes on more than one dimension")
    if loss.link == end != "none" and loss.linked_outputs:
        builder.operations.pop()
    return loss
