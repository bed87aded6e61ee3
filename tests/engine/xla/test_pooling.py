"""The gradient of max pooling: that of XLA, to the bit."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from numpy.testing import assert_array_equal

from epochal.engine.xla.looping import for_loop, traced

CASES = {
    "side by side": ((3, 6, 8, 4), (2, 2), (2, 2), "VALID"),
    "a rest is left out": ((3, 7, 7, 4), (2, 2), (2, 2), "VALID"),
    "padded": ((3, 7, 5, 4), (2, 3), (2, 3), "SAME"),
    "overlapping": ((3, 7, 8, 4), (3, 3), (2, 2), "SAME"),
    "every step": ((3, 5, 6, 4), (3, 2), (1, 1), "SAME"),
    "apart": ((3, 9, 8, 4), (2, 2), (3, 3), "VALID"),
    "sequence": ((3, 9, 4), (2,), (2,), "VALID"),
    "volume": ((2, 4, 6, 4, 3), (2, 2, 2), (2, 2, 2), "VALID"),
    "large windows": ((3, 8, 8, 4), (4, 4), (4, 4), "VALID"),
}


def pooling(name: str) -> tuple[Any, tuple[int, ...]]:
    shape, window, steps, padding = CASES[name]

    def pool(x: Any) -> Any:
        return lax.reduce_window(x, -np.inf, lax.max, (1, *window, 1), (1, *steps, 1), padding)

    return pool, shape


def gradient(pool: Any, shape: tuple[int, ...]) -> Any:
    size = jax.eval_shape(pool, jax.ShapeDtypeStruct(shape, jnp.float32)).shape
    cotangent = np.random.default_rng(1).normal(size=size)
    return lambda x: jax.vjp(pool, x)[1](jnp.asarray(cotangent, x.dtype))[0]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", CASES)
def test_the_gradient_goes_to_the_first_largest_element(name: str, dtype: str) -> None:
    pool, shape = pooling(name)
    function = gradient(pool, shape)
    # Few values, so that many windows have several largest elements, and some that are no numbers.
    x = np.random.default_rng(2).integers(0, 4, shape).astype(np.float32)
    x[0].flat[::17] = np.nan
    x = jnp.asarray(x, dtype)
    assert_array_equal(jax.jit(for_loop(function, x)[0])(x), jax.jit(function)(x))


@pytest.mark.parametrize(("name", "kept"), [("side by side", False), ("large windows", True)])
def test_only_large_windows_are_left_to_xla(name: str, kept: bool) -> None:
    pool, shape = pooling(name)
    text = str(traced(gradient(pool, shape), jnp.zeros(shape))[0])
    assert ("select_and_scatter_add" in text) == kept


def test_the_gradient_of_the_smallest_element_is_left_alone() -> None:
    x = jnp.asarray(np.random.default_rng(3).normal(size=(2, 6, 4)), jnp.float32)

    def lowest(x: Any) -> Any:
        return lax.reduce_window(x, jnp.inf, lax.min, (1, 2, 1), (1, 2, 1), "VALID")

    function = gradient(lowest, x.shape)
    assert_array_equal(for_loop(function, x)[0](x), function(x))
