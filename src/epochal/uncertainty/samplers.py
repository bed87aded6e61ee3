"""What draws samples of a model's outputs, block by block: an engine, made ready for one model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax
import keras
import numpy as np

from epochal.batches.feed import ArrayFeed
from epochal.bridge.state import read_weights
from epochal.bridge.steps import stochastic_outputs
from epochal.engine import native
from epochal.engine.graph import Graph
from epochal.engine.xla import sampling as xla
from epochal.errors import InputError
from epochal.training.engine_choice import choose

ROWS_A_BLOCK = 256  # on a CPU a larger block is no faster
VALUES_A_BLOCK = 1 << 23  # of outputs, over all samples: 32 MB
_NO_NOISE = (
    "model must draw random numbers when its dropout is on, but has no dropout or noise layer: "
    "add keras.layers.Dropout and train again."
)

Draw = Callable[[int, int, int], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """`draw(seed, start, stop)` gives the samples of some rows, (samples, rows, ...)."""

    draw: Draw
    rows: int
    size: int  # rows a block
    engine: str
    reason: str

    def blocks(self, seed: int) -> Iterator[np.ndarray]:
        for start in range(0, self.rows, self.size):
            yield self.draw(seed, start, min(start + self.size, self.rows))


def sampler_of(
    asked: str, model: keras.Model, feed: ArrayFeed, samples: int, batch_size: int | None
) -> Sampler:
    """The sampler of the engine that `asked` names, or chooses, for the rows of `feed`."""
    size = batch_size or _size(feed.order.rows, samples, _values_a_row(model))
    engine, description, reason = choose(asked, model, "sample", [feed])
    make = _native if engine is native.ENGINE else _xla
    draw = make(model, description, feed, samples, size)
    return Sampler(draw=draw, rows=feed.order.rows, size=size, engine=engine.name, reason=reason)


def _native(model: keras.Model, chain: Graph, feed: ArrayFeed, samples: int, _: int) -> Draw:
    if not chain.seeds:
        raise InputError(_NO_NOISE)
    state, program = read_weights(model), native.prepare(chain)

    def draw(seed: int, start: int, stop: int) -> np.ndarray:
        (x,) = jax.tree.leaves(_taken(feed, start, stop, stop - start))
        keys = xla.first_keys(seed, len(chain.seeds))
        return native.sample(program, state, x, start, samples, keys)

    return draw


def _xla(model: keras.Model, _: Any, feed: ArrayFeed, samples: int, size: int) -> Draw:
    state = read_weights(model)
    block = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct((size, *leaf.shape[1:]), leaf.dtype), feed.rows
    )
    program = xla.prepare(stochastic_outputs(model), state, block, samples)
    if program.draws == 0:
        raise InputError(_NO_NOISE)
    if program.outputs != 1:
        raise InputError(
            f"model must have one output, but has {program.outputs}: "
            "make a model of one, as in keras.Model(model.inputs, model.outputs[0])."
        )

    def draw(seed: int, start: int, stop: int) -> np.ndarray:
        # The last block is filled up with rows that nobody looks at: one program for all.
        numbers = np.arange(start, start + size, dtype=np.uint32)
        inputs = _taken(feed, start, stop, size)
        outputs = program.run(state, xla.seed_words(seed), inputs, numbers)
        return np.asarray(outputs)[:, : stop - start]

    return draw


def _taken(feed: ArrayFeed, start: int, stop: int, room: int) -> Any:
    return jax.tree.map(lambda leaf: leaf.take(slice(start, stop), room), feed.rows)


def _size(rows: int, samples: int, values: int) -> int:
    """Rows a block: blocks of about equal size, none larger than it should be."""
    most = max(1, min(ROWS_A_BLOCK, VALUES_A_BLOCK // (samples * values)))
    return ceil(rows / ceil(rows / most))


def _values_a_row(model: keras.Model) -> int:
    """Of the outputs, as far as the model's shape shows them."""
    shape = keras.tree.flatten(getattr(model, "outputs", None) or [])
    sizes = [int(np.prod([n or 1 for n in tensor.shape[1:]])) for tensor in shape]
    return max([1, *sizes])
