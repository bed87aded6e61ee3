"""Data and orders of rows as the extension reads them."""

from math import prod
from typing import Any

import numpy as np

from epochal.engine.graph import Graph
from epochal.engine.protocol import Block, Tree

ALIGNMENT = 64  # bytes


def arrays_of(chain: Graph, data: Tree) -> tuple[list[np.ndarray], Any, Any]:
    """Rows of each input, targets and weights as the extension reads them."""
    parts = data if isinstance(data, tuple | list) else (data,)
    first, y, weights = (*parts, None, None)[:3]
    x = [flat(each) for each in inputs_of(first)]
    if y is not None:
        labels = chain.loss.loss == "sparse_categorical"
        y = np.ascontiguousarray(np.asarray(y), np.int32 if labels else np.float32)
    if weights is not None:
        weights = numbers(weights)
    return x, y, weights


def inputs_of(x: Any) -> list[Any]:
    """Each of the arrays in `x`; those of a dictionary in the order of their names."""
    if isinstance(x, dict):
        return [x[name] for name in sorted(x)]
    return list(x) if isinstance(x, tuple | list) else [x]


def flat(x: Any) -> np.ndarray:
    """Rows (rows, columns) as the extension reads them."""
    x = np.asarray(x)
    x = x.view(np.uint8) if x.dtype == bool else x
    return np.ascontiguousarray(x.reshape(len(x), -1))


def order_of(block: Block) -> np.ndarray:
    """The rows of each batch, int32."""
    return np.ascontiguousarray(block.order, np.int32)


def numbers(array: Any) -> np.ndarray:
    """float32, in C's order."""
    return np.ascontiguousarray(array, np.float32)


def aligned(shape: tuple[int, ...]) -> np.ndarray:
    """Room for float32 numbers that begins where JAX takes an array without a copy."""
    count = prod(shape)
    room = np.empty(count + ALIGNMENT // 4, np.float32)
    first = -room.__array_interface__["data"][0] % ALIGNMENT // 4
    return room[first : first + count].reshape(shape)
