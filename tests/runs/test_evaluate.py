"""Scores of a run on a table, and what is refused."""

import pandas as pd
import pytest

from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import evaluate_table


def test_a_table_without_the_target_is_refused(titanic_run):
    frame = pd.DataFrame({"pclass": [3], "sex": ["male"]})
    with pytest.raises(InputError, match="must have the target column 'survived', got 2 others"):
        evaluate_table(titanic_run.path, frame)


def test_an_evaluation_needs_a_known_target(titanic_run):
    frame = pd.DataFrame({"survived": [None, None]})
    with pytest.raises(InputError, match="must have known values, got none in 2 rows"):
        evaluate_table(titanic_run.path, frame)


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
