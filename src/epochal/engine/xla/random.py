"""Random numbers from a counter-based integer hash: what dropout and noise need, almost for free.

Threefry, JAX's default generator, costs as much as half of a small training step. Dropout needs
no cryptographic strength: every element's 32 bits come from two rounds of the `lowbias32` mixer
(Wellons, "Prospecting for hash functions", 2018) over its index, each round keyed by one word of
the layer's seed state. The result depends on the seed and the element alone, never on threads.

A word an element is cheaper here than sharing words as 16- or 8-bit pieces: it needs no shuffling,
so that XLA makes it in registers, inside the multiplication that uses it (`docs/decisions`).
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epochal.engine.interpreter import run_with_numpy


def _mix(x: jax.Array) -> jax.Array:
    """The 32-bit finaliser lowbias32: a bijection with an avalanche bias of 0.17%."""
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def random_bits(seed: jax.Array, count: int) -> jax.Array:
    """`count` independent words, uint32 (count,), for a seed state, uint32 (2,)."""
    words = seed.astype(jnp.uint32)
    first = _mix(words[0] * jnp.uint32(0x9E3779B9) + words[1])
    second = _mix(words[1] ^ _mix(words[0] + jnp.uint32(0x85EBCA6B)))
    return _mix(_mix(lax.iota(jnp.uint32, count) + first) ^ second)


def uniform(seed: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Uniform numbers in [0, 1), float32 of `shape`, in steps of 2**-24."""
    bits = random_bits(seed, math.prod(shape)) >> 8
    return (bits.astype(jnp.float32) * jnp.float32(2**-24)).reshape(shape)


def normal(seed: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Standard normal numbers, float32 of `shape`: the quantiles of 2**23 equal probabilities.

    The engine `native` draws the same probabilities, and their quantiles to float32's rounding.
    """
    odd = (random_bits(seed, math.prod(shape)) >> 9).astype(jnp.int32) * 2 - (2**23 - 1)
    uniform = odd.astype(jnp.float32) * jnp.float32(2**-23)  # exact, and symmetric around zero
    return (jnp.float32(math.sqrt(2)) * lax.erf_inv(uniform)).reshape(shape)


def keep_mask(seed: jax.Array, rate: float, shape: tuple[int, ...]) -> jax.Array:
    """A mask, bool of `shape`, that is False with probability `rate` in [0, 1), to 2**-32."""
    dropped = min(round(rate * 2**32), 2**32 - 1)
    return (random_bits(seed, math.prod(shape)) >= jnp.uint32(dropped)).reshape(shape)


def key_of(seed: Any, draw: int, row: Any, sample: Any) -> jax.Array:
    """The key, uint32 (2,), of the draw number `draw` for a row in a sample.

    Each draw has two words of the seed's own stream; a row is another member there, and a sample
    another step: what such keys draw is independent (`tests/engine/xla/test_random.py`).
    """
    words = random_bits(seed, 2 * draw + 2)[2 * draw :]
    return jnp.stack([words[0] + row, words[1] + sample])


def first_keys(seed: int, draws: int) -> np.ndarray:
    """The keys, uint32 (draws, 2), of the first row's draws in the first sample.

    NumPy computes them: the engine `native` must work where XLA cannot, as in a forked process.
    """
    words: np.ndarray = run_with_numpy(lambda words: random_bits(words, 2 * draws))(
        seed_words(seed)
    )
    return words.reshape(draws, 2)


def seed_words(seed: int) -> np.ndarray:
    """A whole number from 0 up, below 2**64, as uint32 (2,)."""
    return np.array([seed & 0xFFFFFFFF, seed >> 32], np.uint32)
