"""A stream of trials: what is asked for and when, what runs beside what, what is told and kept."""

import gc
import weakref
from collections.abc import Mapping, Sequence
from itertools import count
from threading import Barrier, Event, Lock
from typing import Any, Self

import keras
import pytest

from epochal.engine.xla import EXECUTABLES
from epochal.errors import InputError
from epochal.sweeps import sweep
from epochal.sweeps.arguments import replicates_of
from epochal.sweeps.fits import Fit, Job
from epochal.sweeps.stream import Stream
from tests.sweeps.networks import X, Y, build

Asked = Sequence[Mapping[str, Any]]
RATE, RATES = {"learning_rate": 0.01}, [{"learning_rate": rate} for rate in (0.01, 0.1, 0.2)]


def stream_of(*asked: Asked, seeds: int = 2, epochs: int = 1, **more: Any) -> tuple[Stream, list]:
    """A stream that asks for these settings, one sequence at a time; and what happens."""
    happened: list[Any] = []
    of_job: dict[str, Any] = {"source": build}
    of_job |= {name: more.pop(name) for name in ("source", "callbacks", "fit") if name in more}
    job = Job(
        replicates=replicates_of(None, Y, None, seeds=seeds, seed=0),
        seed=0,
        epochs=epochs,
        objective="val_loss",
        x=X,
        y=Y,
        **of_job,
    )
    left, number = iter(asked), iter(range(100))

    def ask() -> dict[int, Mapping[str, Any]]:
        trials = {next(number): settings for settings in next(left, [])}
        happened.append(f"asked for {list(trials)}")
        return trials

    def on_trial(number: int, fits: Sequence[Fit], pruned: bool) -> None:
        happened.append(f"trial {number}: {len(fits)}{' pruned' if pruned else ''}")

    more = {"ask": ask, "on_trial": on_trial, "on_fit": lambda fit: happened.append("fit")} | more
    return Stream(job=job, **more), happened


class Late(keras.callbacks.Callback):
    """In the fit of this number, from 0, it waits at the end for what another one brings about."""

    def __init__(self, which: int, event: Event) -> None:
        super().__init__()
        self.which, self.event, self.copied = which, event, count()
        self.number = -1

    def __deepcopy__(self, memo: Any) -> Self:
        copied = type(self)(self.which, self.event)
        copied.number = next(self.copied)
        return copied

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.number == self.which:
            assert self.event.wait(60)


def test_a_trial_is_asked_for_while_the_last_fit_of_the_one_before_is_trained() -> None:
    asked = Event()
    stream, happened = stream_of([RATES[0]], [RATES[1]], at_once=1, callbacks=[Late(1, asked)])
    ask = stream.ask

    def telling() -> Mapping[int, Mapping[str, Any]]:
        trials = ask()
        if 1 in trials:
            asked.set()
        return trials

    stream.ask = telling
    assert stream.train() == ""
    first = ["asked for [0]", "fit", "asked for [1]", "trial 0: 2", "fit"]
    assert happened[:5] == first
    assert sorted(happened[5:]) == ["asked for []", "fit", "fit", "trial 1: 2"]


class Meeting(keras.callbacks.Callback):
    """The third fit to begin waits for the fourth, and that for the third."""

    def __init__(self) -> None:
        super().__init__()
        self.lock, self.barrier = Lock(), Barrier(2)
        self.begun = 0

    def __deepcopy__(self, memo: Any) -> Self:
        return self

    def on_train_begin(self, logs: Any = None) -> None:
        with self.lock:
            self.begun += 1
            meets = self.begun in (3, 4)
        if meets:
            self.barrier.wait(60)


def test_the_first_fit_of_a_trial_runs_beside_the_last_one_of_the_trial_before() -> None:
    stream, happened = stream_of([RATES[0]], [RATES[1]], seeds=3, at_once=2, callbacks=[Meeting()])
    stream.train()
    assert happened.count("fit") == 6


def test_no_fit_is_kept_that_has_ended() -> None:
    built: list[weakref.ref[keras.Model]] = []
    gone: list[bool] = []

    def source(**settings: Any) -> keras.Model:
        model = build(**settings)
        built.append(weakref.ref(model))
        if len(built) == 12:
            gc.collect()
            gone.extend(each() is None for each in built)
        return model

    stream, happened = stream_of(*[[RATE]] * 12, seeds=1, source=source, at_once=2)
    stream.train()
    assert happened.count("fit") == 12
    # The first one is the stream's; two are trained, one waits for them, one has just ended.
    assert gone[1:7] == [True] * 6


def test_all_first_fits_of_trials_that_are_compared_come_first_and_a_pruned_one_has_no_more() -> (
    None
):
    steps: list[tuple[int, int]] = []

    def report(number: int, step: int, value: float) -> bool:
        steps.append((number, step))
        return (number, step) == (1, 1)

    stream, happened = stream_of(RATES, epochs=2, at_once=1, report=report)
    stream.train()
    assert steps == [(0, 1), (0, 2), (1, 1), (2, 1), (2, 2), (0, 3), (0, 4), (2, 3), (2, 4)]
    trials = [each for each in happened if each.startswith("trial")]
    assert trials == ["trial 1: 0 pruned", "trial 0: 2", "trial 2: 2"]
    assert happened.count("fit") == 4


def test_a_trial_that_is_pruned_by_a_fit_that_ended_early_is_told_once() -> None:
    ended = Event()
    stream, happened = stream_of(
        [RATE],
        at_once=2,
        callbacks=[Late(0, ended)],
        report=lambda number, step, value: step == 2,  # the epoch of its second fit
    )
    counted = stream.on_fit

    def on_fit(fit: Fit) -> None:
        ended.set()
        counted(fit)

    stream.on_fit = on_fit
    stream.train()
    assert [each for each in happened if each.startswith("trial")] == ["trial 0: 2 pruned"]


def test_the_programs_of_a_shape_are_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EXECUTABLES, "kept", 2)  # those of one shape, for training and validation
    before = EXECUTABLES.traced
    stream, _ = stream_of([{"units": 3}], [{"units": 5}], at_once=1, fit={"engine": "xla"})
    stream.train()
    assert EXECUTABLES.traced - before == 4


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([([0, 1], [1, 2])], r"rows\[0\] must leave out other rows than it trains on"),
        ([([0, 1], [80])], r"rows\[0\] must hold numbers from 0 to 79, got 80"),
    ],
)
def test_rows_are_checked_before_anything_is_asked_for(rows: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sweep(build, X, Y, {"dropout": [0.1]}, trials=1, seeds=1, rows=rows, verbose=0)
