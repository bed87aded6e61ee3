"""Where an epoch's batches come from, as blocks that lie where the engine reads them.

Arrays that fit into the device's memory lie there whole, on a CPU without a copy where the engine
reads the caller's own; an epoch is then one block. Arrays that
do not, or that are memory-mapped, and everything that yields batches by itself (generators,
`PyDataset`, tf.data, torch and grain loaders, through Keras' own adapters) are streamed in blocks
of many batches: the next one is being loaded while the last one trains, at constant memory.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from types import GeneratorType
from typing import Any

import jax
import numpy as np

from epochal.batches.array_source import ArraySource, len_of, rows_of
from epochal.batches.blocks import BatchRoom, Place, block_of
from epochal.batches.dataset import Dataset
from epochal.batches.order import BatchOrder
from epochal.compat._keras import ArrayDataAdapter, EpochIterator, array_inputs
from epochal.engine import Block, Tree
from epochal.engine.device import memory_for_data
from epochal.interrupts import result_of

BLOCK_BYTES = 32 * 2**20  # large enough that a block's overhead vanishes, small beside any memory
BLOCK_STEPS = 1024


class ArrayFeed:
    """Batches of arrays of equal length, resident or streamed."""

    def __init__(self, arrays: Tree, order: BatchOrder, iterator: EpochIterator = None) -> None:
        self.iterator = iterator  # Keras' own, whose first batch builds a model
        self.rows = jax.tree.map(ArraySource, arrays)
        self.order = order
        leaves = jax.tree.leaves(self.rows)
        size = sum(leaf.nbytes for leaf in leaves)
        mapped = any(leaf.memory_mapped for leaf in leaves)
        self.resident = not mapped and size <= memory_for_data()
        # Whether blocks are views of the arrays, each as long as it is, where nothing is converted.
        self.in_place = False
        self.batches: int | None = order.steps_per_epoch or order.batches
        self._length = leaves[0].shape[0]
        batch_bytes = max(1, size // self._length * order.batch_size)
        self._block_steps = max(1, min(BLOCK_BYTES // batch_bytes, BLOCK_STEPS, order.batches))
        self._placed: Tree = None

    def epoch(self, place: Place) -> Iterator[Block]:
        rows = self.order.next_epoch()
        if self.resident:
            return self._resident(rows, place)
        blocks = self._streamed(rows, place)
        # Of a single block none is made while another one is used.
        alone = len(rows) <= self.order.batch_size
        return blocks if alone else _prefetched(blocks)

    def start_at(self, epoch: int) -> int:
        """Go on as if the epochs before `epoch` had been run: how many steps that were."""
        self.order.skip(epoch)
        return self.order.steps_before(epoch)

    def restart(self) -> None:
        """Begin with the first batch again."""
        self.order.restart()

    def first_rows(self, count: int) -> Tree:
        """Some rows to look at: the first ones."""
        count = min(count, self.order.rows)
        return self._take(_as_slice(self.order.in_data(np.arange(count))))

    @property
    def inputs(self) -> Tree:
        """The inputs, as sources of rows."""
        return self.sources()[0]

    def sources(self) -> tuple[Tree, Tree, Tree]:
        """Inputs, targets and weights, as sources of rows; None for what is not there."""
        parts = self.rows if isinstance(self.rows, tuple | list) else (self.rows,)
        inputs, targets, weights = (*parts, None, None)[:3]
        return inputs, targets, weights

    def shapes(self) -> list[Block]:
        """Blocks of shapes instead of arrays: what an epoch will need compiled."""
        size = self.order.batch_size
        full, rest = self.order.full_batches, self.order.rows % size
        if self.resident:
            lengths = [(self._length, full, size), (self._length, 1, rest)]
        else:
            steps = self._block_steps
            lengths = [(steps * size, steps if full else 0, size), (rest, 1, rest)]
        return [
            Block(data=self._shapes(rows), order=_shape((steps, size), np.int32), steps=steps)
            for rows, steps, size in lengths
            if steps and size
        ]

    def _shapes(self, rows: int) -> Tree:
        return jax.tree.map(lambda leaf: _shape((rows, *leaf.shape[1:]), leaf.dtype), self.rows)

    def _resident(self, rows: np.ndarray, place: Place) -> Iterator[Block]:
        if self._placed is None:
            self._placed = place(self._take(slice(None)))
        size = self.order.batch_size
        steps, rest = divmod(len(rows), size)
        if steps:
            # The last epoch of a pass over the data may be shorter: the shape stays the same.
            order = np.zeros((self.order.full_batches, size), np.int32)
            order[:steps] = rows[: steps * size].reshape(steps, size)
            yield Block(data=self._placed, order=place(order), steps=steps)
        if rest:
            yield Block(data=self._placed, order=rows[None, steps * size :], steps=1)

    def _streamed(self, rows: np.ndarray, place: Place) -> Iterator[Block]:
        size = self.order.batch_size
        steps, rest = divmod(len(rows), size)
        capacity = self._block_steps
        for start in range(0, steps, capacity):
            stop = min(start + capacity, steps)
            room = stop - start if self.in_place else capacity
            taken = self._passed(rows[start * size : stop * size], room * size)
            yield block_of(taken, stop - start, room, size, place)
        if rest:
            yield block_of(self._passed(rows[steps * size :], rest), 1, 1, rest, place)

    def _passed(self, rows: np.ndarray, room: int) -> Tree:
        return self._take(_as_slice(rows), None if self.in_place else room)

    def _take(self, rows: Any, capacity: int | None = None) -> Tree:
        return jax.tree.map(lambda leaf: leaf.take(rows, capacity), self.rows)


class BatchFeed:
    """Batches as Keras' adapter of a generator, data set or loader yields them.

    The first one is taken before the first epoch, to look at; that epoch begins with it.
    """

    def __init__(
        self, iterator: EpochIterator, check: Callable[[Tree], None] | None = None
    ) -> None:
        self.iterator = iterator
        self._check = check or (lambda batch: None)
        self._check_block: Callable[[Block], None] = lambda block: None
        self._begun: Iterator[Tree] | None = None  # an epoch of which nothing has been used

    @property
    def batches(self) -> int | None:
        batches: int | None = self.iterator.num_batches
        return batches

    def first_rows(self, count: int) -> Tree | None:
        """None: what a generator yields once is for training."""
        return None

    def start_at(self, epoch: int) -> int:
        """How many steps the epochs before were; what a generator yields is its own affair."""
        return epoch * (self.batches or 0)

    def restart(self) -> None:
        """Begin with the first batch again, where what yields them can."""
        if self._begun is None:
            self.iterator.reset()

    def shapes(self) -> list[Block]:
        """A block of shapes as the first batch tells: others may differ. None without a batch."""
        if self._begun is None:
            self._begun = self._yielded()
        first = next(self._begun, None)
        if first is None:
            self._begun = iter(())
            return []
        self._begun = chain([first], self._begun)
        capacity, size = self._capacity(first), len_of(jax.tree.leaves(first)[0])
        data = jax.tree.map(
            lambda leaf: _shape((capacity * size, *leaf.shape[1:]), leaf.dtype), first
        )
        return [Block(data=data, order=_shape((capacity, size), np.int32), steps=capacity)]

    def check_blocks(self, check: Callable[[Block], None]) -> None:
        """Have `check` look at each block before it is used."""
        self._check_block = check

    def epoch(self, place: Place) -> Iterator[Block]:
        batches, self._begun = self._begun or self._yielded(), None
        return _prefetched(self._blocks(batches, place))

    def _blocks(self, batches: Iterator[Tree], place: Place) -> Iterator[Block]:
        room: BatchRoom | None = None
        for batch in batches:
            if room is not None and not room.takes(batch):
                yield self._checked(room.block(place))
                room = None
            room = room or BatchRoom(batch, self._capacity(batch))
            room.add(batch)
            if room.full:
                yield self._checked(room.block(place))
                room = None
        if room is not None:
            yield self._checked(room.block(place))

    def _checked(self, block: Block) -> Block:
        self._check_block(block)
        return block

    def _yielded(self) -> Iterator[Tree]:
        with self.iterator.catch_stop_iteration():
            for _, _, batches in self.iterator:
                for batch in batches:
                    self._check(batch)
                    yield jax.tree.map(rows_of, batch)

    def _capacity(self, batch: Tree) -> int:
        """Batches in a block, where they are like `batch`."""
        size = max(1, sum(leaf.nbytes for leaf in jax.tree.leaves(batch)))
        steps: int = max(1, min(BLOCK_BYTES // size, BLOCK_STEPS, self.batches or BLOCK_STEPS))
        return steps


Feed = ArrayFeed | BatchFeed


def make_feed(
    data: Dataset,
    *,
    batch_size: int | None,
    steps: int | None = None,
    shuffle: Any = False,
    class_weight: Any = None,
    seed: int | None = None,
) -> Feed:
    """The batches of `data`, as Keras understands them."""
    iterator = EpochIterator(
        _with_own_arrays(data.x) if isinstance(data.x, GeneratorType) else data.x,
        data.y,
        data.sample_weight,
        batch_size,
        steps,
        shuffle=shuffle,
        class_weight=class_weight,
    )
    adapter = iterator.data_adapter
    if not isinstance(adapter, ArrayDataAdapter):
        return BatchFeed(iterator, data.check_batch)
    steps = iterator.steps_per_epoch  # Keras' limit for debugging may have lowered it
    arrays, rows = array_inputs(adapter)
    if data.rows is not None:
        rows = len(data.rows)
    order = BatchOrder(rows, adapter.batch_size, shuffle, steps, seed, data.rows)
    return ArrayFeed(arrays, order, iterator)


def _with_own_arrays(batches: Iterator[Tree]) -> Iterator[Tree]:
    """Copies of what a generator yields: it may use an array again, and Keras looks ahead."""
    for batch in batches:
        yield jax.tree.map(
            lambda leaf: leaf.copy() if isinstance(leaf, np.ndarray) else leaf, batch
        )


def _shape(shape: tuple[int, ...], dtype: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, dtype)


def _as_slice(rows: np.ndarray) -> Any:
    """Consecutive rows as a slice, which reads a file in one sweep."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1 and np.all(np.diff(rows) == 1):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def _prefetched(blocks: Iterator[Block]) -> Iterator[Block]:
    """`blocks`, with the next one being made in a thread while the last one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, blocks, None)
        while (block := result_of(coming)) is not None:
            coming = pool.submit(next, blocks, None)
            yield block
