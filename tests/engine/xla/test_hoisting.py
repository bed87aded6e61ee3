"""What does not depend on the argument is computed once, and the rest as before."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from epochal.engine.xla.hoisting import hoisted

X = np.arange(6, dtype=np.float32).reshape(2, 3)
W = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)


def primitives(jaxpr: Any) -> list[str]:
    """The names of all operations, at any depth."""
    names = []
    for equation in jaxpr.eqns:
        names.append(equation.primitive.name)
        for inner in jax.tree.leaves(list(equation.params.values())):
            if hasattr(inner, "jaxpr"):
                names += primitives(inner.jaxpr)
    return names


def looped(x: Any, w: Any) -> Any:
    def function(t: Any) -> Any:
        before = jax.nn.relu(x @ w)
        return {"sum": before.sum() + t, "wave": jnp.sin(t) * jnp.where(before > t, before, 0.0)}

    return jax.lax.map(hoisted(function, jnp.float32(0)), jnp.arange(3, dtype=jnp.float32))


def test_the_values_are_those_of_the_function() -> None:
    before = np.maximum(X @ W, 0)
    found = jax.jit(looped)(X, W)
    for t in range(3):
        np.testing.assert_allclose(found["sum"][t], before.sum() + t, rtol=1e-6)
        wave = np.sin(t) * np.where(before > t, before, 0)
        np.testing.assert_allclose(found["wave"][t], wave, rtol=1e-5)


def test_the_product_stands_before_the_loop() -> None:
    jaxpr = jax.make_jaxpr(looped)(X, W).jaxpr
    (loop,) = [equation for equation in jaxpr.eqns if equation.primitive.name == "scan"]
    assert "dot_general" in [equation.primitive.name for equation in jaxpr.eqns]
    inside = primitives(loop.params["jaxpr"].jaxpr)
    assert "sin" in inside
    assert "dot_general" not in inside
    assert "max" not in inside  # of the activation


def test_a_function_that_ignores_its_argument_gives_its_constant() -> None:
    assert hoisted(lambda t: jnp.ones(2) * 3, jnp.float32(0))(jnp.float32(1)).tolist() == [3, 3]


def test_an_argument_may_come_out_as_it_went_in() -> None:
    assert hoisted(lambda t: (t, 1.0), jnp.float32(0))(jnp.float32(7)) == (7, 1.0)
