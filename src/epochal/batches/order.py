"""In which order the rows are taken: Keras' meaning of shuffle and steps_per_epoch."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from epochal.errors import InputError


@dataclass
class BatchOrder:
    """The rows of each epoch in turn.

    With ``seed=None`` the permutations come from NumPy's global generator, as in `model.fit`: after
    `keras.utils.set_random_seed` both see the same batches. With a seed, each pass over the data
    has its own permutation whatever came before, so that a resumed fit goes on as if it had never
    stopped. Fewer steps an epoch than the data has batches go on in the next epoch where this one
    stopped. With `subset`, its `rows` numbers of rows of the data are gone through in place of all:
    in the order in which the rows of ``data[subset]`` would be.
    """

    rows: int
    batch_size: int
    shuffle: Any = False  # True, False, or "batch": within each batch alone
    steps_per_epoch: int | None = None
    seed: int | None = None
    subset: NDArray | None = None
    passes: int = 0  # over the data, so far
    _rest: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))

    def __post_init__(self) -> None:
        if self.shuffle not in (True, False, "batch"):
            raise InputError(
                f"shuffle must be True, False or 'batch', got {self.shuffle!r}: choose one."
            )

    @property
    def batches(self) -> int:
        """Steps an epoch, the last and smaller batch included."""
        return min(-(-self.rows // self.batch_size), self.steps_per_epoch or self.rows)

    @property
    def full_batches(self) -> int:
        """Steps an epoch, without a last and smaller batch."""
        return min(self.rows // self.batch_size, self.batches)

    def restart(self) -> None:
        """Take the rows from the first again, wherever the last epoch stopped."""
        self._rest = self._rest[:0]

    def skip(self, epochs: int) -> None:
        """With a seed, go on as if `epochs` had been taken; else nothing says what they took."""
        if self.seed is None:
            return
        self.passes, begun = divmod(epochs, self._epochs_a_pass)
        if begun:
            self._rest = self._all_rows()[begun * self.batches * self.batch_size :]
            self.passes += 1

    def steps_before(self, epoch: int) -> int:
        """How many steps the epochs before `epoch` take."""
        passes, begun = divmod(epoch, self._epochs_a_pass)
        return passes * -(-self.rows // self.batch_size) + begun * self.batches

    @property
    def _epochs_a_pass(self) -> int:
        return -(-self.rows // (self.batches * self.batch_size))

    def next_epoch(self) -> np.ndarray:
        """The rows of the next epoch, int32, in the order in which they are trained on."""
        if len(self._rest) == 0:
            self._rest = self._all_rows()
            self.passes += 1
        taken = self.batches * self.batch_size
        epoch, self._rest = self._rest[:taken], self._rest[taken:]
        if self.steps_per_epoch and len(epoch) <= (self.steps_per_epoch - 1) * self.batch_size:
            warnings.warn(
                f"Your input ran out of data: steps_per_epoch is {self.steps_per_epoch}, "
                f"but this epoch ends with step {-(-len(epoch) // self.batch_size)}.",
                stacklevel=2,
            )
        return epoch

    def in_data(self, rows: NDArray) -> NDArray:
        """The numbers that these of the `rows` have in the data."""
        return rows if self.subset is None else self.subset[rows].astype(np.int32)

    def _all_rows(self) -> NDArray:
        return self.in_data(self._ordered())

    def _ordered(self) -> NDArray:
        if not self.shuffle:
            return np.arange(self.rows, dtype=np.int32)
        random: Any = np.random
        if self.seed is not None:
            random = np.random.default_rng([self.seed, self.passes])
        if self.shuffle == "batch":
            starts = range(0, self.rows, self.batch_size)
            sizes = [min(self.batch_size, self.rows - start) for start in starts]
            parts = [random.permutation(n) + s for n, s in zip(sizes, starts, strict=True)]
            return np.concatenate(parts).astype(np.int32)
        rows: np.ndarray = random.permutation(self.rows).astype(np.int32)
        return rows
