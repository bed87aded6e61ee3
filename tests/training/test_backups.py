"""Backups: where a training goes on, and what becomes of files that are broken."""

import json
import logging
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.callbacks import BackupAndRestore, CallbackList, CSVLogger
from numpy.testing import assert_array_equal

import epochal
from epochal.errors import InputError
from tests.training.killed_fit import net
from tests.training.parity import numbers

X, Y = numbers(44, 6), numbers(44, 1, seed=1)
STEPS = 6  # an epoch: 44 rows in batches of 8
WEIGHTS, PREVIOUS = "latest.weights.h5", "latest.weights.h5.bkp"


class Stop(Exception):
    """What ends a training early."""


class StopAt(keras.callbacks.Callback):
    """Ends the training when an epoch ends, after what stands before it in the list."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epoch:
            raise Stop


class StopAtBatch(keras.callbacks.Callback):
    """Ends the training after so many batches."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if not self.left:
            raise Stop


def fit(engine: str, callbacks: Any, epochs: int = 4, **others: Any) -> epochal.Run:
    return epochal.fit(
        *(net(), X, Y),
        batch_size=8,
        epochs=epochs,
        callbacks=callbacks,
        engine=engine,
        verbose=0,
        **{"seed": 1, **others},
    )


def weights(run: epochal.Run) -> list[np.ndarray]:
    return [*run.model.get_weights(), *(v.numpy() for v in run.model.optimizer.variables)]


def same(run: epochal.Run, other: epochal.Run) -> None:
    for ours, theirs in zip(weights(run), weights(other), strict=True):
        assert_array_equal(ours, theirs)
    for name, values in run.history.items():
        assert values == other.history[name][-len(values) :]


def stopped(engine: str, folder: Path, last: int) -> None:
    """A training that was stopped when epoch `last` ended."""
    with pytest.raises(Stop):
        fit(engine, [BackupAndRestore(str(folder)), StopAt(last)])


@pytest.mark.parametrize(
    ("save_freq", "batches"),
    [(1, 1), (1, STEPS), (4, STEPS - 1), (4, STEPS + 1), (4, 3 * STEPS + 2)],
)
def test_a_training_goes_on_at_the_very_batch(engine, tmp_path, save_freq, batches):
    kept = {"validation_split": 0.0, "schedule": keras.optimizers.schedules.CosineDecay(0.01, 24)}
    backup = BackupAndRestore(str(tmp_path), save_freq=save_freq)
    with pytest.raises(Stop):
        fit(engine, [backup, StopAtBatch(batches)], **kept)
    resumed = fit(engine, [BackupAndRestore(str(tmp_path), save_freq=save_freq)], **kept)
    left = 4 * STEPS - batches // save_freq * save_freq
    assert len(resumed.losses) == left
    same(resumed, fit(engine, [], **kept))


def test_without_a_seed_the_draws_of_dropout_go_on_too(engine, tmp_path):
    stopped_at = [BackupAndRestore(str(tmp_path)), StopAt(1)]
    with pytest.raises(Stop):
        fit(engine, stopped_at, seed=None, shuffle=False)
    resumed = fit(engine, [BackupAndRestore(str(tmp_path))], seed=None, shuffle=False)
    same(resumed, fit(engine, [], seed=None, shuffle=False))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("breaking", [truncate, empty, Path.unlink])
def test_a_broken_backup_falls_back_to_the_one_before(engine, tmp_path, breaking, caplog):
    stopped(engine, tmp_path, 2)
    breaking(tmp_path / WEIGHTS)
    with caplog.at_level(logging.WARNING):
        resumed = fit(engine, [BackupAndRestore(str(tmp_path))])
    assert resumed.epoch == [2, 3]
    same(resumed, fit(engine, []))
    said = [f"{str(tmp_path / WEIGHTS)!r} cannot be read (OSError)."]
    assert caplog.messages == ([] if breaking is Path.unlink else said)


def test_two_broken_backups_are_refused(engine, tmp_path):
    stopped(engine, tmp_path, 2)
    truncate(tmp_path / WEIGHTS)
    truncate(tmp_path / PREVIOUS)
    with pytest.raises(InputError) as error:
        fit(engine, [BackupAndRestore(str(tmp_path))])
    assert str(error.value) == (
        f"backup_dir must hold a backup that can be read, got {str(tmp_path)!r}, where "
        f"{WEIGHTS} and {PREVIOUS} cannot be: remove it to begin the training anew."
    )


@pytest.mark.filterwarnings("ignore:Skipping variable loading")
def test_a_backup_of_another_model_is_no_broken_one(engine, tmp_path):
    stopped(engine, tmp_path, 1)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    with pytest.raises(ValueError, match="A total of"):
        epochal.fit(model, X, Y, callbacks=[BackupAndRestore(str(tmp_path))], verbose=0)


def test_keras_goes_on_from_our_backup_and_we_from_its(engine, tmp_path):
    stopped(engine, tmp_path, 1)
    assert json.loads((tmp_path / "training_metadata.json").read_text())["epoch"] == 2
    history = net().fit(X, Y, epochs=4, callbacks=[BackupAndRestore(str(tmp_path))], verbose=0)
    assert history.epoch == [2, 3]
    with pytest.raises(Stop):
        net().fit(X, Y, epochs=4, callbacks=[BackupAndRestore(str(tmp_path)), StopAt(0)], verbose=0)
    assert fit(engine, [BackupAndRestore(str(tmp_path))]).epoch == [1, 2, 3]


def test_a_fit_after_one_that_went_on_begins_with_its_first_epoch(engine, tmp_path):
    stopped(engine, tmp_path, 2)
    run = fit(engine, [BackupAndRestore(str(tmp_path))])
    assert run.epoch == [3]
    assert not tmp_path.exists()
    again = epochal.fit(run.model, X, Y, epochs=2, verbose=0, engine=engine)
    assert again.epoch == [0, 1]


def test_a_list_of_callbacks_is_left_as_it_was(engine, tmp_path):
    backup = BackupAndRestore(str(tmp_path / "backup"), delete_checkpoint=False)
    given = CallbackList([backup], model=net())
    run = epochal.fit(given.callbacks[0].model, X, Y, callbacks=given, verbose=0, engine=engine)
    assert given.callbacks[0] is backup
    assert run.epoch == [0]
    assert (tmp_path / "backup" / WEIGHTS).is_file()


@pytest.mark.slow
def test_a_fit_of_keras_own_loop_falls_back_too(engine, tmp_path):
    if engine == "xla":
        pytest.skip("neither engine runs it")

    def eager(callbacks: list[keras.callbacks.Callback]) -> epochal.Run:
        model = net()
        model.run_eagerly = True
        return epochal.fit(model, X[:4], Y[:4], epochs=4, callbacks=callbacks, verbose=0)

    with pytest.raises(Stop):
        eager([BackupAndRestore(str(tmp_path)), StopAt(2)])
    truncate(tmp_path / WEIGHTS)
    assert eager([BackupAndRestore(str(tmp_path))]).epoch == [2, 3]


def test_a_log_is_not_written_on_behind_half_a_row(engine, tmp_path):
    path = tmp_path / "log.csv"
    fit(engine, [CSVLogger(str(path))], epochs=2)
    rows = path.read_text().splitlines()
    path.write_text("\n".join([*rows, "2,0.12"]))
    fit(engine, [CSVLogger(str(path), append=True)], epochs=3, initial_epoch=2)
    found = path.read_text().splitlines()
    assert found[:3] == rows
    assert len(found) == 4
    assert all(row.count(",") == rows[0].count(",") for row in found)


def test_what_cannot_be_saved_leaves_the_last_file_as_it_was(engine, tmp_path, monkeypatch):
    path = tmp_path / "best.keras"
    checkpoint = keras.callbacks.ModelCheckpoint(str(path))
    run = fit(engine, [checkpoint])
    before = path.read_bytes()
    monkeypatch.setattr(keras.Model, "save", half_saved)
    with pytest.raises(OSError, match="no space"):
        epochal.fit(run.model, X, Y, callbacks=[checkpoint], engine=engine, verbose=0)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["best.keras"]
    assert "save" not in vars(run.model)


def half_saved(model: keras.Model, filepath: Any, overwrite: bool = True) -> None:
    Path(filepath).write_bytes(b"PK")
    raise OSError(28, "no space left on device")
