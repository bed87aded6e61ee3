"""Sweeps on a real Ray of two workers on this machine."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import sleep, time
from typing import Any

import keras
import optuna
import pytest
from optuna.trial import TrialState

from epochal.errors import InputError
from epochal.sweeps import sweep
from tests.sweeps.networks import X, Y, build

ROOT = Path(__file__).parents[2]


class DyingBuilder:
    """Builds networks, and once kills the worker that it runs in, before its third one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, learning_rate: float) -> keras.Model:
        number = len(list(self.folder.iterdir()))
        (self.folder / f"{os.getpid()}-{number}").touch()
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return build(learning_rate)


class InterruptingBuilder:
    """Builds networks; when a trial is told, one of them is Ctrl-C for the caller, and hangs."""

    def __init__(self, told: Path) -> None:
        self.told, self.caller = told, os.getpid()

    def __call__(self, learning_rate: float) -> keras.Model:
        if self.told.exists():
            with suppress(FileExistsError):
                with (self.told.parent / "worker").open("x") as file:
                    file.write(str(os.getpid()))
                os.kill(self.caller, signal.SIGINT)
                sleep(600)
        return build(learning_rate)


def unsuited(learning_rate: float) -> keras.Model:
    raise InputError("units must be whole, got 0.5: give 1.")


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A Ray of two workers."""
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    environment = {"env_vars": {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    yield
    ray.shutdown()


OPTIONS: dict[str, Any] = {
    "space": {"learning_rate": (1e-3, 1e-1, "log")},
    "seeds": 2,
    "members_at_once": 4,
    "epochs": 1,
    "verbose": 0,
}


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_trial_of_a_killed_worker_is_tried_again_and_each_trial_told_once(
    tmp_path: Path,
) -> None:
    told = []
    (tmp_path / "built").mkdir()
    found = sweep(
        DyingBuilder(tmp_path / "built"),
        X,
        Y,
        trials=5,
        executor="ray",
        on_fit=lambda ended, of: told.append((ended, of)),
        **OPTIONS,
    )
    processes = {path.name.partition("-")[0] for path in (tmp_path / "built").iterdir()}
    assert len(processes) >= 2, "another worker went on"
    assert [trial.state for trial in found.study.get_trials()] == [TrialState.COMPLETE] * 5
    assert told[-1] == (10, 10)
    here = sweep(build, X, Y, trials=5, **OPTIONS)
    values = {each.settings["learning_rate"]: each.values for each in here.settings}
    common = [each for each in found.settings if each.settings["learning_rate"] in values]
    assert common, "the first trials are chosen alike"
    assert all(values[each.settings["learning_rate"]] == each.values for each in common)


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_ctrl_c_cancels_tasks_and_leaves_no_trial_untold(tmp_path: Path) -> None:
    storage, told = optuna.storages.InMemoryStorage(), tmp_path / "told"
    found = sweep(
        InterruptingBuilder(told),
        X,
        Y,
        trials=8,
        storage=storage,
        executor="ray",
        on_fit=lambda ended, of: told.touch() if ended else None,
        **OPTIONS,
    )
    assert found.ended == "interrupted"
    states = Counter(trial.state for trial in found.study.get_trials())
    assert states[TrialState.COMPLETE] == len(found.settings) > 0
    assert states[TrialState.RUNNING] == 0
    assert states[TrialState.WAITING] == states[TrialState.FAIL] > 0, "given back"
    wait_for_the_end_of(int((tmp_path / "worker").read_text()))
    whole = sweep(build, X, Y, trials=8, storage=storage, **OPTIONS)
    states = Counter(trial.state for trial in whole.study.get_trials())
    assert (states[TrialState.COMPLETE], states[TrialState.WAITING]) == (8, 0)
    kept = {each.number: each.values for each in found.settings}
    assert kept.items() <= {each.number: each.values for each in whole.settings}.items()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_what_a_worker_refuses_is_the_callers_error() -> None:
    with pytest.raises(InputError, match=r"^units must be whole, got 0\.5: give 1\.$"):
        sweep(unsuited, X, Y, trials=1, executor="ray", **OPTIONS)


def wait_for_the_end_of(process: int, seconds: float = 30) -> None:
    deadline = time() + seconds
    while time() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        sleep(0.1)
    raise AssertionError("the worker goes on")


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}")

    # Not in sys.modules: the threads of a Ray that is there would miss it, and end the process.
    monkeypatch.setattr("epochal.sweeps.on_ray.import_module", missing)
    with pytest.raises(InputError, match=r"must have Ray installed, got none .*epochal\[ray\]"):
        sweep(build, X, Y, {"dropout": [0.1]}, trials=1, executor="ray", verbose=0)
