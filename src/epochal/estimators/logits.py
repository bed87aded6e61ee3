"""What fitted networks give for rows before their last activation, a block of rows at a time."""

from collections.abc import Iterator, Sequence
from math import ceil

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.models.feed_forward import LOGITS
from epochal.training import predict

# Batch size of predictions: always the same, so that a row's result depends on no other.
BATCH = 256
VALUES_A_BLOCK = 1 << 20  # float64: 8 MB


def logits_in_blocks(models: Sequence[keras.Model], x: NDArray) -> Iterator[NDArray]:
    """The networks' outputs before their last activation, float64 (networks, rows, units).

    Those of all rows together, of 1,000 classes and twenty networks, are more than anything else
    that an estimator holds.

    Parameters
    ----------
    models : sequence of keras.Model
        Those of `epochal.network`, alike but for their hidden layers.
    x : numpy.ndarray of shape (rows, columns)
        Encoded rows; of none, there is one block of none.
    """
    heads = [keras.Model(each.inputs, each.get_layer(LOGITS).output) for each in models]
    size = BATCH * _batches(len(x), sum(head.output.shape[-1] for head in heads))
    for start in range(0, max(1, len(x)), size):
        rows = x[start : start + size]
        padded = np.zeros((size, x.shape[1]), np.float32)
        padded[: len(rows)] = rows
        logits = [predict(head, padded, batch_size=BATCH, verbose=0) for head in heads]
        yield np.asarray([each[: len(rows)] for each in logits], np.float64)


def _batches(rows: int, values: int) -> int:
    """How many batches a block has, of rows of so many values.

    A power of two: few shapes, few programs.
    """
    needed = ceil(rows / BATCH)
    at_most = max(1, VALUES_A_BLOCK // (BATCH * values))
    return min(1 << (needed - 1).bit_length(), 1 << (at_most.bit_length() - 1))
