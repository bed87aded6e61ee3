"""Samples of a stochastic model's outputs: every sample of a block of rows in one program.

Each row is a batch of its own, so that nothing which is predicted for it depends on its company.
Its random numbers are keyed by the seed, by which draw of the model they are for, by the row's
number and by the sample's: they are the same however the rows are cut into blocks.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from epochal.engine.protocol import State, Tree
from epochal.engine.xla import random
from epochal.engine.xla.hoisting import hoisted
from epochal.engine.xla.program import CPU_OPTIONS, EXECUTABLES

Keys = Callable[..., jax.Array]  # the seed, uint32 (2,), of the next draw


@dataclass(frozen=True, kw_only=True)
class Stochastic:
    """A model as a pure function of its weights, one row and the keys of its draws.

    ``key`` is equal for two models whose functions compute the same, whatever their weights.
    """

    key: Hashable
    outputs: Callable[[State, Tree, Keys], Tree]


@dataclass(frozen=True)
class Sampling:
    """A compiled program, how often the model draws, and how many outputs it has."""

    run: Callable[[State, Any, Tree, Any], Tree]
    draws: int
    outputs: int


def prepare(model: Stochastic, state: State, x: Tree, samples: int) -> Sampling:
    """The program that draws `samples` for blocks of the shapes of `x`.

    ``run(state, seed, x, rows)`` takes the seed, uint32 (2,), and the numbers of the rows, uint32
    (rows,); it returns the outputs, (samples, rows, ...).
    """
    leaves, structure = jax.tree.flatten((state, x))
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
    key = "sample", model.key, samples, structure, shapes
    with EXECUTABLES.lock:  # tracing swaps parts of Keras, so one at a time
        sampling: Sampling | None = EXECUTABLES.get(key)
        if sampling is None:
            start = perf_counter()
            sampling = _compiled(model, state, x, samples)
            EXECUTABLES.put(key, sampling)
            EXECUTABLES.traced += 1
            EXECUTABLES.seconds += perf_counter() - start
    return sampling


def _compiled(model: Stochastic, state: State, x: Tree, samples: int) -> Sampling:
    rows = jax.tree.leaves(x)[0].shape[0]
    sampler = Sampler(model, samples)
    numbers = jax.ShapeDtypeStruct((rows,), jnp.uint32)
    lowered = jax.jit(sampler).lower(state, jax.ShapeDtypeStruct((2,), jnp.uint32), x, numbers)
    options = CPU_OPTIONS if jax.default_backend() == "cpu" else None
    outputs = len(jax.tree.leaves(lowered.out_info))
    return Sampling(lowered.compile(options), sampler.draws, outputs)


class Sampler:
    """The function that is compiled. Once it has been traced, `draws` says how often it draws."""

    def __init__(self, model: Stochastic, samples: int) -> None:
        self.model = model
        self.samples = samples
        self.draws = 0

    def __call__(self, state: State, seed: jax.Array, x: Tree, rows: jax.Array) -> Tree:
        def one(row: Any, inputs: Tree, sample: Any) -> Tree:
            self.draws = 0

            def next_key(_: Any = None) -> jax.Array:
                key = key_of(seed, self.draws, row, sample)
                self.draws += 1
                return key

            return self.model.outputs(state, inputs, next_key)

        def every_row(sample: Any) -> Tree:
            return jax.vmap(one, in_axes=(0, 0, None))(rows, x, sample)

        numbers = lax.iota(jnp.uint32, self.samples)
        return lax.map(hoisted(every_row, jax.ShapeDtypeStruct((), jnp.uint32)), numbers)


def key_of(seed: Any, draw: int, row: Any, sample: Any) -> jax.Array:
    """The key, uint32 (2,), of the draw number `draw` for a row in a sample.

    Each draw has two words of the seed's own stream; a row is another member there, and a sample
    another step: what such keys draw is independent (`tests/engine/test_masks.py`).
    """
    words = random.random_bits(seed, 2 * draw + 2)[2 * draw :]
    return jnp.stack([words[0] + row, words[1] + sample])


def first_keys(seed: int, draws: int) -> np.ndarray:
    """The keys, uint32 (draws, 2), of the first row's draws in the first sample."""
    words = random.random_bits(jnp.asarray(seed_words(seed)), 2 * draws)
    return np.asarray(words).reshape(draws, 2)


def seed_words(seed: int) -> np.ndarray:
    """A whole number from 0 up, below 2**64, as uint32 (2,)."""
    return np.array([seed & 0xFFFFFFFF, seed >> 32], np.uint32)
