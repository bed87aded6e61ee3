"""The calls that a model is made of."""

from typing import Any

import keras

from epochal.compat._keras import Node, functional_of, nodes_by_depth


def call_nodes(model: Any) -> list[Node]:
    """The calls of a Sequential or functional model's operations, those near the inputs first.

    Each is a node with ``operation``, ``input_tensors``, ``outputs`` and ``arguments``; the model's
    inputs are none of them.
    """
    return [node for node in nodes_by_depth(functional_of(model) or model) if not node.is_input]


def nodes_of(model: keras.Model) -> dict[keras.Operation, list[Node]]:
    """The layers and operations of a built Sequential or functional model, and the calls of each.

    Only calls that belong to this model: a layer that several models share has been called in
    each of them, and one of a `Sequential` once for each layer that was added after it. A
    subclassed model shows none.
    """
    functional = functional_of(model) or model
    found: dict[keras.Operation, list[Node]] = {
        operation: [] for operation in getattr(functional, "operations", ())
    }
    for node in nodes_by_depth(functional):
        found[node.operation].append(node)
    return found
