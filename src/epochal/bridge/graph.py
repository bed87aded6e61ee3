"""The calls that a model is made of."""

import keras
from keras.src.ops.node import Node


def nodes_of(model: keras.Model) -> dict[keras.Operation, list[Node]]:
    """The layers and operations of a built Sequential or functional model, and the calls of each.

    Only calls that belong to this model: a layer that several models share has been called in
    each of them, and one of a `Sequential` once for each layer that was added after it. A
    subclassed model shows none.
    """
    functional = getattr(model, "_functional", None) or model
    found: dict[keras.Operation, list[Node]] = {
        operation: [] for operation in getattr(functional, "operations", ())
    }
    by_depth = getattr(functional, "_nodes_by_depth", {})
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            found[node.operation].append(node)
    return found
