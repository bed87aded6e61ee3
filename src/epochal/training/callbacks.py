"""Which callbacks need Python at every batch, and those that are told more than Keras tells."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import keras
import numpy as np
from keras.callbacks import CallbackList
from keras.utils import unpack_x_y_sample_weight

from epochal.batches.feed import Feed
from epochal.bridge.state import penalizes_weights, weight_penalty
from epochal.compat._keras import is_default
from epochal.training.run import Run

ROWS = 1000  # that a `RunCallback` is shown

_TRAIN_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
_TEST_HOOKS = ("on_test_batch_begin", "on_test_batch_end")
_ASKING = {
    keras.callbacks.CSVLogger,
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
    keras.callbacks.ReduceLROnPlateau,
    keras.callbacks.TerminateOnNaN,
}
_PREDICT_HOOKS = ("on_predict_batch_begin", "on_predict_batch_end")


def batch_by_batch_reason(callbacks: CallbackList, phase: str = "train") -> str | None:
    """Why a phase ("train", "test" or "predict") must call Python at every batch; None if not."""
    hooks = {"train": _TRAIN_HOOKS, "test": _TEST_HOOKS, "predict": _PREDICT_HOOKS}[phase]
    for callback in callbacks.callbacks:
        if is_nan_watch(callback) or _saves_at_epochs_only(callback):
            continue
        for hook in hooks:
            if not is_default(getattr(callback, hook)):
                return f"{type(callback).__name__} overrides {hook}"
    return None


def ask_for_the_model(callbacks: CallbackList) -> bool:
    """Whether all of them look at the model by `Callback.model` alone, which tells when they do.

    epochal's own do, and those of Keras that are given no function. Any other may hold the model.
    """
    return all(
        type(callback) in _ASKING or type(callback).__module__.startswith("epochal.")
        for callback in callbacks.callbacks
    )


def has_test_hooks(callbacks: CallbackList) -> bool:
    """Whether a callback is called around an evaluation, and so may look at the model there."""
    hooks = ("on_test_begin", "on_test_end", *_TEST_HOOKS)
    return any(
        not is_default(getattr(callback, hook))
        for callback in callbacks.callbacks
        for hook in hooks
    )


def early_stopping(monitor: str, patience: int) -> keras.callbacks.EarlyStopping:
    """Ends a fit so many epochs after the least `monitor`, and restores the weights that had it."""
    stopping = keras.callbacks.EarlyStopping(
        monitor, patience=patience, restore_best_weights=True, mode="min"
    )
    stopping.monitor_op = np.less  # Keras' own has JAX compare, which takes longer than all else
    return stopping


def flatten_callbacks(callbacks: Any) -> list[keras.callbacks.Callback]:
    """The callbacks that were given: one, several, a `CallbackList`, or none."""
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
    return list(keras.tree.flatten(callbacks or []))


def callback_list(
    callbacks: Any,
    model: keras.Model,
    *,
    verbose: Any,
    steps: int | None,
    epochs: int = 1,
    own: Sequence[keras.callbacks.Callback] = (),
) -> CallbackList:
    """The callbacks that were given, and epochal's `own` behind them."""
    if isinstance(callbacks, CallbackList):
        callbacks = copy(callbacks)  # the caller's own does not come to hold the run
        callbacks.callbacks = [*callbacks.callbacks, *own]
        for callback in own:
            callback.set_model(model)
            callback.set_params(callbacks.params)
        return callbacks
    every = [*flatten_callbacks(callbacks), *own]
    return CallbackList(every, model=model, verbose=verbose, epochs=epochs, steps=steps)


class PenaltyRecorder(keras.callbacks.Callback):
    """Tells a run the penalty on the weights as every epoch leaves them."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._penalizes = True

    def on_train_begin(self, logs: Any = None) -> None:
        self._penalizes = penalizes_weights(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        # Asking for the model has the state written into it.
        self._run.record_penalty(weight_penalty(self.model) if self._penalizes else None)


class RunCallback(keras.callbacks.Callback):
    """A Keras callback that `epochal.fit` shows its run, and some rows to look at.

    Attributes
    ----------
    run : Run or None
        The fit's record so far, with the rate and loss of every step; None under `model.fit`.
    rows : tuple or None
        Inputs, targets and sample weights of the first 1,000 validation rows, or training rows
        where there are no others; None where the data is not an array, and under `model.fit`.
    """

    run: Run | None = None
    rows: tuple[Any, Any, Any] | None = None


def show_run(callbacks: CallbackList, run: Run, feed: Feed) -> None:
    """Tell the callbacks that ask for it of the run and of the first rows of `feed`."""
    for callback in callbacks.callbacks:
        if isinstance(callback, RunCallback):
            rows = feed.first_rows(ROWS)
            callback.run = run
            callback.rows = None if rows is None else unpack_x_y_sample_weight(rows)


class BatchHookScheduler:
    """Calls a phase's batch hooks around every `size` batches: Keras' ``steps_per_execution``.

    `begin` is called with the first batch of an execution, `end` with its last one and what the
    execution left. Keras counts the last execution of an epoch as if it were full.
    """

    def __init__(
        self,
        size: int,
        begin: Callable[[int], None],
        end: Callable[[int, Any], None],
        done: int = 0,
    ) -> None:
        self._size, self._begin, self._end = size, begin, end
        self._done = done
        self._left: Any = None

    @property
    def remaining(self) -> int:
        """How many batches there are until the hooks are called again."""
        return self._size - self._done % self._size

    def before(self) -> None:
        """A stretch of batches within an execution is about to run."""
        if self.remaining == self._size:
            self._begin(self._done)

    def after(self, batches: int, left: Any) -> None:
        """That stretch has run."""
        self._done += batches
        self._left = left
        if self.remaining == self._size:
            self._end(self._done - 1, left)

    def close(self) -> None:
        """There are no more batches."""
        if self.remaining < self._size:
            self._end(self._done + self.remaining - 1, self._left)


def nan_watches(callbacks: CallbackList) -> Sequence[keras.callbacks.Callback]:
    """The callbacks that look at every batch's loss only to see whether it is finite.

    They cost nothing until it is not: the step at which it happened is found from the record.
    """
    return [callback for callback in callbacks.callbacks if is_nan_watch(callback)]


def is_nan_watch(callback: keras.callbacks.Callback) -> bool:
    return type(callback) is keras.callbacks.TerminateOnNaN


def _saves_at_epochs_only(callback: keras.callbacks.Callback) -> bool:
    keras_own = type(callback) is keras.callbacks.ModelCheckpoint
    return (keras_own or hasattr(callback, "resumed")) and callback.save_freq == "epoch"
