"""Which callbacks need Python at every batch, and which only seem to."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.compat._keras import is_default

_TRAIN_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
_TEST_HOOKS = ("on_test_batch_begin", "on_test_batch_end")
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


class BatchHookScheduler:
    """Calls a phase's batch hooks around every `size` batches: Keras' ``steps_per_execution``.

    `begin` is called with the first batch of an execution, `end` with its last one and what the
    execution left. Keras counts the last execution of an epoch as if it were full.
    """

    def __init__(self, size: int, begin: Callable[[int], None], end: Callable[[int, Any], None]):
        self._size, self._begin, self._end = size, begin, end
        self._done = 0
        self._left: Any = None

    @property
    def room(self) -> int:
        """How many batches there are until the hooks are called again."""
        return self._size - self._done % self._size

    def before(self) -> None:
        """A stretch of batches within an execution is about to run."""
        if self.room == self._size:
            self._begin(self._done)

    def after(self, batches: int, left: Any) -> None:
        """That stretch has run."""
        self._done += batches
        self._left = left
        if self.room == self._size:
            self._end(self._done - 1, left)

    def close(self) -> None:
        """There are no more batches."""
        if self.room < self._size:
            self._end(self._done + self.room - 1, self._left)


def nan_watches(callbacks: CallbackList) -> Sequence[keras.callbacks.Callback]:
    """The callbacks that look at every batch's loss only to see whether it is finite.

    They cost nothing until it is not: the step at which it happened is found from the record.
    """
    return [callback for callback in callbacks.callbacks if is_nan_watch(callback)]


def is_nan_watch(callback: keras.callbacks.Callback) -> bool:
    return type(callback) is keras.callbacks.TerminateOnNaN


def _saves_at_epochs_only(callback: keras.callbacks.Callback) -> bool:
    kinds = (keras.callbacks.ModelCheckpoint, keras.callbacks.BackupAndRestore)
    return type(callback) in kinds and callback.save_freq == "epoch"
