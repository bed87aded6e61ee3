"""Keras' callbacks that keep a training, so that a kill at any moment loses no more than it must.

They are exchanged for the time of a fit, in the list of the fit alone, and make the same files in
the same places. A subclass of somebody else's is left as it is.
"""

import json
import logging
import os
import shutil
import tempfile
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any

import keras
from keras.callbacks import CallbackList

from epochal.bridge.backup_file import Standing, read_backup, write_backup
from epochal.bridge.state import python_logs
from epochal.compat._keras import set_epoch_to_resume
from epochal.errors import InputError
from epochal.training.callbacks import flatten_callbacks
from epochal.whole_files import keep_previous, sync, write_whole

_log = logging.getLogger(__name__)

WEIGHTS, METADATA, PREVIOUS = "latest.weights.h5", "training_metadata.json", ".bkp"


class BackupAndRestore(keras.callbacks.BackupAndRestore):
    """Keras' own, in one file that is whole, with the one before it, and to the very batch.

    Attributes
    ----------
    resumed : Standing or None
        Where the training goes on; None where it begins.
    """

    def __init__(self, given: keras.callbacks.BackupAndRestore) -> None:
        super().__init__(
            given.backup_dir,
            save_freq=given.save_freq,
            double_checkpoint=given.double_checkpoint,
            delete_checkpoint=given.delete_checkpoint,
        )
        self.resumed: Standing | None = None
        self._given = given
        self._folder = Path(given.backup_dir)
        self._epoch = 0
        self._done = 0  # batches of this epoch
        self._saved_at = 0  # which of them; below 0 for one of the epoch before

    def set_model(self, model: keras.Model) -> None:
        super().set_model(model)
        self._given.set_model(model)

    def on_train_begin(self, logs: Any = None) -> None:
        """Load the newest backup that is whole."""
        self.resumed = self._read()
        if self.resumed is not None:
            self._epoch, self._saved_at = self.resumed.epoch, self.resumed.steps
            set_epoch_to_resume(self.model, self.resumed.epoch)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch
        set_epoch_to_resume(self.model, None)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._done = batch + 1
        if self.save_freq != "epoch" and self._done - self._saved_at >= self.save_freq:
            self._saved_at = self._done
            steps, found = self._done, python_logs(logs or {})
            self._write(Standing(epoch=self._epoch, steps=steps, logs=found))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._saved_at -= self._done
        self._done = 0
        if self.save_freq == "epoch":
            self._write(Standing(epoch=epoch + 1))

    def on_train_end(self, logs: Any = None) -> None:
        """Delete the backup, the newest file last: the process may end in between."""
        set_epoch_to_resume(self.model, None)
        if self.delete_checkpoint and self._folder.exists():
            for name in (METADATA, f"{METADATA}{PREVIOUS}", f"{WEIGHTS}{PREVIOUS}", WEIGHTS):
                (self._folder / name).unlink(missing_ok=True)
            shutil.rmtree(self._folder)

    def _write(self, standing: Standing) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._folder / WEIGHTS, partial(self._write_weights, standing))
        # For Keras, should it be the one to go on.
        where = json.dumps({"epoch": standing.epoch, "batch": standing.steps})
        write_whole(self._folder / METADATA, lambda path: path.write_text(where, "utf-8"))

    def _write_weights(self, standing: Standing, path: Path) -> None:
        """Only when the file is complete, what was the last one becomes the one before."""
        write_backup(self.model, path, standing)
        sync(path)
        keep_previous(self._folder / WEIGHTS, self._folder / f"{WEIGHTS}{PREVIOUS}")

    def _read(self) -> Standing | None:
        broken: list[str] = []
        for end in ("", PREVIOUS):
            path = self._folder / f"{WEIGHTS}{end}"
            if not path.is_file():
                continue
            try:
                return self._load(path) or self._by_keras(end)
            # What h5py and a reader of JSON raise for half a file.
            except (OSError, KeyError, RuntimeError, json.JSONDecodeError) as error:
                broken.append(path.name)
                _log.warning("%r cannot be read (%s).", str(path), type(error).__name__)
        if broken:
            raise InputError(
                f"backup_dir must hold a backup that can be read, got {str(self._folder)!r}, where "
                f"{' and '.join(broken)} cannot be: remove it to begin the training anew."
            )
        return None

    def _load(self, path: Path) -> Standing | None:
        with tempfile.TemporaryDirectory() as folder:
            if path.name != WEIGHTS:  # Keras knows a file by the end of its name
                path = Path(shutil.copyfile(path, Path(folder) / WEIGHTS))
            return read_backup(self.model, path)

    def _by_keras(self, end: str) -> Standing:
        """Where Keras says that the training stood, whose backup it is."""
        path = self._folder / f"{METADATA}{end}"
        saved = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return Standing(epoch=saved.get("epoch", 0))


class CSVLogger(keras.callbacks.CSVLogger):
    """Keras' own, whose rows are on the disk, and which does not write on behind half a row."""

    def __init__(self, given: keras.callbacks.CSVLogger) -> None:
        super().__init__(given.filename, separator=given.sep, append=given.append)

    def on_train_begin(self, logs: Any = None) -> None:
        if self.append:
            _drop_half_a_line(Path(self.filename))
        super().on_train_begin(logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        super().on_epoch_end(epoch, logs)
        sync(Path(self.filename))


def made_safe(callbacks: Any) -> Any:
    """The callbacks of a fit, with Keras' own that keep a training exchanged for these."""
    if not isinstance(callbacks, CallbackList):
        return [_safe(callback) for callback in flatten_callbacks(callbacks)]
    exchanged = copy(callbacks)  # the caller's own stays as it is
    exchanged.callbacks = [_safe(callback) for callback in callbacks.callbacks]
    for old, new in zip(callbacks.callbacks, exchanged.callbacks, strict=True):
        if old is not new:
            new.set_model(old.model)
            new.set_params(old.params)
    return exchanged


def standing_of(callbacks: CallbackList) -> Standing | None:
    """Where the training goes on in the middle of an epoch; None where an epoch begins."""
    for callback in callbacks.callbacks:
        standing = callback.resumed if isinstance(callback, BackupAndRestore) else None
        if standing is not None and standing.steps:
            return standing
    return None


def _safe(callback: keras.callbacks.Callback) -> keras.callbacks.Callback:
    if type(callback) is keras.callbacks.BackupAndRestore and _is_local(callback.backup_dir):
        return BackupAndRestore(callback)
    if type(callback) is keras.callbacks.CSVLogger and _is_local(callback.filename):
        return CSVLogger(callback)
    return callback


def _is_local(path: Any) -> bool:
    return "://" not in os.fspath(path)


def _drop_half_a_line(path: Path) -> None:
    """Cut off what stands behind the last end of a line."""
    if path.is_file() and (content := path.read_bytes()) and not content.endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)
