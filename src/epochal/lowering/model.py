"""A Keras model as a feed-forward chain, or the reason why it is none."""

import math
from typing import Any

import keras

from epochal.bridge.state import state_indices
from epochal.compat._keras import Functional, functional_of, inputs_structure, nodes_by_depth
from epochal.engine.graph import Graph, LossSpec, Operation
from epochal.lowering.builder import GraphBuilder, Value, kind_of
from epochal.lowering.layers import TAKE_WHOLE_NUMBERS, add_layer, add_merge
from epochal.lowering.losses import lower_loss, lower_metrics
from epochal.lowering.optimizers import lower_optimizer, without_rate_factors
from epochal.lowering.unsupported import Unsupported

PREDICTIONS = ("predict", "sample")
_WHOLE_NUMBERS = ("uint8", "int32")
# What computes a step, where a user may have put something else.
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "call")


def lower_model(model: keras.Model, purpose: str) -> Graph | str:
    """The chain that computes what `model` does, or in one sentence why there is none.

    `purpose` is "train", "test", "predict" or "sample" (a prediction with dropout on): a prediction
    needs no loss, a test no optimiser.
    """
    try:
        return _chain(model, purpose)
    except Unsupported as refusal:
        return str(refusal)


def _chain(model: keras.Model, purpose: str) -> Graph:
    graph = _graph(model)
    draft = GraphBuilder(model, purpose, state_indices(model))
    _follow(draft, graph)
    if not any(operation.kind == "dense" for operation in draft.operations):
        raise Unsupported("it has no Dense layer")
    objective = _with_link(draft, purpose)
    return Graph(
        inputs=tuple(math.prod(tensor.shape[1:]) for tensor in graph.inputs),
        types=tuple(tensor.dtype for tensor in graph.inputs),
        names=tuple(sorted(names)) if isinstance(names := inputs_structure(graph), dict) else (),
        outputs=draft.width,
        output_shape=draft.shape,
        parameters=tuple(draft.parameters),
        operations=tuple(draft.operations),
        seeds=tuple(draft.seeds),
        objective=objective,
        metrics=lower_metrics(model, objective, draft.places) if purpose not in PREDICTIONS else (),
        rule=lower_optimizer(without_rate_factors(model.optimizer), draft.places)
        if purpose == "train"
        else Graph.rule,
    )


def _graph(model: keras.Model) -> Any:
    """The functional model that `model` is, or has inside."""
    if type(model) not in (keras.Sequential, Functional):
        raise Unsupported(f"{type(model).__name__} is a subclass of keras.Model")
    replaced = [name for name in _STEPS if name in vars(model)]
    if replaced:
        raise Unsupported(f"its {replaced[0]} has been replaced")
    if len(model.outputs) != 1:
        raise Unsupported("it has several outputs")
    graph = functional_of(model)
    if any(isinstance(each, dict | list | tuple) for each in _elements(graph)):
        raise Unsupported("its inputs are nested")
    for tensor in graph.inputs:
        if len(tensor.shape) < 2 or None in tensor.shape[1:]:
            raise Unsupported("the shape of its input is not fixed")
        if tensor.dtype not in ("float32", *_WHOLE_NUMBERS):
            raise Unsupported(f"its input is {tensor.dtype}")
    return graph


def _elements(graph: Any) -> list[Any]:
    """The inputs, or what they are nested in, in the order of `graph.inputs`."""
    inputs = inputs_structure(graph)
    if isinstance(inputs, dict):
        return [inputs[name] for name in sorted(inputs)]
    return list(inputs) if isinstance(inputs, list | tuple) else [inputs]


def _follow(draft: GraphBuilder, graph: Any) -> None:
    """Every layer from the inputs to the output, each after those that it takes its inputs from."""
    values = {
        id(tensor): Value(-1 - number, tuple(tensor.shape[1:]))
        for number, tensor in enumerate(graph.inputs)
    }
    for node in nodes_by_depth(graph):
        if node.is_input:
            continue
        layer = node.operation
        given = {name for name, value in node.arguments.kwargs.items() if value is not None}
        if given - {"training"}:  # which every call of the model overrules
            raise Unsupported(f"{kind_of(layer)} is called with arguments of its own")
        for tensor in node.input_tensors:
            if tensor.dtype != "float32" and type(layer) not in TAKE_WHOLE_NUMBERS:
                raise Unsupported(f"{kind_of(layer)} is applied to {tensor.dtype}")
        draft.value, *others = (values[id(tensor)] for tensor in node.input_tensors)
        if others:
            add_merge(draft, layer, others)
        else:
            add_layer(draft, layer)
        values[id(node.outputs[0])] = draft.value
    draft.value = values[id(graph.outputs[0])]


def _with_link(draft: GraphBuilder, purpose: str) -> LossSpec:
    """The loss, with the softmax or sigmoid that the model ends in as its link."""
    last = draft.operations[-1] if draft.operations else Operation(kind="")
    end = last.activation if last.activation == "sigmoid" else last.kind
    end = end if end in ("sigmoid", "softmax") else "none"
    if purpose in PREDICTIONS:
        losses = {"softmax": "categorical", "sigmoid": "binary", "none": "mse"}
        objective = LossSpec(loss=losses[end], link=end)
    else:
        objective = lower_loss(draft.model, end)
    if objective.link == end != "none" and objective.linked_outputs:
        draft.operations.pop()
    return objective
