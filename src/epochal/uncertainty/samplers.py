"""What draws samples of a model's outputs, block by block: an engine, made ready for one model."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax
import keras
import numpy as np

from epochal.engine.xla import sampling as xla
from epochal.errors import InputError
from epochal.training import bridge
from epochal.training.feed import ArrayFeed

ROWS_A_BLOCK = 256  # on a CPU a larger block is no faster
VALUES_A_BLOCK = 1 << 23  # of outputs, over all samples: 32 MB


@dataclass(frozen=True, kw_only=True)
class Sampler:
    """`draw(seed, start, stop)` gives the samples of some rows, (samples, rows, ...)."""

    draw: Callable[[int, int, int], np.ndarray]
    rows: int
    size: int  # rows a block
    engine: str
    reason: str

    def blocks(self, seed: int) -> Iterator[np.ndarray]:
        for start in range(0, self.rows, self.size):
            yield self.draw(seed, start, min(start + self.size, self.rows))


def sampler_of(
    engine: str, model: keras.Model, feed: ArrayFeed, samples: int, batch_size: int | None
) -> Sampler:
    """The sampler of `engine` for the rows of `feed`."""
    state = bridge.read_weights(model)
    stochastic = bridge.stochastic_of(model)
    size = batch_size or _size(feed.order.rows, samples, _values_a_row(model))
    block = jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct((size, *leaf.shape[1:]), leaf.dtype), feed.rows
    )
    program = xla.prepare(stochastic, state, block, samples)
    _check_outputs(program)

    def draw(seed: int, start: int, stop: int) -> np.ndarray:
        inputs = jax.tree.map(lambda leaf: leaf.take(slice(start, stop), size), feed.rows)
        numbers = np.arange(start, start + size, dtype=np.uint32)
        outputs = program.run(state, xla.seed_words(seed), inputs, numbers)
        return np.asarray(outputs)[:, : stop - start]

    return Sampler(
        draw=draw, rows=feed.order.rows, size=size, engine="xla", reason="xla runs any Keras model"
    )


def _size(rows: int, samples: int, values: int) -> int:
    """Rows a block: blocks of about equal size, none larger than it should be."""
    most = max(1, min(ROWS_A_BLOCK, VALUES_A_BLOCK // (samples * values)))
    return ceil(rows / ceil(rows / most))


def _values_a_row(model: keras.Model) -> int:
    """Of the outputs, as far as the model's shape shows them."""
    shape = keras.tree.flatten(getattr(model, "outputs", None) or [])
    sizes = [int(np.prod([n or 1 for n in tensor.shape[1:]])) for tensor in shape]
    return max([1, *sizes])


def _check_outputs(program: Any) -> None:
    if program.draws == 0:
        raise InputError(
            "model must draw random numbers when its dropout is on, but has no dropout or noise "
            "layer: add keras.layers.Dropout and train again."
        )
    if program.outputs != 1:
        raise InputError(
            f"model must have one output, but has {program.outputs}: "
            "make a model of one, as in keras.Model(model.inputs, model.outputs[0])."
        )
