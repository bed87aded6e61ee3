"""The section on how sure predictions are."""

from dataclasses import replace

import numpy as np
import pytest

from epochal.report import ClassOutcome, ValueOutcome
from epochal.report.coverage_section import coverage_tables, promise, risk_figures
from epochal.scoring import Interval
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.translation import language

ALL = CoverageOfGroup(
    name="", rows=1200, coverage=Interval(value=0.9, low=0.85, high=0.94), size=12.5
)
FOUND = TestedCoverage(
    target="price",
    kind="interval",
    asked=0.9,
    left_out=4000,
    holds_for="rows",
    interval_score=20.0,
    groups=(ALL, replace(ALL, name="predicted below 7", rows=400)),
)


def test_an_interval_is_told_by_coverage_and_width():
    (table,) = coverage_tables([FOUND])
    assert table.sentence == (
        "Intervals of price that shall hold the truth of 90% of new rows held that of 90.0% of the "
        "test rows (95% interval 85.0% to 94.0%); they are 12.5 wide on average."
    )
    assert table.headings == ("Test rows", "Number", "Coverage", "Mean width")
    assert table.rows == (
        ("all", "1,200", "90.0% (85.0% to 94.0%)", "12.5"),
        ("predicted below 7", "400", "90.0% (85.0% to 94.0%)", "12.5"),
    )


def test_a_set_is_told_by_its_classes():
    (table,) = coverage_tables([replace(FOUND, kind="set")])
    assert table.sentence == (
        "Sets of classes that shall hold the truth of 90% of new rows held that of 90.0% of the "
        "test rows (95% interval 85.0% to 94.0%); they have 12.5 classes on average."
    )
    assert table.headings[-1] == "Mean number of classes"


def test_a_label_is_told_by_how_often_it_is_left_open():
    part = replace(ALL, size=0.25)
    (table,) = coverage_tables([replace(FOUND, kind="label", target="red", groups=(part,))])
    assert table.sentence == (
        "Whether rows have the label red is said as in, out or unsure, which shall be right for "
        "90% of new rows; for 90.0% of the test rows it was (95% interval 85.0% to 94.0%), and "
        "25.0% are unsure."
    )
    assert table.headings[-1] == "Unsure"
    assert table.rows == (("all", "1,200", "90.0% (85.0% to 94.0%)", "25.0%"),)
    assert "That is for each label by itself" in table.promise


@pytest.mark.parametrize(
    ("holds_for", "sentence"),
    [
        ("rows", "drift, the order of time and rows of groups that belong together break this."),
        ("groups", "Of new rows of new groups, drawn as those of the training were, they hold"),
        ("nothing", "They promise nothing for later rows: time goes on between the training and"),
    ],
)
def test_the_promise_says_what_breaks_it(holds_for, sentence):
    said = promise(replace(FOUND, holds_for=holds_for))
    assert said.startswith("They are made from the errors on the 4,000 rows that networks left out")
    assert sentence in said


def test_the_risk_is_that_of_the_most_confident_rows():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])
    outcome = ClassOutcome(
        classes=("a", "b"), truth=np.array([0, 1, 1, 1]), probabilities=probabilities
    )
    (figure,) = risk_figures(outcome)
    assert figure.caption == (
        "The most confident test rows are answered first: with all of them answered, 25.0% are "
        "wrong, with the more confident half 0.0%."
    )
    numbers = np.zeros((3, 1))
    assert risk_figures(ValueOutcome(names=("y",), truth=numbers, predicted=numbers)) == []


def test_without_coverage_there_is_no_section_and_korean_has_one():
    assert coverage_tables([]) == []
    with language("ko"):
        (table,) = coverage_tables([FOUND])
    assert table.headings[2] == "포함률"
