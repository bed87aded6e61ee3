"""Samples of a model's outputs, block by block: an engine, made ready for one model."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax
import keras
import numpy as np

from epochal.batches.feed import ArrayFeed
from epochal.bridge.state import read_weights
from epochal.engine import Sampler
from epochal.errors import InputError
from epochal.training.engine_choice import choose

ROWS_A_BLOCK = 256  # on a CPU a larger block is no faster
VALUES_A_BLOCK = 1 << 23  # of outputs, over all samples: 32 MB


@dataclass(frozen=True, kw_only=True)
class BlockSampler:
    """The samples of a feed's rows, a block of rows at a time."""

    sampler: Sampler
    feed: ArrayFeed
    block_size: int  # rows
    engine: str
    engine_reason: str

    def blocks(self, seed: int) -> Iterator[np.ndarray]:
        """The samples of each block in turn, (samples, rows, ...)."""
        rows, size = self.feed.order.rows, self.block_size
        for start in range(0, rows, size):
            span = slice(start, min(start + size, rows))
            inputs = jax.tree.map(lambda source, span=span: source.take(span), self.feed.inputs)
            yield self.sampler.sample(seed, inputs, start)


def block_sampler(
    asked: str, model: keras.Model, feed: ArrayFeed, samples: int, batch_size: int | None
) -> BlockSampler:
    """The sampler on the engine that `asked` names, or chooses, for the rows of `feed`."""
    size = batch_size or _block_size(feed.order.rows, samples, values_a_row(model))
    engine, description, reason = choose(asked, model, "sample", [feed.shapes()])
    block = jax.tree.map(
        lambda source: jax.ShapeDtypeStruct((size, *source.shape[1:]), source.dtype), feed.inputs
    )
    sampler = engine.sampler(description, read_weights(model), block, samples)
    if sampler.draws == 0:
        raise InputError(
            "model must have a dropout or noise layer, got none in its layers: "
            "add keras.layers.Dropout and train again."
        )
    if sampler.outputs != 1:
        raise several_outputs(sampler.outputs)
    return BlockSampler(
        sampler=sampler,
        feed=feed,
        block_size=size,
        engine=engine.name,
        engine_reason=reason,
    )


def several_outputs(count: int) -> InputError:
    """The error of a model with more outputs than one."""
    return InputError(
        f"model must have one output, got {count}: "
        "make a model of one, as in keras.Model(model.inputs, model.outputs[0])."
    )


def _block_size(rows: int, samples: int, values: int) -> int:
    """Rows a block: blocks of about equal size, none larger than it should be."""
    most = max(1, min(ROWS_A_BLOCK, VALUES_A_BLOCK // (samples * values)))
    return ceil(rows / ceil(rows / most))


def values_a_row(model: keras.Model) -> int:
    """Of the outputs, as far as the model's shape shows them."""
    shape: list[Any] = keras.tree.flatten(getattr(model, "outputs", None) or [])
    sizes = [int(np.prod([n or 1 for n in tensor.shape[1:]])) for tensor in shape]
    return max([1, *sizes])
