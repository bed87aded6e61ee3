"""A layer of a user's own that is composed of others: the graph that its `call` makes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from threading import RLock
from typing import Any, NamedTuple

import keras

from epochal.bridge.graph import call_nodes
from epochal.bridge.patches import Embedded, noting_embedded_constants
from epochal.compat._keras import flatten_layers, forgetting_calls, inside_call, is_layer_scale
from epochal.lowering.builder import kind_of
from epochal.lowering.unsupported import Unsupported

OF_LIBRARIES = ("keras", "epochal")
APPLICATIONS = "keras.src.applications"  # which write layers as users do

# A call changes what its layers know of their calls, and what `Embedding` is, for every thread.
_LOOKING = RLock()


class Composition(NamedTuple):
    """A graph of layers, and which embeddings of constant indices it adds, by the arrays' ids."""

    functional: Any
    embedded: Embedded


def is_own(layer: Any) -> bool:
    """Whether it is of a class that neither Keras' layers nor epochal has defined."""
    module = type(layer).__module__
    of_library = module.partition(".")[0] in OF_LIBRARIES and not module.startswith(APPLICATIONS)
    return isinstance(layer, keras.Layer) and not of_library and not is_layer_scale(layer)


@contextmanager
def composition(node: Any) -> Iterator[Composition]:
    """The functional model of the layers that a layer's `call` applies, where it does nothing else.

    `call` is run as Keras runs it to infer shapes, once for training and once for inference. What
    is left of it afterwards is nothing: neither variables nor losses nor calls of its layers.

    Raises
    ------
    Unsupported
        Where the two differ, or the layer does what no graph of layers shows.
    """
    layer = node.operation
    with _LOOKING, forgetting_calls(flatten_layers(layer)):
        made, other = _traced(node, training=False), _traced(node, training=True)
        if _description(made.functional) != _description(other.functional):
            raise Unsupported(f"layer {kind_of(layer)}, which trains otherwise than it predicts")
        yield made


def _traced(node: Any, training: bool) -> Composition:
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
        scope = keras.StatelessScope()
        with noting_embedded_constants() as embedded, scope, inside_call(layer, training=training):
            outputs = layer.call(*args, **kwargs)
        graph = keras.Model(list(given.values()), outputs)
    except Exception as error:  # a user's own code: what it raises is its own affair
        raise Unsupported(f"layer {kind_of(layer)}") from error
    if scope.state_mapping:
        raise Unsupported(f"layer {kind_of(layer)}, which updates variables by itself")
    for call in call_nodes(graph):
        if call.arguments.kwargs.get("training") not in (None, training):
            raise Unsupported(f"layer {kind_of(layer)}, which says when a layer inside trains")
    return Composition(graph, embedded)


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
