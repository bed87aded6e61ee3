"""Samples of a model's outputs, block by block: an engine, made ready for one model."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax
import keras
import numpy as np

from epochal.batches.feed import ArrayFeed
from epochal.bridge.combining import apart
from epochal.bridge.state import derived_seed, read_weights
from epochal.engine import Sampler, native
from epochal.errors import InputError
from epochal.training.engine_choice import Choice, choose

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


@dataclass(frozen=True, kw_only=True)
class MemberSamplers:
    """The samples of several networks, each drawn by itself, side by side along the last axis."""

    samplers: tuple[BlockSampler, ...]

    @property
    def engine(self) -> str:
        """The one of all of them."""
        return self.samplers[0].engine

    @property
    def engine_reason(self) -> str:
        """Why it was taken."""
        return self.samplers[0].engine_reason

    def blocks(self, seed: int) -> Iterator[np.ndarray]:
        """The samples of each block in turn, (samples, rows, ..., members * n)."""
        each = [
            sampler.blocks(derived_seed(seed, number))
            for number, sampler in enumerate(self.samplers)
        ]
        for parts in zip(*each, strict=True):
            yield np.concatenate(parts, axis=-1)


def sampler_of(
    asked: str,
    model: keras.Model,
    members: int,
    feed: ArrayFeed,
    samples: int,
    batch_size: int | None,
) -> BlockSampler | MemberSamplers:
    """The sampler of a network, or of `members` of them, which `model` gives side by side.

    `native` draws from chains, and compiles nothing: there each member is drawn by itself. Else
    they are one program.

    Raises
    ------
    InputError
        None draws, or they have several outputs.
    """
    size = batch_size or _block_size(feed.order.rows, samples, values_a_row(model))
    made = tuple(
        _block_sampler(one, choice, feed, samples, size)
        for one, choice in _drawn_by_themselves(asked, model, members, feed)
    )
    if not any(one.sampler.draws for one in made):
        raise InputError(
            "model must have a dropout or noise layer, got none in its layers: "
            "add keras.layers.Dropout and train again."
        )
    return made[0] if len(made) == 1 else MemberSamplers(samplers=made)


def _drawn_by_themselves(
    asked: str, model: keras.Model, members: int, feed: ArrayFeed
) -> list[tuple[keras.Model, Choice]]:
    """Each member where all run on `native`, else the whole, with the engine of each."""
    if members > 1:
        each = [(one, choose(asked, one, "sample", [feed.shapes()])) for one in apart(model)]
        if all(choice.engine is native.ENGINE for _, choice in each):
            return each
    return [(model, choose(asked, model, "sample", [feed.shapes()]))]


def _block_sampler(
    model: keras.Model, choice: Choice, feed: ArrayFeed, samples: int, size: int
) -> BlockSampler:
    block = jax.tree.map(
        lambda source: jax.ShapeDtypeStruct((size, *source.shape[1:]), source.dtype), feed.inputs
    )
    sampler = choice.engine.sampler(choice.description, read_weights(model), block, samples)
    if sampler.outputs != 1:
        raise several_outputs(sampler.outputs)
    return BlockSampler(
        sampler=sampler,
        feed=feed,
        block_size=size,
        engine=choice.engine.name,
        engine_reason=choice.reason,
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
