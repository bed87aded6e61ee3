"""Sweeps that are killed, go on, and share a study: every trial is told exactly once."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from time import time
from typing import Any

import optuna
import pytest
from optuna import Study
from optuna.trial import FrozenTrial, TrialState

from epochal.errors import InputError
from epochal.sweeps import sweep
from epochal.sweeps.board import RETRY_OF, SURPLUS, WORKER
from epochal.sweeps.workers import PATIENCE, PREFIX, is_alive, working
from tests.sweeps.networks import X, Y, build
from tests.sweeps.workers_on_a_study import SEEDS, TRIALS

ROOT = Path(__file__).parents[2]
SPACE = {"learning_rate": (1e-3, 1e-1, "log")}


def run_workers(storage: str, *words: object) -> Study:
    """The study that they leave."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.sweeps.workers_on_a_study", storage, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    address = storage if "://" in storage else f"sqlite:///{storage}"
    return optuna.load_study(study_name="sweep", storage=address)


def check_each_told_once(study: Study) -> None:
    trials = study.get_trials()
    states = Counter(trial.state for trial in trials)
    assert states[TrialState.COMPLETE] == TRIALS
    assert states[TrialState.RUNNING] == states[TrialState.WAITING] == 0
    told = [tuple(sorted(t.params.items())) for t in trials if t.state is TrialState.COMPLETE]
    assert len(set(told)) == TRIALS, "no settings twice"
    retried = [trial.user_attrs[RETRY_OF] for trial in trials if RETRY_OF in trial.user_attrs]
    assert len(retried) == len(set(retried)), "no trial is tried again twice"
    for trial in trials:
        if trial.state is TrialState.COMPLETE:
            assert len(trial.user_attrs["fits"]) == SEEDS
        elif trial.params and SURPLUS not in trial.user_attrs:
            assert trial.number in retried, "what was lost is tried again"


@pytest.mark.native
@pytest.mark.slow
def test_a_sweep_killed_at_several_moments_goes_on(tmp_path: Path) -> None:
    check_each_told_once(run_workers(str(tmp_path / "sweep.db"), "kills", 3, 0))


@pytest.mark.native
@pytest.mark.slow
def test_a_sweep_killed_twenty_times_goes_on(tmp_path: Path) -> None:
    check_each_told_once(run_workers(str(tmp_path / "sweep.db"), "kills", 20, 1))


@pytest.mark.native
@pytest.mark.slow
def test_processes_share_a_file(tmp_path: Path) -> None:
    check_each_told_once(run_workers(str(tmp_path / "sweep.db"), "together", 2))


def test_the_same_call_on_what_is_done_trains_nothing(tmp_path: Path) -> None:
    storage, counted = tmp_path / "sweep.db", []
    options: dict[str, Any] = {"seeds": 1, "storage": storage, "verbose": 0}
    first = sweep(build, X, Y, SPACE, trials=2, **options)
    again = sweep(
        build, X, Y, SPACE, trials=2, **options, on_fit=lambda *numbers: counted.append(numbers)
    )
    assert counted == [(2, 2)], "what is shown begins with what is told"
    assert again.table().equals(first.table())
    more = sweep(build, X, Y, SPACE, trials=3, **options)
    assert len(more.settings) == 3
    assert {each.number for each in first.settings} < {each.number for each in more.settings}


def test_ctrl_c_keeps_what_is_told_and_gives_the_rest_back(tmp_path: Path) -> None:
    def interrupt(ended: int, of: int) -> None:
        if ended == 3:
            raise KeyboardInterrupt

    options: dict[str, Any] = {
        "trials": 8,
        "seeds": 1,
        "storage": tmp_path / "sweep.db",
        "verbose": 0,
    }
    found = sweep(build, X, Y, SPACE, **options, on_fit=interrupt)
    assert found.ended == "interrupted"
    assert 0 < len(found.settings) < 8
    running = found.study.get_trials(states=(TrialState.RUNNING,))
    assert not running, "others need not wait until this process is dead"
    whole = sweep(build, X, Y, SPACE, **options)
    assert whole.ended == ""
    assert len(whole.settings) == 8
    kept = {each.number: each.values for each in found.settings}
    assert kept.items() <= {each.number: each.values for each in whole.settings}.items()


def test_a_time_ends_it_with_what_is_told() -> None:
    found = sweep(build, X, Y, SPACE, trials=None, seeds=1, seconds=1.5, verbose=0, epochs=2)
    assert found.ended == "out of time"
    assert found.settings
    assert not found.study.get_trials(states=(TrialState.RUNNING,))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"space": {"dropout": (0.0, 0.5)}},
            r"storage must hold a sweep of this space, got one of learning_rate under the name "
            r"'sweep', and dropout here: give another name \(name\) to begin one beside it",
        ),
        (
            {"space": {"learning_rate": (0.1, 0.2)}},
            "one of learning_rate under the name .*, and other ranges here: give",
        ),
        ({"seeds": 2}, "storage must hold a sweep of the same seeds, got 1 under .* and 2 here"),
        ({"epochs": 2}, "storage must hold a sweep of the same epochs, got 1 under"),
        ({"y": 1 - Y}, "storage must hold a sweep of the same data, got"),
        (
            {"name": "theirs"},
            "storage must hold sweeps of epochal, got a study 'theirs' of another",
        ),
    ],
)
def test_a_storage_of_another_sweep_is_refused(
    tmp_path: Path, changed: dict[str, Any], message: str
) -> None:
    given: dict[str, Any] = {"x": X, "y": Y, "space": SPACE, "trials": 1, "seeds": 1, "verbose": 0}
    given["storage"] = optuna.storages.InMemoryStorage()
    sweep(build, **given)
    theirs = optuna.create_study(storage=given["storage"], study_name="theirs")
    theirs.ask()
    with pytest.raises(InputError, match=message):
        sweep(build, **(given | changed))
    beside = sweep(build, **(given | {"name": "mine", "space": {"dropout": (0.0, 0.5)}}))
    assert len(beside.settings) == 1


def test_trials_of_a_worker_that_lives_are_left_to_it_and_those_of_a_dead_one_are_not() -> None:
    storage = optuna.storages.InMemoryStorage()
    options: dict[str, Any] = {"seeds": 1, "storage": storage, "verbose": 0}
    found = sweep(build, X, Y, SPACE, trials=1, **options)
    study, distributions = found.study, found.space.distributions
    with working(study) as living:
        alive, dead, orphan = (study.ask(distributions) for _ in range(3))
        alive.set_user_attr(WORKER, living.name)
        dead.set_user_attr(WORKER, "nobody")
        sweep(build, X, Y, SPACE, trials=4, **options)
        states = {trial.number: trial.state for trial in study.get_trials()}
        assert states[alive.number] is states[orphan.number] is TrialState.RUNNING
        assert states[dead.number] is TrialState.FAIL
        assert params_of_told(study).count(dead.params) == 1
    after = sweep(build, X, Y, SPACE, trials=4, **options)
    assert len(after.settings) == 4
    told = params_of_told(study)
    assert [told.count(each.params) for each in (alive, dead, orphan)] == [1, 1, 1]


def test_combinations_are_tried_once_whoever_else_is_there_and_dies() -> None:
    storage = optuna.storages.InMemoryStorage()
    space = {"dropout": [0.0, 0.5], "activation": ["relu", "tanh"]}
    options: dict[str, Any] = {"seeds": 1, "storage": storage, "verbose": 0}
    study = sweep(build, X, Y, space, trials=1, name="other", **options).study
    identity = study.user_attrs["sweep"]
    study = optuna.create_study(storage=storage, study_name="sweep")
    study.set_user_attr("sweep", identity)
    dead = study.ask()  # before it had any of its parameters
    dead.set_user_attr(WORKER, "nobody")
    with working(study):  # which began at the same moment
        found = sweep(build, X, Y, space, trials=9, **options)
    tried = {tuple(setting.settings.values()) for setting in found.settings}
    assert len(found.settings) == len(tried) == 4


def params_of_told(study: Study) -> list[dict[str, Any]]:
    done: list[FrozenTrial] = study.get_trials(states=(TrialState.COMPLETE,))
    return [trial.params for trial in done]


def test_who_is_alive() -> None:
    study = optuna.create_study()
    with working(study) as worker:
        (sign,) = [s for name, s in study.user_attrs.items() if name.startswith(PREFIX)]
        assert is_alive(sign)
        assert worker.others() == set()
        assert not is_alive(sign | {"seen": time() - PATIENCE - 1})
        assert not is_alive(sign | {"process": _number_of_nobody()})
        assert is_alive(sign | {"process": _number_of_nobody(), "place": "another machine"})
    (sign,) = [s for name, s in study.user_attrs.items() if name.startswith(PREFIX)]
    assert not is_alive(sign), "it has said that it ended"


def _number_of_nobody() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert done.pid != os.getpid()
    return done.pid
