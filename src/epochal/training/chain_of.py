"""A Keras model as a feed-forward chain, or the reason why it is none."""

from typing import Any

import keras
from keras.src.models.functional import Functional

from epochal.engine.chain import Chain, Objective, Operation
from epochal.training import bridge
from epochal.training.draft import Draft, kind_of
from epochal.training.objective_of import metrics_of, objective_of
from epochal.training.operations_of import add_layer
from epochal.training.refusal import Refusal
from epochal.training.rule_of import rule_of, unwrapped

PREDICTIONS = ("predict", "sample")
# What computes a step, where a user may have put something else.
_STEPS = ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics", "call")


def chain_of(model: keras.Model, purpose: str) -> Chain | str:
    """The chain that computes what `model` does, or in one sentence why there is none.

    `purpose` is "train", "test", "predict" or "sample" (a prediction with dropout on): a prediction
    needs no loss, a test no optimiser.
    """
    try:
        return _chain(model, purpose)
    except Refusal as refusal:
        return str(refusal)


def _chain(model: keras.Model, purpose: str) -> Chain:
    layers, shape = _layers_in_order(model)
    draft = Draft(model, purpose, shape, bridge.places(model))
    columns = draft.width
    for layer in layers:
        add_layer(draft, layer)
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
        metrics=metrics_of(model, objective, draft.places) if purpose not in PREDICTIONS else (),
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
            raise Refusal(f"{kind_of(layer)} stands in a graph that is no chain")
        tensor = operations[0].outputs[0]
    if tensor is not functional.outputs[0]:
        raise Refusal("its layers are no chain")
    shape = functional.inputs[0].shape[1:]
    if not shape or None in shape:
        raise Refusal("the shape of its input is not fixed")
    if functional.inputs[0].dtype != "float32":
        raise Refusal(f"its input is {functional.inputs[0].dtype}")
    return layers, tuple(shape)


def _with_link(draft: Draft, purpose: str) -> Objective:
    """The loss, with the softmax or sigmoid that the model ends in as its link."""
    last = draft.operations[-1] if draft.operations else Operation(kind="")
    end = last.activation if last.activation == "sigmoid" else last.kind
    end = end if end in ("sigmoid", "softmax") else "none"
    if purpose in PREDICTIONS:
        losses = {"softmax": "categorical", "sigmoid": "binary", "none": "mse"}
        objective = Objective(loss=losses[end], link=end)
    else:
        objective = objective_of(draft.model, end)
    if objective.link == end != "none" and objective.linked_outputs:
        draft.operations.pop()
    return objective
