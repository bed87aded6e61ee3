"""What a fit keeps of its rows for the diagnosis, and what it leaves alone."""

from typing import Any

import numpy as np
import pytest

import epochal
from epochal.batches.array_source import ArraySource
from tests.training.parity import dense_net, numbers


@pytest.mark.parametrize("epochs", [0, 1])
def test_no_row_of_the_inputs_is_copied_for_the_diagnosis(monkeypatch, epochs):
    """The inputs may be large, or lie on a disk: they are read to be trained on, once."""
    read: list[tuple[tuple[int, ...], int]] = []
    take = ArraySource.take

    def counted(source: ArraySource, rows: Any, capacity: int | None = None) -> np.ndarray:
        taken = take(source, rows, capacity)
        if hasattr(source, "shape"):  # else it is being made, and looks at its first row
            read.append((source.shape, len(taken)))
        return taken

    x, y = numbers(300, 6), numbers(300)
    monkeypatch.setattr(ArraySource, "take", counted)
    epochal.fit(dense_net(), x, y, epochs=epochs, verbose=0, seed=0)
    rows_of_inputs = sum(rows for shape, rows in read if shape == x.shape)
    # Where the engine reads the caller's own array that takes no copy, but it is asked for once.
    assert rows_of_inputs == epochs * len(x)
