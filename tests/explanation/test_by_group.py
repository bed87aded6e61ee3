"""Scores by group: which groups a column makes, and that each has the scores of its rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from epochal.explanation.by_group import rows_of_groups, scores_by_group
from epochal.scoring.task_metrics import metrics_of


def sizes(column):
    return {name: len(rows) for name, rows in rows_of_groups(pd.Series(column)).items()}


def test_each_group_has_the_scores_of_its_rows():
    random = np.random.default_rng(0)
    group = pd.Series(random.choice(["a", "b"], 300), name="g")
    outputs = random.random((300, 1))
    truth = (random.random((300, 1)) < outputs).astype(int)
    found = scores_by_group(group, metrics_of("binary"), truth, outputs, threshold=0.3)
    assert found.column == "g"
    for one in found.groups:
        rows = (group == one.value).to_numpy()
        accuracy = accuracy_score(truth[rows], outputs[rows] >= 0.3)
        area = roc_auc_score(truth[rows], outputs[rows])
        assert one.rows == rows.sum()
        assert one.scores[0].network.value == pytest.approx(accuracy)
        assert one.scores[0].network.low < accuracy < one.scores[0].network.high
        assert one.scores[2].network.value == pytest.approx(area)


def test_groups_of_few_rows_are_named_and_not_scored():
    group = pd.Series(["a"] * 30 + ["b"] * 19 + [None] * 3)
    truth, outputs = np.ones((52, 1)), np.ones((52, 1))
    found = scores_by_group(group, metrics_of("regression"), truth, outputs)
    assert [(one.value, one.rows) for one in found.groups] == [("a", 30)]
    assert found.too_small == {"b": 19, "(missing)": 3}


def test_few_numbers_are_groups_in_their_order():
    assert list(sizes([3, 1, 2, 1.0])) == ["1", "2", "3"]


@pytest.mark.parametrize("cells", [[True, False, True], pd.array([True, None, False, True])])
def test_booleans_keep_their_names(cells):
    assert list(sizes(cells))[:2] == ["True", "False"]


def test_many_numbers_are_cut_into_four_parts():
    assert sizes(np.r_[np.arange(100), np.nan]) == {
        "0 to 24": 25,
        "25 to 49": 25,
        "50 to 74": 25,
        "75 to 99": 25,
        "(missing)": 1,
    }


def test_dates_are_cut_too():
    days = pd.Series(pd.date_range("2020-01-01", periods=40).strftime("%Y-%m-%d"))
    assert next(iter(sizes(days))) == "2020-01-01 to 2020-01-10"
    assert list(sizes(pd.to_datetime(days)))[-1] == "2020-01-31 to 2020-02-09"


def test_numbers_most_of_which_are_equal():
    found = sizes([0] * 90 + list(range(1, 21)))
    assert sum(found.values()) == 110
    assert found["0 to 0"] == 90


def test_rare_values_are_gathered():
    found = sizes([f"v{n:02}" for n in range(25) for _ in range(30 - n)])
    assert len(found) == 21
    assert found["(5 other values)"] == 6 + 7 + 8 + 9 + 10
    assert next(iter(found)) == "v00"


def test_a_column_without_values_is_one_group():
    assert sizes([None, None]) == {"(missing)": 2}


def test_a_score_that_a_group_does_not_determine_is_not_a_number():
    truth = np.r_[np.ones((30, 1)), np.zeros((15, 1)), np.ones((15, 1))]
    group = pd.Series(["one class"] * 30 + ["both"] * 30)
    found = scores_by_group(group, metrics_of("binary"), truth, np.full((60, 1), 0.6))
    areas = {one.value: one.scores[2].network.value for one in found.groups}
    assert np.isnan(areas["one class"])
    assert areas["both"] == 0.5
