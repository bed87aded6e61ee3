"""Sweeps on a real Ray of two workers on this machine."""

import os
import signal
import sys
from pathlib import Path
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


@pytest.mark.slow
def test_a_block_of_a_killed_worker_is_tried_again_and_each_trial_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    environment = {"env_vars": {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}}
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, runtime_env=environment)
    options: dict[str, Any] = {
        "space": {"learning_rate": (1e-3, 1e-1, "log")},
        "trials": 5,
        "seeds": 2,
        "members_at_once": 4,
        "epochs": 1,
        "verbose": 0,
    }
    told = []
    (tmp_path / "built").mkdir()
    storage = tmp_path / "sweep.db"
    try:
        found = sweep(
            DyingBuilder(tmp_path / "built"),
            X,
            Y,
            executor="ray",
            storage=storage,
            on_fit=lambda ended, of: told.append((ended, of)),
            **options,
        )
    finally:
        ray.shutdown()
    processes = {path.name.partition("-")[0] for path in (tmp_path / "built").iterdir()}
    assert len(processes) >= 2, "another worker went on"
    study = optuna.load_study(study_name="sweep", storage=f"sqlite:///{storage}")
    states = [trial.state for trial in study.get_trials()]
    assert states == [TrialState.COMPLETE] * 5
    assert told[-1] == (10, 10)
    here = sweep(build, X, Y, **options)
    values = {each.settings["learning_rate"]: each.values for each in here.settings}
    common = [each for each in found.settings if each.settings["learning_rate"] in values]
    assert common, "the first trials are chosen alike"
    assert all(values[each.settings["learning_rate"]] == each.values for each in common)


def test_without_ray_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match=r"must have Ray installed, got none .*epochal\[ray\]"):
        sweep(build, X, Y, {"dropout": [0.1]}, trials=1, executor="ray", verbose=0)
