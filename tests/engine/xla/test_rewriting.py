"""Operations of a traced function are computed in another way, wherever they stand."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from epochal.compat._jax import eval_jaxpr
from epochal.engine.xla.rewriting import rewritten

X = np.linspace(0.1, 1, 4, dtype=np.float32)


def in_a_loop(x: Any) -> Any:
    return lax.scan(lambda carry, each: (carry + jnp.sin(each), jnp.sin(carry)), x[0], x)


def in_a_while(x: Any) -> Any:
    return lax.while_loop(lambda value: jnp.sum(jnp.sin(value)) > 1, lambda v: v - 0.1, x)


def in_branches(x: Any) -> Any:
    return lax.cond(x[0] > 0, lambda x: jnp.sin(x), lambda x: x, x)


def in_a_call(x: Any) -> Any:
    return jax.jit(lambda x: 2 * jax.jit(jnp.sin)(x))(x)


def checkpointed(x: Any) -> Any:
    return jax.grad(lambda x: jnp.sum(jax.checkpoint(lambda x: x * jnp.sin(x))(x)))(x)


@jax.custom_jvp
def _own(x: Any) -> Any:
    return jnp.sin(x)


_own.defjvp(lambda primals, tangents: (_own(*primals), tangents[0] * 3))


def with_its_own_derivative(x: Any) -> Any:
    return _own(x), jax.grad(lambda x: jnp.sum(_own(x)))(x)


FUNCTIONS = [
    jnp.sin,
    in_a_loop,
    in_a_while,
    in_branches,
    in_a_call,
    checkpointed,
    with_its_own_derivative,
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_occurrence_is_replaced(function: Any) -> None:
    rules = {"sin": lambda x, **_: lax.cos(x - np.float32(np.pi / 2))}
    closed, shapes = jax.make_jaxpr(function, return_shape=True)(X)
    assert "sin " in str(closed)
    changed = rewritten(closed.jaxpr, rules)
    assert "sin " not in str(changed)
    found = jax.tree.structure(shapes).unflatten(eval_jaxpr(changed, closed.consts, X))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), found, function(X))


def test_what_has_no_such_operation_is_the_same_object() -> None:
    jaxpr = jax.make_jaxpr(in_a_loop)(X).jaxpr
    assert rewritten(jaxpr, {"conv_general_dilated": lambda *_, **__: None}) is jaxpr
