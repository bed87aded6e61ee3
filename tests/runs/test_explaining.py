"""What a run says its score rests on: planted columns, all tasks, and what a failure leaves."""

import logging
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.runs import explaining, read_run, train_table
from epochal.scoring import Interval

FAST: Any = {"members": 1, "epochs": 4, "hidden": [16]}


def planted(rows=300, seed=0):
    """A number that x decides, whose copy is there in another unit; and noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=rows)
    return pd.DataFrame(
        {
            "x": x,
            "feet": 3.28 * x + 0.01 * random.normal(size=rows),
            "noise": random.normal(size=rows),
            "word": random.choice(["a", "b"], rows),
            "y": x + 0.3 * random.normal(size=rows),
        }
    )


def importances_of(run):
    assert run.importances is not None
    return run.importances


def test_columns_that_tell_the_same_come_first_together(out):
    run = train_table(planted(), "y", **FAST, out=out)
    first, *others = importances_of(run).groups
    assert first.columns == ("x", "feet")
    assert first.importance.low > 0
    assert {one.columns for one in others} == {("noise",), ("word",)}
    assert all(one.importance.value < 0.2 * first.importance.value for one in others)
    assert importances_of(run).score == "RMSE"
    assert importances_of(run).rows == run.record.rows["test"]
    assert importances_of(run).sentence.startswith("most important column")
    assert ": x (with feet)" in importances_of(run).sentence
    assert read_run(out).importances == run.importances
    page = run.report.read_text(encoding="utf-8")
    assert "What the RMSE rests on" in page
    assert "Predicted y by " in page


def rows_of_errors(run):
    table = run.report.read_text(encoding="utf-8").split('<table class="errors">')[1]
    return [int(row) for row in re.findall(r'<tr><th scope="row">(\d+)</th>', table)[:10]]


@pytest.mark.parametrize(
    ("target", "options", "drawn"),
    [
        ("kind", {}, "Probability of "),
        ("flies", {"cost": {"fp": 1, "fn": 3}}, "Probability of "),
        (["flies", "stings"], {}, "Probability of "),
        ("weight", {}, "Predicted weight by "),
        (["weight", "x"], {"drop": "y"}, "Predicted "),
    ],
)
def test_every_task_is_explained(blobs, out, target, options, drawn):
    run = train_table(blobs.dropna(), target, **FAST, **options, out=out)
    assert run.importances is not None
    assert importances_of(run).score == run.record.scores[0].label
    names = [name for one in importances_of(run).groups for name in one.columns]
    used = [one["name"] for one in run.record.columns if one["kind"] != "dropped"]
    assert sorted(names) == sorted(used)
    page = run.report.read_text(encoding="utf-8")
    assert drawn in page
    assert "Rows with the largest errors" in page


def test_the_rows_with_the_largest_errors_have_the_numbers_of_the_table(out):
    frame = planted()
    frame.loc[5, "y"] = None
    wrong = 57
    frame.loc[wrong, "y"] = 40
    test, frame = frame.iloc[50:110], frame.drop(index=range(50, 110))
    run = train_table(frame, "y", **FAST, test=test, out=out)
    shown = rows_of_errors(run)
    saved = pd.read_parquet(run.predictions)
    errors = (saved["true_y"] - saved["prediction"]).abs()
    assert shown == saved["row"][errors.nlargest(10).index].tolist()
    assert shown[0] == wrong - 50  # of the table that is tested


def test_of_cross_validation_it_is_the_first_fold(out):
    frame = planted()
    frame.loc[33, "y"] = frame.loc[33, "y"] + 5
    run = train_table(frame, "y", **FAST | {"epochs": 15}, cv=3, out=out)
    assert importances_of(run).rows == 100
    assert importances_of(run).groups[0].columns == ("x", "feet")
    page = run.report.read_text(encoding="utf-8")
    assert "100 rows of the first fold" in page
    assert rows_of_errors(run)[0] == 33


def test_rows_of_a_group_are_drawn_together(out):
    frame = pd.concat([planted(40)] * 8, ignore_index=True)
    frame["patient"] = [f"p{n % 40}" for n in range(len(frame))]
    # The group is no input, and so has no importance.
    run = train_table(frame, "y", **FAST, group="patient", out=out)
    assert "patient" not in [name for one in importances_of(run).groups for name in one.columns]
    grouped = importances_of(run).groups[0].importance
    run = train_table(frame, "y", **FAST, drop="patient", out=out.parent / "apart")
    apart = importances_of(run).groups[0].importance
    assert (grouped.high - grouped.low) / grouped.value > (apart.high - apart.low) / apart.value


@pytest.mark.parametrize("error", [RuntimeError("no"), KeyboardInterrupt()])
def test_a_failure_costs_the_importances_and_not_the_run(out, monkeypatch, caplog, error):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(explaining, "permutation_importance", fail)
    with caplog.at_level(logging.WARNING):
        run = train_table(planted(), "y", **FAST, out=out)
    assert run.importances is None
    assert caplog.messages == [
        f"The importances of the columns could not be measured ({type(error).__name__}): the run "
        "was saved without them."
    ]
    page = run.report.read_text(encoding="utf-8")
    assert "Rows with the largest errors" in page
    assert "rests on" not in page


def test_importances_come_back_from_run_json(titanic_run, tmp_path):
    record = titanic_run.record
    assert record.importances.groups[0].columns == ("sex", "who", "adult_male")
    undefined = Interval(value=float("nan"), low=float("nan"), high=float("nan"))
    first, *others = record.importances.groups
    groups = (*others, replace(first, importance=undefined))
    changed = replace(record, importances=replace(record.importances, groups=groups))
    changed.write(tmp_path / "run.json")
    read = type(record).read(tmp_path / "run.json").importances
    assert read.groups[:-1] == tuple(others)
    assert np.isnan(read.groups[-1].importance.value)
