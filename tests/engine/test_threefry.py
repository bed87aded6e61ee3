"""JAX's random numbers by NumPy, beside JAX's own."""

import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.engine import threefry
from tests.tolerances import FLOAT32_EPS, FLOAT32_ROUNDING

KEYS = [(0, 0), (12345, 0), (2**31 + 7, 0), (4, 2**32 - 1)]
SHAPES = [(), (1,), (7,), (10, 64), (3, 3, 4, 8), (201, 163)]  # the last: several blocks


def key_of(words: tuple[int, int]) -> np.ndarray:
    return np.array(words, np.uint32)


@pytest.mark.parametrize("key", KEYS)
def test_bits_are_those_of_jax(key) -> None:
    ours = threefry.random_bits(key, 0, 1000)
    assert_array_equal(ours, jax.random.bits(key_of(key), (1000,)))
    assert_array_equal(threefry.random_bits(key, 300, 500), ours[300:500])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("limit", [1.0, 0.0713])
def test_uniform_numbers_are_those_of_jax(shape, limit) -> None:
    for key in KEYS:
        theirs = jax.random.uniform(key_of(key), shape, minval=-limit, maxval=limit)
        ours = threefry.uniform(key, shape, -limit, limit)
        assert ours.dtype == np.float32
        assert_array_equal(ours, theirs)


@pytest.mark.parametrize("shape", SHAPES)
def test_truncated_normal_numbers_are_those_of_jax_to_rounding(shape) -> None:
    for key in KEYS:
        theirs = jax.random.truncated_normal(key_of(key), -2.0, 2.0, shape)
        assert_allclose(threefry.truncated_normal(key, shape), theirs, **FLOAT32_ROUNDING)


@pytest.mark.parametrize("shape", SHAPES)
def test_normal_numbers_are_those_of_jax_to_rounding(shape) -> None:
    for key in KEYS:
        theirs = jax.random.normal(key_of(key), shape)
        # In the tails float32 holds the distance of a probability from 1 to few digits.
        assert_allclose(threefry.normal(key, shape), theirs, rtol=128 * FLOAT32_EPS, atol=1e-6)


def test_they_have_the_moments_of_their_distributions() -> None:
    cut = threefry.truncated_normal((1, 0), (400, 1000)).astype(float)
    assert abs(cut).max() < 2
    assert_allclose([cut.mean(), cut.std()], [0, 0.87962566103423978], atol=4e-3)
    free = threefry.normal((1, 0), (400, 1000)).astype(float)
    assert_allclose([free.mean(), free.std(), (free**4).mean()], [0, 1, 3], atol=3e-2)
