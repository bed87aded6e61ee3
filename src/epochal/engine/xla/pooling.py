"""The gradient of max pooling, of which XLA makes one slow loop on a CPU: here a few fast ones."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

LARGEST_WINDOW = 9  # elements; with more XLA's loop is the faster one


def max_pooling_gradient(source: Any, operand: Any, **parameters: Any) -> Any:
    """As `lax.select_and_scatter_add`: each gradient goes to the largest element of its window.

    Of equal ones it goes to the first, as there.
    """
    window, steps = parameters["window_dimensions"], parameters["window_strides"]
    padding = parameters["padding"]
    if parameters["select_prim"] is not lax.ge_p or prod(window) > LARGEST_WINDOW:
        return lax.select_and_scatter_add_p.bind(source, operand, **parameters)
    chosen = _first_largest(operand, source.shape, window, steps, padding)
    spread = _side_by_side if tuple(window) == tuple(steps) else _overlapping
    return spread(chosen, source, operand.shape, window, steps, padding)


def _first_largest(
    operand: Any,
    shape: Sequence[int],
    window: Sequence[int],
    steps: Sequence[int],
    padding: Sequence[tuple[int, int]],
) -> Any:
    """The number of the first largest element of each window, int32."""
    lowest = jnp.array(-np.inf, operand.dtype)
    padded = lax.pad(operand, lowest, [(low, high, 0) for low, high in padding])
    largest, chosen = lowest, jnp.zeros(shape, jnp.int32)
    for number, starts in enumerate(product(*map(range, window))):
        spans = zip(starts, shape, steps, strict=True)
        ends = [start + (count - 1) * step + 1 for start, count, step in spans]
        element = lax.slice(padded, starts, ends, steps)
        # A comparison with what is not a number is false: so it is chosen, as XLA does.
        stays = (largest >= element) if number else jnp.zeros(shape, bool)
        largest, chosen = jnp.where(stays, largest, element), jnp.where(stays, chosen, number)
    return chosen


def _side_by_side(
    chosen: Any,
    source: Any,
    shape: Sequence[int],
    window: Sequence[int],
    _: Sequence[int],
    padding: Sequence[tuple[int, int]],
) -> Any:
    """Windows that meet: each is filled, all are laid out, and the frame is cut off."""
    between = [size for pair in zip(source.shape, window, strict=True) for size in pair]
    outer, inner = range(0, len(between), 2), range(1, len(between), 2)
    numbers = lax.iota(jnp.int32, prod(window)).reshape(window)
    hit = lax.broadcast_in_dim(chosen, between, outer) == lax.broadcast_in_dim(
        numbers, between, inner
    )
    filled = jnp.where(hit, lax.broadcast_in_dim(source, between, outer), 0)
    laid = filled.reshape([a * b for a, b in zip(source.shape, window, strict=True)])
    frame = zip(padding, shape, laid.shape, strict=True)
    edges = [(-low, size + low - covered, 0) for (low, _), size, covered in frame]
    return lax.pad(laid, jnp.zeros((), laid.dtype), edges)


def _overlapping(
    chosen: Any,
    source: Any,
    shape: Sequence[int],
    window: Sequence[int],
    steps: Sequence[int],
    padding: Sequence[tuple[int, int]],
) -> Any:
    """Windows that overlap or lie apart: a sum over the places in a window."""
    total = jnp.zeros(shape, source.dtype)
    # Backwards, so that an element's gradients are added in the order of their windows, as by XLA.
    for number, starts in reversed(list(enumerate(product(*map(range, window))))):
        part = jnp.where(chosen == number, source, 0)
        frame = zip(starts, padding, shape, source.shape, steps, strict=True)
        edges = [
            (start - low, size - (start - low) - ((count - 1) * step + 1), step - 1)
            for start, (low, _), size, count, step in frame
        ]
        total = total + lax.pad(part, jnp.zeros((), part.dtype), edges)
    return total
