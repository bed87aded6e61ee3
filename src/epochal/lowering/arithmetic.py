"""Sums and products that a model writes as such: of two values, or of a value and a number."""

from typing import Any

import keras
import numpy as np

from epochal.compat._keras import Added, Divided, Multiplied, Subtracted
from epochal.engine.graph import Operation
from epochal.lowering.builder import GraphBuilder, Value, kind_of
from epochal.lowering.embeddings import add_positions
from epochal.lowering.merges import merge
from epochal.lowering.unsupported import Unsupported

ARITHMETIC = (Added, Divided, Multiplied, Subtracted)
# The layer that does the same to two values.
_LAYERS = {
    Added: keras.layers.Add,
    Multiplied: keras.layers.Multiply,
    Subtracted: keras.layers.Subtract,
}


def add_arithmetic(builder: GraphBuilder, node: Any, taken: list[Value]) -> None:
    """What ``+``, ``-``, ``*`` and ``/`` make of `taken`, the values among a node's arguments."""
    operation, (one, two) = node.operation, node.arguments.args
    builder.current, *others = taken
    if others and type(operation) in _LAYERS:
        merge(builder, _LAYERS[type(operation)], operation, others)
    elif others:
        raise Unsupported(f"{kind_of(operation)} of two values")
    else:
        first = isinstance(one, keras.KerasTensor)
        given = two if first else one
        if isinstance(operation, Added) and id(given) in builder.embedded:
            return add_positions(builder, *builder.embedded[id(given)])
        factor, offset = _with_number(operation, _number(operation, given), first)
        builder.append(Operation(kind="rescale", factor=(factor,), offset=(offset,)))


def _with_number(operation: Any, number: float, first: bool) -> tuple[float, float]:
    """Factor and offset; the value comes `first`, or the number."""
    if isinstance(operation, Added):
        return 1.0, number
    if isinstance(operation, Multiplied):
        return number, 0.0
    if isinstance(operation, Subtracted):
        return (1.0, -number) if first else (-1.0, number)
    if not first or number == 0:
        raise Unsupported(f"{kind_of(operation)} by a value, or by zero")
    return 1 / number, 0.0


def _number(operation: Any, given: Any) -> float:
    if not isinstance(given, int | float | np.generic):
        raise Unsupported(f"{kind_of(operation)} with an array")
    return float(given)
