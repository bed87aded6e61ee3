"""Convolutions as they are computed in a loop: the same numbers, in forms with fast code."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine.xla import convolutions
from epochal.engine.xla.looping import for_loop, traced
from tests.reference.convolution import convolution as by_definition
from tests.tolerances import FLOAT32_REDUCTION, HALF_PRECISION

# images, kernel, and what differs from a plain convolution with padding "same"
KINDS: dict[str, tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = {
    "plain": ((4, 6, 7, 8), (3, 3, 8, 5), {}),
    "few channels": ((4, 6, 7, 3), (3, 3, 3, 5), {}),
    "one channel": ((4, 6, 7, 1), (3, 2, 1, 5), {}),
    "valid": ((4, 6, 7, 8), (3, 2, 8, 5), {"padding": ((0, 0), (0, 0))}),
    "uneven padding": ((4, 6, 7, 8), (3, 2, 8, 5), {"padding": ((2, 0), (0, 3))}),
    "cropped": ((4, 6, 7, 8), (3, 3, 8, 5), {"padding": ((-1, 0), (0, -1))}),
    "strided": ((4, 9, 8, 8), (3, 3, 8, 5), {"strides": (2, 3)}),
    "single tap": ((4, 6, 7, 8), (1, 1, 8, 5), {"padding": ((0, 0), (0, 0))}),
    "single tap, strided": (
        (4, 6, 7, 8),
        (1, 1, 8, 5),
        {"padding": ((0, 0), (0, 0)), "strides": (2, 2)},
    ),
    "dilated": ((4, 9, 8, 8), (3, 2, 8, 5), {"kernel_dilation": (2, 3)}),
    "transposed": ((4, 4, 5, 8), (3, 3, 8, 5), {"dilation": (2, 3), "padding": ((2, 1), (1, 1))}),
    "grouped": ((4, 6, 7, 12), (3, 3, 3, 8), {"groups": 4}),
    "depthwise": ((4, 6, 7, 6), (3, 3, 1, 6), {"groups": 6}),
    "depthwise, strided": ((4, 7, 6, 6), (3, 3, 1, 6), {"groups": 6, "strides": (2, 2)}),
    "depthwise, multiplied": ((4, 6, 7, 4), (3, 3, 1, 8), {"groups": 4}),
    "depthwise, many times": ((4, 6, 7, 4), (3, 3, 1, 24), {"groups": 4}),
    "sequence": ((4, 11, 6), (5, 6, 7), {}),
    "volume": ((2, 5, 4, 6, 3), (3, 2, 3, 3, 4), {"strides": (2, 1, 1)}),
}


def kind(name: str) -> tuple[Any, np.ndarray, np.ndarray, dict[str, Any]]:
    """The convolution, its operands, and how it is defined."""
    images, taps, given = KINDS[name]
    spatial = len(images) - 2
    ones = (1,) * spatial
    same = tuple(((size - 1) // 2, size // 2) for size in taps[:-2])
    defined: dict[str, Any] = {
        "strides": ones,
        "padding": same,
        "dilation": ones,
        "kernel_dilation": ones,
        "groups": 1,
    }
    defined |= given
    letters = "DHW"[-spatial:]

    def function(x: Any, kernel: Any) -> Any:
        return lax.conv_general_dilated(
            x,
            kernel,
            defined["strides"],
            defined["padding"],
            defined["dilation"],
            defined["kernel_dilation"],
            (f"N{letters}C", f"{letters}IO", f"N{letters}C"),
            defined["groups"],
        )

    random = np.random.default_rng(len(name))
    x, kernel = (random.normal(size=shape).astype(np.float32) for shape in (images, taps))
    return function, x, kernel, defined


@pytest.mark.parametrize("name", KINDS)
def test_a_convolution_is_what_its_definition_says(name: str) -> None:
    function, x, kernel, defined = kind(name)
    in_loop, _ = for_loop(function, x, kernel)
    expected = by_definition(x, kernel, **defined)
    assert_allclose(in_loop(x, kernel), expected, **FLOAT32_REDUCTION)


def gradients(function: Any, x: Any, kernel: Any) -> Any:
    y = jax.eval_shape(function, x, kernel)
    cotangent = jnp.asarray(np.random.default_rng(5).normal(size=y.shape), x.dtype)
    return lambda x, kernel: jax.vjp(function, x, kernel)[1](cotangent)


@pytest.mark.parametrize("name", KINDS)
def test_its_gradients_are_those_that_jax_has(name: str) -> None:
    function, x, kernel, _ = kind(name)
    function = gradients(function, x, kernel)
    in_loop, _ = for_loop(function, x, kernel)
    for ours, theirs in zip(jax.jit(in_loop)(x, kernel), function(x, kernel), strict=True):
        scale = float(jnp.abs(theirs).max())
        assert_allclose(ours / scale, theirs / scale, **FLOAT32_REDUCTION)


@pytest.mark.parametrize("name", ["plain", "strided", "dilated", "sequence"])
def test_another_layout_changes_no_bit(name: str) -> None:
    function, x, kernel, _ = kind(name)
    function = gradients(function, x, kernel)
    in_loop, shapes = for_loop(function, x, kernel)

    @jax.jit
    def looped(x: Any, kernel: Any) -> Any:
        zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        return lax.fori_loop(0, 2, lambda step, carry: in_loop(x, kernel), zeros)

    for ours, theirs in zip(looped(x, kernel), jax.jit(function)(x, kernel), strict=True):
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", KINDS)
def test_no_layout_without_fast_code_is_left(name: str) -> None:
    function, x, kernel, _ = kind(name)
    found = traced(gradients(function, x, kernel), x, kernel)[0]
    for numbers in layouts(found.jaxpr):
        last = x.ndim - 1
        assert numbers.lhs_spec == numbers.out_spec == (0, last, *range(1, last))
        assert numbers.rhs_spec == (last, last - 1, *range(last - 1))


def layouts(jaxpr: Any) -> list[Any]:
    """The layouts of the convolutions, at any depth."""
    found = []
    for equation in jaxpr.eqns:
        if equation.primitive.name == "conv_general_dilated":
            found.append(equation.params["dimension_numbers"])
        for inner in jax.tree.leaves(list(equation.params.values())):
            if hasattr(inner, "jaxpr"):
                found += layouts(inner.jaxpr)
    return found


@pytest.mark.parametrize("name", ["plain", "depthwise", "few channels", "volume"])
@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16])
def test_half_precision_stays_and_is_summed_up_in_more(name: str, dtype: Any) -> None:
    function, x, kernel, defined = kind(name)
    x, kernel = jnp.asarray(x, dtype), jnp.asarray(kernel, dtype)
    found = for_loop(function, x, kernel)[0](x, kernel)
    assert found.dtype == dtype
    expected = by_definition(np.asarray(x, np.float64), np.asarray(kernel, np.float64), **defined)
    assert_allclose(np.asarray(found, np.float64), expected, **HALF_PRECISION)


def test_a_product_that_would_take_much_memory_is_left_to_xla(monkeypatch: Any) -> None:
    function, x, kernel, _ = kind("volume")
    assert not layouts(traced(function, x, kernel)[0].jaxpr)
    monkeypatch.setattr(convolutions, "PATCHES", 1000)
    assert len(layouts(traced(function, x, kernel)[0].jaxpr)) == 1


def test_another_device_computes_what_it_is_given(monkeypatch: Any) -> None:
    function, x, kernel, _ = kind("depthwise")
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    assert len(layouts(traced(function, x, kernel)[0].jaxpr)) == 1
