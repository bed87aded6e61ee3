"""Scores of a run on a table, and what is refused."""

import shutil

import pandas as pd
import pytest

from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import evaluate_table, predict_table
from epochal.runs.storage.training_sample import TRAINING_SAMPLE


@pytest.fixture
def without_sample(titanic_run, tmp_path):
    """The run without the rows of its training."""
    copy = shutil.copytree(titanic_run.path, tmp_path / "run")
    (copy / TRAINING_SAMPLE).unlink()
    return copy


def test_a_table_without_the_target_is_compared(titanic_run, without_sample):
    frame = read_table("titanic").drop(columns="survived")
    found = evaluate_table(titanic_run.path, frame)
    assert (found.scores, found.rows, found.rows_without_target) == ((), 0, 891)
    assert found.drift is not None
    assert (found.drift.kind, found.drift.rows) == ("none", 891)
    assert found.drift.sentence in found._repr_html_().replace("&#39;", "'").replace("&#x27;", "'")
    with pytest.raises(InputError, match="must have the target column 'survived', got 14 others"):
        evaluate_table(without_sample, frame)
    with pytest.raises(InputError, match="must have the target column 'survived', got 14 others"):
        evaluate_table(titanic_run.path, frame, by="sex")


def test_a_misspelt_target_is_refused(titanic_run):
    frame = read_table("titanic").rename(columns={"survived": "survivd"})
    with pytest.raises(InputError, match=r"target column 'survived'.*Did you mean 'survivd'\?$"):
        evaluate_table(titanic_run.path, frame)


def test_scores_need_a_known_target(without_sample, titanic_run):
    frame = read_table("titanic").assign(survived=None)
    with pytest.raises(InputError, match="must have known values, got none in 891 rows"):
        evaluate_table(without_sample, frame)
    assert evaluate_table(titanic_run.path, frame).scores == ()


def test_planted_drift_is_found(titanic_run):
    frame = read_table("titanic")
    older = frame[frame["sex"] == "female"].assign(age=lambda table: table["age"] + 30)
    drift = evaluate_table(titanic_run.path, older).drift
    assert drift is not None
    assert drift.kind == "strong"
    assert {"sex", "age"} <= {column.name for column in drift.differing}
    alike = evaluate_table(titanic_run.path, frame.sample(300, random_state=0)).drift
    assert alike is not None
    assert alike.kind == "none"


def test_a_sample_that_is_damaged_is_refused(titanic_run, tmp_path):
    copy = shutil.copytree(titanic_run.path, tmp_path / "run")
    message = (
        r"must have a training_sample.parquet that `epochal train` wrote, got .*cannot be read"
    )
    for damage in (b"PAR1", b""):
        (copy / TRAINING_SAMPLE).write_bytes(damage)
        with pytest.raises(InputError, match=message):
            evaluate_table(copy, "titanic")
    pd.DataFrame({"age": [1.0, 2.0]}).to_parquet(copy / TRAINING_SAMPLE)
    with pytest.raises(InputError, match=message):
        predict_table(copy, "titanic", false_alarms=0.01)
    (copy / TRAINING_SAMPLE).unlink()
    with pytest.raises(InputError, match=r"without training_sample.parquet: train again\.$"):
        predict_table(copy, "titanic", false_alarms=0.01)


def test_rows_unlike_the_training_are_told(titanic_run):
    strange = read_table("titanic").head(40).assign(age=300.0, fare=9000.0, parch=40, sibsp=60)
    found = predict_table(titanic_run.path, strange, false_alarms=0.02)
    assert found["unlike_training"].mean() > 0.9
    usual = predict_table(titanic_run.path, "titanic", false_alarms=0.02)
    assert usual["unlike_training"].mean() < 0.03
    assert "unlike_training" not in predict_table(titanic_run.path, strange)
    with pytest.raises(InputError, match=r"^false_alarms must be above 0 and below 1, got 2: "):
        predict_table(titanic_run.path, strange, false_alarms=2)


def test_the_sample_is_of_the_training_rows(titanic_run):
    sample = pd.read_parquet(titanic_run.path / TRAINING_SAMPLE)
    tested = pd.read_parquet(titanic_run.path / "predictions.parquet")
    assert len(sample) + len(tested) <= 891
    assert "survived" not in sample
    assert "alive" not in sample


def test_rows_without_a_target_are_dropped_and_counted(titanic_run):
    frame = read_table("titanic").astype({"survived": "Int64"})
    frame.loc[:90, "survived"] = None
    evaluation = evaluate_table(titanic_run.path, frame)
    assert (evaluation.rows, evaluation.rows_without_target) == (800, 91)
    assert not evaluation.on_training_table
    assert evaluate_table(titanic_run.path, "titanic").on_training_table


def test_scores_by_group_are_those_of_its_rows(titanic_run):
    frame = read_table("titanic")
    evaluation = evaluate_table(titanic_run.path, frame, by="sex")
    women = evaluate_table(titanic_run.path, frame[frame["sex"] == "female"])
    assert evaluation.by is not None
    by = {one.value: one for one in evaluation.by.groups}
    assert evaluation.by.column == "sex"
    assert (by["female"].rows, by["female"].scores) == (women.rows, women.scores)
    assert evaluate_table(titanic_run.path, frame).by is None
    assert "sex female, 314 rows: accuracy " in evaluation._repr_html_()


def test_a_column_that_the_network_does_not_use_makes_groups_too(titanic_run):
    frame = read_table("titanic").assign(ship=lambda f: ["a", "b", "c"] * (len(f) // 3))
    found = evaluate_table(titanic_run.path, frame, by="ship").by
    assert found is not None
    assert [(one.value, one.rows) for one in found.groups] == [("a", 297), ("b", 297), ("c", 297)]


def test_a_group_column_that_is_not_there_is_refused(titanic_run):
    message = r"^by must name a column of the table, got 'sexx'\. Did you mean 'sex'\?$"
    with pytest.raises(InputError, match=message):
        evaluate_table(titanic_run.path, "titanic", by="sexx")
