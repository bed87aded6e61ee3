"""run.json: written as JSON alone, and read back as it was."""

import json
from copy import deepcopy

import pytest

from epochal.data import Task
from epochal.errors import InputError
from epochal.runs.record import RunRecord
from tests.training.chosen import CHOSEN


def test_a_record_comes_back_as_it_was(titanic_run, tmp_path):
    titanic_run.record.write(tmp_path / "run.json")
    assert RunRecord.read(tmp_path / "run.json") == titanic_run.record


def test_the_task_comes_back(titanic_run):
    task = titanic_run.record.task_again()
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
    assert record.training["engine"] == CHOSEN[0]


def test_no_number_is_null_and_never_nan(titanic_run, tmp_path):
    record = deepcopy(titanic_run.record)
    record.scores["accuracy"]["network"][1] = float("nan")
    record.write(tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["scores"]["accuracy"]["network"][1] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be read as one"),
        ("[]", "but it is none"),
        ('{"format": 99}', "but it is one in format 99. Read it with the epochal that wrote it"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, text, message):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=message):
        RunRecord.read(tmp_path / "run.json")
