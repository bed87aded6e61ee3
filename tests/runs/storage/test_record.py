"""run.json: written as JSON alone, and read back as it was."""

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.data import TASKS, Task, infer_task
from epochal.engine import native
from epochal.errors import InputError
from epochal.runs.storage.record import RunRecord


def test_a_record_comes_back_as_it_was(titanic_run, tmp_path):
    titanic_run.record.write(tmp_path / "run.json")
    assert RunRecord.read(tmp_path / "run.json") == titanic_run.record


def test_the_task_comes_back(titanic_run):
    task = titanic_run.record.load_task()
    assert isinstance(task, Task)
    assert (task.kind, task.target, task.classes) == ("binary", ("survived",), (0, 1))


def test_everything_that_decides_a_run_is_in_it(titanic_run):
    record = titanic_run.record
    assert record.state == "complete"
    assert record.command == "epochal train titanic --target survived --epochs 3 --seed 0"
    assert record.settings["seed"] == 0
    assert record.recipe["epochs"] == 3
    assert {"python", "epochal", "keras", "jax", "numpy"} <= set(record.versions)
    assert len(record.fingerprint) == 64
    assert [leak["name"] for leak in record.leaks] == ["alive"]
    assert record.training["engine"] == ("native" if native.AVAILABLE else "xla")


def test_no_number_is_null_and_never_nan(titanic_run, tmp_path):
    accuracy, *others = titanic_run.record.scores
    without_low = replace(accuracy, network=replace(accuracy.network, low=float("nan")))
    record = replace(titanic_run.record, scores=(without_low, *others))
    record.write(tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["scores"][0]["network"]["low"] is None
    read = RunRecord.read(tmp_path / "run.json").score("accuracy").network
    assert np.isnan(read.low)
    assert read.high == accuracy.network.high


def test_a_score_says_itself_that_it_is_a_percentage(titanic_run):
    content = json.loads((titanic_run.path / "run.json").read_text())
    percent = {score["name"]: score["percent"] for score in content["scores"]}
    assert [name for name, is_percent in percent.items() if is_percent] == [
        "accuracy",
        "balanced accuracy",
    ]
    assert RunRecord.read(titanic_run.path / "run.json").scores == titanic_run.record.scores


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must have a readable run.json, got"),
        ("[]", "of another kind"),
        ("[" * 100_000, "must have a readable run.json, got"),
        ('{"format": 99}', "of format 99: read it with the epochal that wrote it, or train again"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, text, message):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=message):
        RunRecord.read(tmp_path / "run.json")


SCORE: dict[str, Any] = {
    "name": "accuracy",
    "of": None,
    "higher_is_better": True,
    "percent": True,
    "network": {"value": 0.8, "low": None, "high": None},
    "baselines": {},
}


OF_GROUP: dict[str, Any] = {"name": "", "rows": 9, "coverage": SCORE["network"], "size": 2.0}
COVERAGE: dict[str, Any] = {
    "target": "a",
    "kind": "set",
    "asked": 0.9,
    "left_out": 99,
    "holds_for": "rows",
    "interval_score": None,
    "groups": [OF_GROUP],
}
GROUP: dict[str, Any] = {"columns": ["a"], "importance": SCORE["network"]}
IMPORTANCES: dict[str, Any] = {
    "score": "AUC",
    "percent": False,
    "groups": [GROUP],
    "rows": 10,
    "repeats": 2,
    "not_measured": [],
}
CURVE: dict[str, Any] = {
    "score": "AUC",
    "percent": False,
    "higher_is_better": True,
    "rows": [50, 100],
    "scores": [SCORE["network"], SCORE["network"]],
    "gain": SCORE["network"],
}


TRIAL: dict[str, Any] = {
    "what": "as it is",
    "option": "",
    "score": SCORE["network"],
    "gain": None,
    "better": False,
    "log_loss": None,
    "calibration_error": 0.1,
}
TRIALS: dict[str, Any] = {
    "why": "remedies",
    "label": "accuracy",
    "higher_is_better": True,
    "percent": True,
    "rows": 10,
    "folds": 3,
    "trials": [TRIAL],
    "conclusion": "None.",
}


def test_what_was_tried_is_read(titanic_run, tmp_path):
    content = json.loads((titanic_run.path / "run.json").read_text())
    assert content["remedies"] == []
    (tmp_path / "run.json").write_text(json.dumps({**content, "remedies": [TRIALS]}))
    (found,) = RunRecord.read(tmp_path / "run.json").remedies
    assert found.trials[0].what == "as it is"
    assert found.trials[0].gain is None


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("coverage", {}),
        ("coverage", [{**COVERAGE, "asked": "0.9"}]),
        ("coverage", [{**COVERAGE, "groups": []}]),
        ("coverage", [{**COVERAGE, "groups": [{**OF_GROUP, "rows": -1}]}]),
        ("coverage", [{**COVERAGE, "groups": [{**OF_GROUP, "coverage": 0.9}]}]),
        ("coverage", [{**COVERAGE, "holds_for": None}]),
        ("importances", {}),
        ("importances", {**IMPORTANCES, "rows": "10"}),
        ("importances", {**IMPORTANCES, "not_measured": [1]}),
        ("importances", {**IMPORTANCES, "groups": [{**GROUP, "columns": []}]}),
        ("importances", {**IMPORTANCES, "groups": [{**GROUP, "importance": 1.0}]}),
        ("learning_curve", []),
        ("learning_curve", {**CURVE, "rows": [50]}),
        ("learning_curve", {**CURVE, "rows": [50, 100, 200]}),
        ("learning_curve", {**CURVE, "gain": None}),
        ("created", 3),
        ("scores", {}),
        ("scores", []),
        ("scores", [{}]),
        ("scores", [{**SCORE, "name": 1}]),
        ("scores", [{**SCORE, "percent": None}]),
        ("scores", [{**SCORE, "network": {"value": 1.0}}]),
        ("scores", [{**SCORE, "network": {**SCORE["network"], "low": 10**400}}]),
        ("scores", [{**SCORE, "baselines": {"mean": [1.0]}}]),
        ("scores", [SCORE, {**SCORE, "baselines": {"mean": SCORE["network"]}}]),
        ("settings", {}),
        ("settings", {"network": "default", "seed": "x"}),
        ("columns", [1]),
        ("notes", [1]),
        ("comparisons", {}),
        ("comparisons", [{"model": "network", "baseline": "mean", "gain": 1}]),
        ("conclusion", None),
        ("scores", [{**SCORE, "of": 1}]),
        ("task", {}),
        ("remedies", {}),
        ("remedies", [{}]),
        ("remedies", [{**TRIALS, "rows": -1}]),
        ("remedies", [{**TRIALS, "trials": [{}]}]),
        ("remedies", [{**TRIALS, "trials": [{**TRIAL, "score": 1}]}]),
        ("remedies", [{**TRIALS, "trials": [{**TRIAL, "better": "no"}]}]),
        ("remedies", [{**TRIALS, "trials": [{**TRIAL, "gain": {}}]}]),
    ],
)
def test_a_part_of_another_shape_is_named(titanic_run, tmp_path, part, value):
    content = json.loads((titanic_run.path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**content, part: value}))
    with pytest.raises(InputError, match=f"with an invalid {part!r}: train again"):
        RunRecord.read(tmp_path / "run.json")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("coverage", []),
        ("coverage", [COVERAGE]),
        ("coverage", [{**COVERAGE, "interval_score": 2.5}]),
        ("importances", None),
        ("importances", IMPORTANCES),
        ("learning_curve", CURVE),
    ],
)
def test_what_is_measured_or_not_comes_back(titanic_run, tmp_path, part, value):
    content = json.loads((titanic_run.path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**content, part: value}))
    read = getattr(RunRecord.read(tmp_path / "run.json"), part)
    assert (read is None) == (value is None)


@pytest.mark.parametrize(
    "change",
    [
        {"classes": [0]},
        {"classes": [0, [1]]},
        {"target": []},
        {"outputs": 2},
        {"outputs": -1},
        {"kind": "other"},
        {"kind": "multiclass"},
        {"kind": "regression"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_task_of_another_shape_is_refused(titanic_run, tmp_path, change):
    content = json.loads((titanic_run.path / "run.json").read_text())
    content["task"].update(change)
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="with an invalid 'task'"):
        RunRecord.read(tmp_path / "run.json")


FLAGS = pd.Series([0, 1] * 30, name="a")
NUMBERS = pd.Series(np.linspace(0, 1, 60), name="a")
TARGETS: list[tuple[str, pd.Series | pd.DataFrame]] = [
    ("binary", FLAGS),
    ("multiclass", FLAGS),
    ("multiclass", pd.Series(list("abc") * 20, name="a")),
    ("multilabel", pd.DataFrame({"a": FLAGS, "b": FLAGS})),
    ("regression", NUMBERS),
    ("regression", pd.DataFrame({"a": NUMBERS, "b": NUMBERS})),
    ("unit_interval", NUMBERS),
    ("unit_interval", pd.DataFrame({"a": NUMBERS, "b": NUMBERS})),
]


def test_the_task_of_every_kind_comes_back(titanic_run, tmp_path):
    assert {kind for kind, _ in TARGETS} == set(TASKS)
    for kind, target in TARGETS:
        task = infer_task(target, kind)
        replace(titanic_run.record, task=asdict(task)).write(tmp_path / "run.json")
        assert RunRecord.read(tmp_path / "run.json").load_task() == task
