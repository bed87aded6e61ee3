"""The learning curve of a run: parts of the training rows, and what ends or forbids it."""

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.errors import InputError
from epochal.runs import TrainSettings, learning_curve, plan_table, read_run, train_table

FAST: Any = {"members": 1, "epochs": 6, "hidden": [8], "learning_curve": True}


def table(rows=400):
    x = np.random.default_rng(0).normal(size=(rows, 3))
    return pd.DataFrame(x, columns=list("abc")).assign(y=lambda f: np.sin(f["a"]) + f["b"])


def curve_of(run):
    assert run.record.learning_curve is not None
    return run.record.learning_curve


def test_the_score_over_the_rows_is_on_the_page_and_in_run_json(out):
    run = train_table(table(), "y", **FAST, out=out)
    curve = curve_of(run)
    training = run.record.rows["training"]
    assert curve.rows == (*(round(training * f) for f in (0.25, 0.5)), training)  # 32 are too few
    assert curve.scores[-1].value == run.record.score("RMSE").network.value
    assert curve.scores[0].value > curve.scores[-1].value
    assert curve.gain.low > 0
    assert curve.sentence.startswith("more rows are likely to help: from ")
    assert "Would more rows help?" in run.report.read_text(encoding="utf-8")
    assert "--learning-curve" in run.record.command
    assert read_run(out).record == run.record


def test_it_is_left_out_where_it_is_not_asked_for(titanic_run):
    assert titanic_run.record.learning_curve is None
    assert "Would more rows help?" not in titanic_run.report.read_text(encoding="utf-8")


def test_the_parts_are_trained_as_the_run_was(out):
    """Each by its own part alone: a run on those rows, tested on the same, has the same score."""
    frame = table()
    run = train_table(frame, "y", **FAST, out=out)
    plan = plan_table(frame, TrainSettings.from_options("y", **FAST))
    train = plan.split.train
    half = learning_curve.growing_parts(plan.relations.taken(train))[-1]
    assert curve_of(run).rows[-2] == len(half)
    assert len(np.unique(train[half])) == round(len(train) / 2)
    assert not set(train[half]) & set(plan.split.test)


def test_too_few_rows_are_said(out, caplog):
    with caplog.at_level(logging.WARNING):
        run = train_table(table(90), "y", **FAST, out=out)
    assert run.record.learning_curve is None
    assert caplog.messages == [
        "There are too few training rows for a learning curve: it is left out."
    ]


def test_time_is_shared_by_the_rows():
    settings = TrainSettings.from_options("y", time="15s", learning_curve=True)
    assert plan_table(table(), settings).seconds == pytest.approx(8)  # of 1 + 7/8


def test_ctrl_c_in_a_part_keeps_the_run(out):
    class Interrupting:
        fits = 0

        def stage(self, words):
            self.fits += words.startswith("training")
            if self.fits == 2 and words.startswith("training"):
                raise KeyboardInterrupt

        def epoch(self, epoch, epochs, logs):
            pass

    run = train_table(table(), "y", **FAST, observer=Interrupting(), out=out)
    assert run.record.state == "complete"
    assert run.record.learning_curve is None


def test_it_is_not_drawn_by_cross_validation():
    settings = TrainSettings.from_options("y", cv=3, learning_curve=True)
    with pytest.raises(InputError) as refused:
        plan_table(table(), settings)
    assert str(refused.value) == (
        "learning_curve must not be given with cv, as it is scored on one test part, got '3x1': "
        "leave one of them out."
    )
