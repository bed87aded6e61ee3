"""Callbacks that are told more than Keras tells them."""

from typing import Any

import keras
from keras.callbacks import CallbackList
from keras.utils import unpack_x_y_sample_weight

from epochal.batches.feed import Feed
from epochal.training.run import Run

ROWS = 1000


class RunCallback(keras.callbacks.Callback):
    """A Keras callback that `epochal.fit` shows its run, and some rows to look at.

    Attributes
    ----------
    run : Run or None
        The fit's record so far, with the rate and loss of every step; None under `model.fit`.
    rows : tuple or None
        Inputs, targets and sample weights of the first 1,000 validation rows, or training rows
        where there are no others; None where the data is no array, and under `model.fit`.
    """

    run: Run | None = None
    rows: tuple[Any, Any, Any] | None = None


def show_run(callbacks: CallbackList, run: Run, feed: Feed) -> None:
    """Tell the callbacks that ask for it."""
    for callback in callbacks.callbacks:
        if isinstance(callback, RunCallback):
            rows = feed.first_rows(ROWS)
            callback.run = run
            callback.rows = None if rows is None else unpack_x_y_sample_weight(rows)
