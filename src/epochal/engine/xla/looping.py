"""A function traced once for the body of a loop."""

from collections.abc import Callable
from typing import Any

import jax

from epochal.compat._jax import ClosedJaxpr, eval_jaxpr
from epochal.engine.xla.convolutions import convolution
from epochal.engine.xla.pooling import max_pooling_gradient
from epochal.engine.xla.rewriting import Rule, rewritten

# What XLA's backend for a CPU computes slowly in the body of a loop, or anywhere.
RULES: dict[str, Rule] = {
    "conv_general_dilated": convolution,
    "select_and_scatter_add": max_pooling_gradient,
}


def traced(function: Callable, *example: Any) -> tuple[ClosedJaxpr, Any]:
    """The operations of `function` in the forms that are fast in a loop; its results' shapes."""
    closed, shapes = jax.make_jaxpr(function, return_shape=True)(*example)
    if jax.default_backend() == "cpu":
        closed = closed.replace(jaxpr=rewritten(closed.jaxpr, RULES))
    return closed, shapes


def for_loop(function: Callable, *example: Any) -> tuple[Callable, Any]:
    """`function` as it is fast in a loop, and the shapes of its results.

    `example` are arguments of the shapes and types that all will have.
    """
    closed, shapes = traced(function, *example)
    structure = jax.tree.structure(shapes)

    def in_loop(*arguments: Any) -> Any:
        """`function`, traced already."""
        return structure.unflatten(
            eval_jaxpr(closed.jaxpr, closed.consts, *jax.tree.leaves(arguments))
        )

    return in_loop, shapes
