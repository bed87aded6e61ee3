"""A population that was killed, begun again: bit for bit what it would have been in one go."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import keras
import numpy as np
import pytest

from epochal.errors import InputError
from epochal.training import kept_fits, train_population
from epochal.training.population import Population
from tests.engines import ENGINES

RANDOM = np.random.default_rng(5)
X = RANDOM.standard_normal((90, 5)).astype(np.float32)
Y = (X.sum(axis=1) + RANDOM.standard_normal(90) > 0).astype(np.float32)
EPOCHS = 6


class Killed(BaseException):
    """In place of the signal that ends a process at once."""


class KillAt(keras.callbacks.Callback):
    """Ends the population when so many epochs of a member have ended; it has no state."""

    kept_names = ()
    begun: ClassVar[list[int]] = []

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.__dict__["at"] = [epoch]  # no plain attribute: the fits stay the same fits

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.begun.append(epoch)
        if epoch == self.__dict__["at"][0]:
            raise Killed


def build(rate: float = 0.01, seed: int = 0) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(8, "relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def trained(
    folder: Path | None, engine: str = "native", kill_at: int = 99, **others: Any
) -> Population:
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    plan: dict[str, Any] = {"members": 3, "rows": "folds", "batch_size": 16, "seed": 3}
    plan |= {"epochs": EPOCHS, "engine": engine, "callbacks": [stopping, KillAt(kill_at)]}
    return train_population(
        **(
            {"model_or_builder": build, "x": X, "y": Y, "verbose": 0, "resume": folder}
            | plan
            | others
        )
    )


def assert_equal(one: Population, other: Population) -> None:
    assert len(one) == len(other) > 0
    for ours, theirs in zip(one.members, other.members, strict=True):
        assert ours.run.history == theirs.run.history
        assert ours.run.epoch == theirs.run.epoch
        assert ours.diverged == theirs.diverged
        assert np.array_equal(ours.run.losses, theirs.run.losses)
        assert np.array_equal(ours.run.learning_rates, theirs.run.learning_rates)
        assert str(ours.run.diagnosis) == str(theirs.run.diagnosis)
        for mine, yours in zip(
            [*ours.run.model.variables, *ours.run.model.optimizer.variables],
            [*theirs.run.model.variables, *theirs.run.model.optimizer.variables],
            strict=True,
        ):
            assert np.array_equal(mine.value, yours.value), mine.path


@pytest.fixture
def _every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_fits, "SECONDS", 0.0)
    monkeypatch.setattr(kept_fits, "COST", np.inf)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.usefixtures("_every_epoch")
def test_members_go_on_behind_their_last_epoch(tmp_path, engine):
    whole = trained(None, engine)
    with pytest.raises(Killed):
        trained(tmp_path, engine, kill_at=3)
    with pytest.raises(Killed):
        trained(tmp_path, engine, kill_at=4)
    KillAt.begun.clear()
    assert_equal(trained(tmp_path, engine), whole)
    in_one_go = sum(len(member.run.epoch) for member in whole.members)
    assert len(KillAt.begun) <= in_one_go - 3  # that which was killed at its fourth had three


@pytest.mark.native
def test_members_that_had_ended_are_not_trained_again(tmp_path):
    whole = trained(tmp_path)
    again = trained(tmp_path, kill_at=0)  # each epoch would raise
    assert_equal(again, whole)
    assert_equal(trained(None), whole)


@pytest.mark.native
@pytest.mark.parametrize(
    "other",
    [
        {"seed": 4},
        {"x": X + np.float32(1e-7)},
        {"y": 1 - Y},
        {"epochs": EPOCHS + 1},
        {"batch_size": 8},
        {"rows": "bootstrap"},
        {"sample_weight": np.ones(90)},
        {"model_or_builder": lambda seed: build(0.011, seed)},
        {"schedule": keras.optimizers.schedules.CosineDecay(0.1, 10)},
        {"callbacks": [keras.callbacks.EarlyStopping(patience=3)]},
        {"validation": (X, Y)},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_differs_begins_anew(tmp_path, other):
    trained(tmp_path)
    before = set(tmp_path.iterdir())
    trained(tmp_path, **other)
    assert len(set(tmp_path.iterdir()) - before) == 3


@pytest.mark.native
@pytest.mark.parametrize(
    "spoil",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-300] + bytes(300),
        lambda content: b"",
        lambda content: content[:2000] + bytes([content[2000] ^ 1]) + content[2001:],
    ],
    ids=["half", "end", "empty", "bit"],
)
def test_a_broken_file_is_trained_again(tmp_path, spoil: Callable[[bytes], bytes], caplog):
    whole = trained(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(spoil(path.read_bytes()))
    assert_equal(trained(tmp_path), whole)
    assert "begun anew" in caplog.text


@pytest.mark.native
def test_an_interrupted_member_is_not_kept_as_if_it_had_ended(tmp_path):
    class Interrupt(KillAt):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == self.__dict__["at"][0]:
                raise KeyboardInterrupt

    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    with suppress(KeyboardInterrupt):  # it is raised unless another member had an epoch by then
        trained(tmp_path, callbacks=[stopping, Interrupt(2)])
    assert_equal(
        trained(tmp_path, callbacks=[stopping, Interrupt(99)]),
        trained(None, callbacks=[stopping, Interrupt(99)]),
    )


def test_a_seed_must_be_given(tmp_path):
    with pytest.raises(InputError, match="seed must be given with resume, got None"):
        trained(tmp_path, seed=None)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="resume must be a folder, got the file"):
        trained(tmp_path / "file")
