"""Signals whose exception was dropped, as in a callback of the garbage collector."""

import gc
import signal
import subprocess
import sys
import threading
from concurrent.futures import Future, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal import interrupts
from epochal.interrupts import (
    interruptible,
    interrupting,
    raise_if_interrupted,
    result_of,
    uninterrupted,
)
from epochal.training import loop
from epochal.training.loop import Loop
from epochal.training.population import running
from epochal.training.population.running import run_jobs
from tests.engines import ENGINES

X, Y = np.ones((64, 3), np.float32), np.ones((64, 1), np.float32)
dropped = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def interrupt_in_collection(number: int = signal.SIGINT) -> None:
    """A signal that comes while the garbage collector calls back, as JAX has it do."""

    def callback(phase: str, info: Any) -> None:
        gc.callbacks.remove(callback)
        signal.raise_signal(number)

    gc.callbacks.append(callback)
    gc.collect()


@pytest.fixture(autouse=True)
def _default_signals() -> Any:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
    interrupts.forget_interrupt()


class During(keras.callbacks.Callback):
    """Calls a function once, when the epoch 1 begins."""

    def __init__(self, function: Any) -> None:
        super().__init__()
        self.function = function

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            self.function()


def net() -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@dropped
@pytest.mark.parametrize("engine", ENGINES)
def test_a_fit_ends_where_the_exception_was_dropped(engine):
    callback = During(interrupt_in_collection)
    model = net()
    with pytest.raises(KeyboardInterrupt):
        epochal.fit(model, X, Y, epochs=5, callbacks=[callback], verbose=0, engine=engine)
    assert model.history.epoch == [0]
    assert epochal.fit(model, X, Y, epochs=2, verbose=0, engine=engine).epoch == [0, 1]


@dropped
def test_an_evaluation_ends_too():
    class AtTest(keras.callbacks.Callback):
        def on_test_begin(self, logs: Any = None) -> None:
            interrupt_in_collection()

    with pytest.raises(KeyboardInterrupt), interruptible():
        epochal.evaluate(net(), X, Y, callbacks=[AtTest()], verbose=0)


@dropped
def test_a_population_ends_too():
    def jobs() -> Any:
        interrupt_in_collection()
        yield from ()

    trained, end = run_jobs(jobs(), 1, lambda job, run: None)
    assert trained == []
    assert isinstance(end, KeyboardInterrupt)
    raise_if_interrupted()  # nothing is left of it


def test_a_signal_amid_a_wait_for_members_comes_behind_it(monkeypatch):
    """Amid it, the exception leaves a lock as its owner does not know it: a RuntimeError."""
    behind: list[bool] = []
    whole = running.wait

    def waiting(*arguments: Any, **named: Any) -> Any:
        if not behind:
            signal.raise_signal(signal.SIGINT)
            behind.append(True)
        return whole(*arguments, **named)

    monkeypatch.setattr(running, "wait", waiting)
    with suppress(KeyboardInterrupt):  # where no member had an epoch by then
        found = epochal.train_population(
            net(), X, Y, members=3, epochs=3, at_once=1, seed=0, verbose=0
        )
        assert found.interrupted
    assert behind == [True]


def test_a_signal_amid_a_wait_for_a_result_comes_behind_it(monkeypatch):
    waits: list[bool] = []
    slow: Future[int] = Future()

    def waiting(*arguments: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        waits.append(True)
        return wait(*arguments)

    with interruptible():
        slow.set_result(3)
        assert result_of(slow) == 3
    monkeypatch.setattr(interrupts, "wait", waiting)
    monkeypatch.setattr(interrupts, "LOOK", 0.0)
    with pytest.raises(KeyboardInterrupt), interruptible():
        result_of(Future())
    assert waits == [True]


@dropped
def test_a_command_ends_at_its_next_stage():
    signal.signal(signal.SIGINT, interrupting(signal.default_int_handler))
    interrupt_in_collection()
    with pytest.raises(KeyboardInterrupt):
        raise_if_interrupted()
    raise_if_interrupted()  # it was not dropped again
    interrupt_in_collection()
    with pytest.raises(KeyboardInterrupt), interruptible():
        pytest.fail("a fit begins after the signal")
    raise_if_interrupted()


def test_a_signal_is_held_back_while_a_state_has_no_name():
    done = []

    def step() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("the step")
        done.append("more")

    with pytest.raises(KeyboardInterrupt), interruptible():
        step()
    assert done == ["the step"]


@pytest.mark.parametrize("moment", ["before it is written", "while it is written"])
def test_the_state_is_written_whatever_moment_of_an_epochs_end_is_interrupted(monkeypatch, moment):
    """On `xla` what the model's variables held before the epoch has been consumed."""
    of, name = (Loop, "publish") if moment.startswith("before") else (loop, "write_state")
    plain, moments = getattr(of, name), iter([False, True])

    def told(*given: Any) -> Any:
        if next(moments, False):
            signal.raise_signal(signal.SIGINT)
        return plain(*given)

    monkeypatch.setattr(of, name, told)
    model = net()
    looks = keras.callbacks.LambdaCallback()  # has it written after every epoch
    with pytest.raises(KeyboardInterrupt):
        epochal.fit(model, X, Y, epochs=5, engine="xla", callbacks=[looks], verbose=0)
    assert np.isfinite(epochal.predict(model, X, verbose=0)).all()
    assert next(moments, None) is None


@pytest.mark.parametrize("engine", ["native", "xla"])
def test_the_state_is_written_where_a_callback_that_asked_for_it_is_interrupted(engine):
    model, told = net(), []

    class Looks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            told.append(self.model.get_weights()[0] if epoch == 1 else None)
            if epoch == 2:
                signal.raise_signal(signal.SIGINT)

    Looks.__module__ = "epochal.test"  # as one that looks at its model by asking alone
    with pytest.raises(KeyboardInterrupt):
        epochal.fit(model, X, Y, epochs=5, engine=engine, callbacks=[Looks()], verbose=0)
    assert len(told) == 3
    weights = model.get_weights()[0]
    assert np.isfinite(weights).all()
    assert (weights != told[1]).any()  # those of the third epoch, which nobody asked for


def test_a_handler_of_ones_own_is_called_once_and_put_back():
    called = []

    def own(number: int, frame: Any) -> None:
        called.append(number)

    signal.signal(signal.SIGINT, own)
    run = epochal.fit(
        net(),
        X,
        Y,
        epochs=3,
        callbacks=[During(lambda: signal.raise_signal(signal.SIGINT))],
        verbose=0,
    )
    assert run.epoch == [0, 1, 2]
    assert called == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is own


def test_other_threads_are_left_alone():
    signal.signal(signal.SIGINT, interrupting(lambda *_: None))
    found = []

    def fit() -> None:
        with interruptible(), uninterrupted():
            raise_if_interrupted()
        found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=fit)
    thread.start()
    thread.join()
    assert found == [before]


def test_processes_of_the_tests_get_the_signals_that_they_would():
    """Also where the suite itself was started with signals ignored."""
    code = (
        "import signal, subprocess, sys\n"
        "for name in ('SIGINT', 'SIGHUP'):\n"
        "    signal.signal(getattr(signal, name), signal.SIG_IGN)\n"
        "import tests.conftest\n"
        "print(subprocess.check_output([sys.executable, '-c', 'import signal; "
        "print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, "
        "signal.getsignal(signal.SIGHUP) is signal.SIG_DFL)'], text=True))"
    )
    root = Path(__file__).parents[1]
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert found.stdout.split() == ["True", "True"]
