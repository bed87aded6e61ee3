"""The section on why: what its charts and its table say, in words too."""

import re
from dataclasses import replace

import numpy as np
import pytest

from epochal.explanation.importances import Importance, Importances
from epochal.report import render
from epochal.report.explanation_figures import (
    MOST_SHOWN,
    dependence_figure,
    explanation_figures,
    importance_figure,
)
from epochal.scoring import Interval
from epochal.translation import language


@pytest.fixture
def explanation(contents):
    return contents["binary"]().explanation


def label(figure):
    found = re.search('aria-label="([^"]*)"', figure.drawing)
    assert found is not None
    return found[1]


def test_importances_are_in_percentage_points_and_told_to_screen_readers(explanation):
    figure = importance_figure(explanation.importances)
    assert label(figure) == "importance of columns: sex (with who) 19.0, age 3.0, unknown –"
    assert "worse by, percentage points" in figure.drawing
    assert figure.caption == (
        "How much worse the accuracy is where the values of a column are shuffled among 179 test "
        "rows (7 times), with 95% bootstrap confidence intervals. Columns that tell nearly the "
        "same are shuffled together. 1 column on which predictions seem to rest least was not "
        "measured."
    )


def test_what_cannot_be_told_from_0_is_hollow(explanation):
    drawing = importance_figure(explanation.importances).drawing
    assert drawing.count('class="point network"') == 1  # sex
    assert drawing.count('class="point baseline"') == 1  # age; what is not defined has no point


def test_of_many_groups_the_first_are_drawn():
    one = Interval(value=0.1, low=0.0, high=0.2)
    groups = tuple(Importance(columns=(f"c{n}",), importance=one) for n in range(MOST_SHOWN + 3))
    found = Importances(score="RMSE", percent=False, groups=groups, rows=50, repeats=1)
    figure = importance_figure(found, "rows of the first fold")
    assert "c19" in figure.drawing
    assert "c20" not in figure.drawing
    assert figure.caption == (
        "How much worse the RMSE is where the values of a column are shuffled among 50 rows of the "
        "first fold (once), with 95% bootstrap confidence intervals. 3 more are in run.json."
    )


def test_a_dependence_on_numbers_is_a_line_in_a_band(explanation):
    figure = dependence_figure(explanation.dependences[0], "probability of yes")
    assert figure.title == "Probability of yes by age"
    assert label(figure) == "mean probability of yes, by age: 1: 0.200, 20: 0.400, 60: 0.600"
    assert figure.drawing.count('class="band"') == 1


def test_a_dependence_on_a_category_has_a_row_for_each_value(explanation):
    figure = dependence_figure(explanation.dependences[1], "probability of yes")
    assert label(figure) == "mean probability of yes, by sex: male 0.200, female 0.600"


def test_dates_are_years(explanation):
    figure = dependence_figure(explanation.dependences[2], "probability of yes")
    assert "born (year)" in figure.drawing


def test_the_output_that_depends_most_is_drawn(explanation):
    one = explanation.dependences[0]
    both = replace(
        one,
        mean=np.column_stack([one.mean[:, 0] * 0, one.mean[:, 0]]),
        low=np.column_stack([one.low[:, 0] * 0, one.low[:, 0]]),
        high=np.column_stack([one.high[:, 0] * 0, one.high[:, 0]]),
        spread=np.array([0.0, 1.0]),
    )
    content = replace(explanation, dependences=(both,), outputs=("first", "second"))
    assert [figure.title for figure in explanation_figures(content)][1] == "Second by age"


def test_the_learning_curve_says_what_follows(explanation):
    figure = explanation_figures(explanation)[-1]
    assert figure.title == "Would more rows help?"
    assert figure.caption == (
        "More rows are likely to help: from 180 to 356 rows the accuracy became better by 6.0% "
        "(95% interval 2.0% to 11.0%). Each point is the same training on a part of the training "
        "rows, scored on the same test rows; higher is better."
    )
    assert label(figure) == (
        "accuracy over training rows: 90 rows: 70.0%, 180 rows: 75.0%, 356 rows: 81.0%"
    )


def test_without_importances_the_errors_are_left(contents):
    run = contents["binary"]()
    alone = replace(run.explanation, importances=None, dependences=(), learning_curve=None)
    page = render(replace(run, explanation=alone))
    assert "Rows with the largest errors" in page
    assert "importances" not in page
    assert 'id="why"' not in render(replace(run, explanation=None))


def test_the_errors_are_a_table(contents):
    page = render(contents["binary"]())
    assert '<tr><th scope="row">12</th>' in page
    assert "The error is the log loss." in page


def test_names_of_the_data_are_not_capitalised_in_korean(explanation):
    """In English the title begins with a word of ours, in Korean with the column."""
    with language("ko"):
        figure = dependence_figure(explanation.dependences[0], "price의 예측값")
        assert figure.title == "age에 따른 price의 예측값"
        assert label(figure) == "age에 따른 price의 예측값의 평균: 1: 0.200, 20: 0.400, 60: 0.600"
        figure = importance_figure(explanation.importances, "rows of the first fold")
        assert label(figure) == "열의 순열 중요도: sex(who 포함) 19.0, age 3.0, unknown –"
        assert figure.caption.startswith(
            "순열 중요도: 첫 폴드의 행 179개에서 열의 값을 뒤섞으면(7번)"
        )
        assert figure.caption.endswith("의존하는 것으로 보이는 열 1개는 재지 않았습니다.")
