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

from epochal.engine.forked import check_can_compute
from epochal.engine.protocol import Sampler, State, Tree
from epochal.engine.xla import random
from epochal.engine.xla.executables import EXECUTABLES, compiler_options
from epochal.engine.xla.hoisting import hoisted

Keys = Callable[..., jax.Array]  # the seed, uint32 (2,), of the next draw


@dataclass(frozen=True, kw_only=True)
class Stochastic:
    """A model as a pure function of its weights, one row and the keys of its draws.

    ``key`` is equal for two models whose functions compute the same, whatever their weights.
    """

    key: Hashable
    outputs: Callable[[State, Tree, Keys], Tree]


@dataclass(frozen=True)
class _Program:
    """What is compiled, how often the model draws, and how many outputs it has.

    ``run(state, seed, x, rows)`` takes the seed, uint32 (2,), and the numbers of the rows, uint32
    (rows,); it returns the outputs, (samples, rows, ...).
    """

    run: Callable[[State, Any, Tree, Any], Tree]
    draws: int
    outputs: int


def sampler(model: Stochastic, state: State, rows: Tree, samples: int) -> Sampler:
    """What draws `samples` outputs for blocks of the shapes of `rows`, or of fewer rows."""
    check_can_compute("the engine 'xla'")
    program = _prepared(model, state, rows, samples)
    size = jax.tree.leaves(rows)[0].shape[0]

    def sample(seed: int, x: Tree, first: int) -> np.ndarray:
        # The last block is filled up with rows that nobody looks at: one program for all.
        count = len(jax.tree.leaves(x)[0])
        filled = jax.tree.map(lambda leaf: _filled(leaf, size), x)
        numbers = np.arange(first, first + size, dtype=np.uint32)
        outputs = program.run(state, random.seed_words(seed), filled, numbers)
        return np.asarray(outputs)[:, :count]

    return Sampler(sample=sample, draws=program.draws, outputs=program.outputs)


def _filled(rows: np.ndarray, size: int) -> np.ndarray:
    missing = size - len(rows)
    return np.pad(rows, [(0, missing), *[(0, 0)] * (rows.ndim - 1)]) if missing else rows


def _prepared(model: Stochastic, state: State, x: Tree, samples: int) -> _Program:
    leaves, structure = jax.tree.flatten((state, x))
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
    key = "sample", model.key, samples, structure, shapes
    with EXECUTABLES.lock:  # tracing swaps parts of Keras, so one at a time
        program: _Program | None = EXECUTABLES.get(key)
        if program is None:
            start = perf_counter()
            program = _compiled(model, state, x, samples)
            EXECUTABLES.put(key, program)
            EXECUTABLES.traced += 1
            EXECUTABLES.seconds += perf_counter() - start
    return program


def _compiled(model: Stochastic, state: State, x: Tree, samples: int) -> _Program:
    rows = jax.tree.leaves(x)[0].shape[0]
    function = SampledModel(model, samples)
    numbers = jax.ShapeDtypeStruct((rows,), jnp.uint32)
    lowered = jax.jit(function).lower(state, jax.ShapeDtypeStruct((2,), jnp.uint32), x, numbers)
    outputs = len(jax.tree.leaves(lowered.out_info))
    return _Program(lowered.compile(compiler_options()), function.draws, outputs)


class SampledModel:
    """The function that is compiled. Once it has been traced, `draws` says how often it draws."""

    def __init__(self, model: Stochastic, samples: int) -> None:
        self.model = model
        self.samples = samples
        self.draws = 0

    def __call__(self, state: State, seed: jax.Array, x: Tree, rows: jax.Array) -> Tree:
        def one(row: Any, inputs: Tree, sample: Any) -> Tree:
            self.draws = 0

            def next_key(_: Any = None) -> jax.Array:
                key = random.key_of(seed, self.draws, row, sample)
                self.draws += 1
                return key

            return self.model.outputs(state, inputs, next_key)

        def every_row(sample: Any) -> Tree:
            return jax.vmap(one, in_axes=(0, 0, None))(rows, x, sample)

        numbers = lax.iota(jnp.uint32, self.samples)
        return lax.map(hoisted(every_row, jax.ShapeDtypeStruct((), jnp.uint32)), numbers)
