"""Random numbers from a counter-based integer hash: what dropout and noise need, almost for free.

Threefry, JAX's default generator, costs as much as half of a small training step. Dropout needs
no cryptographic strength: every element's 32 bits come from two rounds of the `lowbias32` mixer
(Wellons, "Prospecting for hash functions", 2018) over its index, each round keyed by one word of
the layer's seed state. The result depends on the seed and the element alone, never on threads.

A word an element is cheaper here than sharing words as 16- or 8-bit pieces: it needs no shuffling,
so that XLA makes it in registers, inside the multiplication that uses it (`docs/decisions`).
"""

import math

import jax
import jax.numpy as jnp
from jax import lax


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
