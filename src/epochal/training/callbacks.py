"""Which callbacks need Python at every batch, and which only seem to."""

from collections.abc import Sequence

import keras
from keras.src.callbacks.callback_list import CallbackList
from keras.src.utils.python_utils import is_default

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
