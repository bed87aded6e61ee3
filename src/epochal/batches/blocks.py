"""Batches that lie one after another where an engine reads them."""

from collections.abc import Callable

import jax
import numpy as np

from epochal.batches.array_source import aligned_zeros, len_of
from epochal.engine import Block, Tree

Place = Callable[[Tree], Tree]  # an engine's: data to where it reads them


def block_of(data: Tree, steps: int, capacity: int, batch_size: int, place: Place) -> Block:
    """`steps` batches that lie one after another, in data with room for `capacity` of them."""
    order = np.arange(capacity * batch_size, dtype=np.int32).reshape(capacity, batch_size)
    data, order = place((data, order))
    return Block(data=data, order=order, steps=steps)


class BatchRoom:
    """Room for batches that are alike: each is copied, as its arrays may be used for the next."""

    def __init__(self, batch: Tree, capacity: int) -> None:
        self._capacity, self._steps = capacity, 0
        self._shapes, self._size = _shapes(batch), len_of(jax.tree.leaves(batch)[0])
        self._data = jax.tree.map(
            lambda leaf: aligned_zeros((capacity * len(leaf), *leaf.shape[1:]), leaf.dtype), batch
        )

    def takes(self, batch: Tree) -> bool:
        return _shapes(batch) == self._shapes

    @property
    def full(self) -> bool:
        return self._steps == self._capacity

    def add(self, batch: Tree) -> None:
        rows = slice(self._steps * self._size, (self._steps + 1) * self._size)
        for room, leaf in zip(jax.tree.leaves(self._data), jax.tree.leaves(batch), strict=True):
            room[rows] = leaf
        self._steps += 1

    def block(self, place: Place) -> Block:
        return block_of(self._data, self._steps, self._capacity, self._size, place)


def _shapes(batch: Tree) -> list:
    return [(leaf.shape, leaf.dtype) for leaf in jax.tree.leaves(batch)]
