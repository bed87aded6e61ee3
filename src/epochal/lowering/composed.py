"""A layer of a user's own that is composed of others: the graph that its `call` makes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any

import keras

from epochal.bridge.graph import call_nodes
from epochal.compat._keras import flatten_layers, forgetting_calls, inside_call
from epochal.lowering.builder import kind_of
from epochal.lowering.unsupported import Unsupported

OF_LIBRARIES = ("keras", "epochal")


def is_own(layer: Any) -> bool:
    """Whether it is of a class that neither Keras nor epochal has defined."""
    package = type(layer).__module__.partition(".")[0]
    return isinstance(layer, keras.Layer) and package not in OF_LIBRARIES


@contextmanager
def composition(node: Any) -> Iterator[Any]:
    """The functional model of the layers that a layer's `call` applies, where it does nothing else.

    `call` is run as Keras runs it to infer shapes, once for training and once for inference. What
    is left of it afterwards is nothing: neither variables nor losses nor calls of its layers.

    Raises
    ------
    Unsupported
        Where the two differ, or the layer does what no graph of layers shows.
    """
    layer = node.operation
    with forgetting_calls(flatten_layers(layer)):
        graph, other = _traced(node, training=False), _traced(node, training=True)
        if _description(graph) != _description(other):
            raise Unsupported(f"layer {kind_of(layer)}, which trains otherwise than it predicts")
        yield graph


def _traced(node: Any, training: bool) -> Any:
    layer = node.operation
    given = {
        id(tensor): keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)
        for tensor in node.input_tensors
    }
    arguments = node.arguments
    args, kwargs = keras.tree.map_structure(
        lambda value: given.get(id(value), value), (arguments.args, arguments.kwargs)
    )
    kwargs = {name: value for name, value in kwargs.items() if name != "training"}
    if "training" in signature(layer.call).parameters:
        kwargs["training"] = training
    try:
        with keras.StatelessScope() as scope, inside_call(layer, training=training):
            outputs = layer.call(*args, **kwargs)
        graph = keras.Model(list(given.values()), outputs)
    except Exception as error:  # a user's own code: what it raises is its own affair
        raise Unsupported(f"layer {kind_of(layer)}") from error
    if scope.state_mapping:
        raise Unsupported(f"layer {kind_of(layer)}, which updates variables by itself")
    for call in call_nodes(graph):
        if call.arguments.kwargs.get("training") not in (None, training):
            raise Unsupported(f"layer {kind_of(layer)}, which says when a layer inside trains")
    return graph


def _description(graph: Any) -> list[Any]:
    """Equal for graphs that do the same to the same layers."""
    places: dict[int, Any] = {id(tensor): place for place, tensor in enumerate(graph.inputs)}
    calls: list[Any] = []
    for node in call_nodes(graph):
        operation, arguments = node.operation, node.arguments
        what = id(operation) if isinstance(operation, keras.Layer) else type(operation)
        named = {name: value for name, value in arguments.kwargs.items() if name != "training"}
        values = [
            places.get(id(value), repr(value))
            for value in keras.tree.flatten((arguments.args, named))
        ]
        calls.append((what, sorted(named), values))
        places |= {id(tensor): (len(calls), at) for at, tensor in enumerate(node.outputs)}
    return [*calls, [places[id(tensor)] for tensor in graph.outputs]]
