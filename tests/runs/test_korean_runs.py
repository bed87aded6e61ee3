"""Runs in Korean: nothing of what they say is left in English, and what programs read is."""

import html
import re
import signal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal import language
from epochal.cli.commands import evaluate, explain
from epochal.cli.commands.train import show_plan, show_result
from epochal.cli.console import output
from epochal.data import KINDS as COLUMN_KINDS
from epochal.diagnosis.diagnosis import KINDS
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.runs import (
    TrainSettings,
    evaluate_table,
    explain_row,
    plan_table,
    read_run,
    train_table,
)
from epochal.runs.train import train_plan
from epochal.scoring.task_metrics import ALL_METRICS, COST_PER_ROW

ENGLISH_SCORES = {metric.name for found in ALL_METRICS.values() for metric in found}
ENGLISH_SCORES |= {COST_PER_ROW, "mean R²", "CRPS", "log score"}

# Whatever is not translated: names of functions, files, packages, people and of what is written in
# Latin letters in Korean texts, too.
LATIN = {
    *("epochal", "find_learning_rate", "EarlyStopping", "restore_best_weights", "True", "L2"),
    *(
        "run.json",
        "predictions.parquet",
        "fp",
        "fn",
        "UTC",
        "SHA",
        "AUC",
        "ROC",
        "RMSE",
        "MAE",
        "CRPS",
        "F1",
        "R",
    ),
    *(
        "Nadeau",
        "Bengio",
        "AdamW",
        "Nadam",
        "Adam",
        "SGD",
        "MISH",
        "ELU",
        "SELU",
        "he_normal",
        "L1",
    ),
    *(
        "lecun_normal",
        "patience",
        "p",
        "Pruning",
        "fold_batch_normalization",
        "predict_monte_carlo",
    ),
    *(
        "keras",
        "jax",
        "numpy",
        "pandas",
        "scikit",
        "learn",
        "skops",
        "pyarrow",
        "python",
        "clipnorm",
    ),
    "auto",  # what is asked for stands among the settings as it is typed
}


class Stages:
    """An observer that keeps the stages."""

    def __init__(self):
        self.stages = []

    def stage(self, words):
        self.stages.append(words)

    def epoch(self, epoch, epochs, logs):
        pass


class CtrlC(Stages):
    """One that presses Ctrl-C after the second epoch."""

    def epoch(self, epoch, epochs, logs):
        if epoch == 2:
            signal.raise_signal(signal.SIGINT)


def page_words(page):
    """What a page says, shows as a hint, or reads out; without style and commands."""
    shown = re.sub(r"(?s)<style>.*?</style>|<pre>.*?</pre>|<code>.*?</code>", " ", page)
    read_out = re.findall(r'(?:aria-label|data-model|title|alt)="([^"]*)"', shown)
    return html.unescape(re.sub(r"<[^>]*>", " ", shown) + " " + " ".join(read_out))


def english_of(text, frame):
    """Words in Latin letters that are neither names of the table nor of those that stay so."""
    own = set(re.findall(r"[A-Za-z_]+", " ".join(map(str, [*frame.columns, "frame"]))))
    for name in frame.select_dtypes(exclude="number"):
        own |= set(re.findall(r"[A-Za-z_]+", " ".join(map(str, frame[name].unique()))))
    text = re.sub(r"epochal train \S+|--[\w-]+( \S+)?|\S*/\S*|[0-9a-f]{64}", " ", text)  # commands
    text = re.sub(
        "|".join([*ALL_GUIDELINES, *DISTRIBUTIONS, r"\d\.?\d*e-?\d+"]), " ", text
    )  # and numbers
    words = re.findall(r"[A-Za-z_]+(?:\.json|\.parquet)?\d?", text)
    return {word for word in words if word not in LATIN | own}


def shown_by(show, capsys):
    show()
    return capsys.readouterr().out


def run_in_korean(frame, target, out, capsys, *, test=None, observer=None, **settings):
    """The run, and all that the terminal shows of it."""
    with language("ko"):
        checked = TrainSettings.from_options(target, **settings)
        plan = plan_table(frame, checked, test=test)
        shown = shown_by(lambda: show_plan(output(), plan), capsys)
        run = train_plan(plan, out=out, observer=observer)
        shown += shown_by(lambda: show_result(output(), run, plan.tested), capsys)
        shown += page_words(run._repr_html_())
    return run, shown


TINY: dict[str, Any] = {"members": 1, "epochs": 3, "hidden": [4], "network": "default"}


@pytest.fixture
def table(blobs):
    return blobs.assign(
        constant=1, empty=np.nan, day=pd.date_range("2020-01-01", periods=len(blobs))
    )


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("flies", {"members": 2, "cost": {"fp": 1, "fn": 5}, "keep": ["constant"]}),
        ("flies", {"members": 2, "min_precision": 1.0, "network": "tabular"}),
        ("kind", TINY),
        (("flies", "stings"), TINY),
        ("weight", {**TINY, "group": "colour", "network": "risk-aware"}),
        ("weight", {**TINY, "distribution": "gaussian"}),
        (("weight", "y"), {"members": 2, "network": "tabular", "cv": "2", "epochs": 2}),
        ("weight", {**TINY, "time_column": "day", "gap": "3d"}),
    ],
)
def test_nothing_is_left_in_english(table, out, capsys, target, settings):
    run, shown = run_in_korean(table, target, out, capsys, **settings)
    page = run.report.read_text(encoding="utf-8")
    assert '<html lang="ko">' in page
    assert english_of(page_words(page), table) == set()
    assert english_of(shown, table) == set()
    record = run.record
    assert re.search("[가-힣]", record.conclusion)
    # Keys and names are for programs.
    assert record.state == "complete"
    assert all("gradient boosting" in score.baselines for score in record.scores)
    assert {score.name for score in record.scores} <= ENGLISH_SCORES
    assert record.training["diagnosis"]["kind"] in KINDS
    assert {column["kind"] for column in record.columns} <= set(COLUMN_KINDS)
    assert set(record.rows) <= {"training", "validation", "test"}


def test_what_was_interrupted_and_what_flatters_is_said_in_korean(out, capsys):
    observer, table = CtrlC(), _measurements()
    run, shown = run_in_korean(
        *(table, "diagnosis", out, capsys), observer=observer, **{**TINY, "epochs": 50}
    )
    assert run.record.state == "interrupted"
    (warning,) = run.record.split_warnings
    page = run.report.read_text(encoding="utf-8")
    for text in (page_words(page), shown, " ".join(observer.stages)):
        assert english_of(text, table) == set()
    assert "중단됨" in page
    assert "값이 같은 행은 서로 비슷합니다" in warning["sentence"]
    assert html.escape(warning["option"]) in page


@pytest.mark.parametrize(
    ("target", "settings"),
    [
        ("flies", {"class_weight": "auto", "try_remedies": True, "weight_decay": 0.01}),
        ("weight", {"learning_curve": True, "l2": 0.001}),
        ("kind", {"oversample": True, "learning_rate": 0.01}),
    ],
)
def test_why_and_what_was_tried_is_said_in_korean(table, out, capsys, target, settings):
    observer = Stages()
    run, shown = run_in_korean(
        table, target, out, capsys, observer=observer, **{**TINY, **settings}
    )
    page = run.report.read_text(encoding="utf-8")
    for text in (page_words(page), shown, " ".join(observer.stages)):
        assert english_of(text, table) == set()
    said = page_words(page)
    assert "순열 중요도" in said
    assert "부분 의존도" in said
    assert "오차가 가장 큰 행" in said
    assert "열의 중요도를 재는 중" in observer.stages
    assert (
        ("학습 곡선" in said) == bool(run.record.learning_curve) == ("learning_curve" in settings)
    )
    tried = {trials.why: trials for trials in run.record.remedies}
    assert ("remedies" in tried) == ("try_remedies" in settings)
    assert ("class weights" in tried) == ("class_weight" in settings)
    for trials in tried.values():
        with language("ko"):
            assert trials.title in said
        assert trials.trials
        # Names are for programs, the conclusion is for people.
        assert trials.trials[0].what == "as it is"
        assert re.search("[가-힣]", trials.conclusion)
        assert any("시도 중: 훈련" in words for words in observer.stages)
    assert run.importances.score in ENGLISH_SCORES


def test_a_row_and_groups_of_rows_are_explained_in_korean(table, out, tmp_path, capsys):
    table = table.assign(many=[chr(ord("a") + number % 25) for number in range(len(table))])
    run, _ = run_in_korean(table, "flies", out, capsys, **TINY)
    data = tmp_path / "frame.csv"
    table.to_csv(data, index=False)
    with language("ko"):
        for by, said in (("x", "~"), ("many", "(그 밖의 값 5개)"), ("empty", "(누락)")):
            shown = shown_by(lambda by=by: evaluate.command(run.path, str(data), by=by), capsys)
            assert english_of(shown, table) == set(), by
            assert said in shown
            assert ("행이 20개가 안 되어 점수를 내지 않은 값: " in shown) == (by != "empty")
            evaluation = evaluate_table(run.path, table, by=by)
            assert english_of(page_words(evaluation._repr_html_()), table) == set()
            # Names are for programs; NaN is unlike itself.
            assert repr(evaluation) == repr(evaluate_table_in_english(run.path, table, by))
        for row in (3, 4):  # the first has no x
            shown = shown_by(lambda row=row: explain.command(run.path, str(data), row), capsys)
            assert english_of(shown, table) == set()
        assert "섀플리 값" in shown
        explained = explain_row(run.path, table, row=3)
        assert english_of(page_words(explained._repr_html_()), table) == set()
        assert (explained.of, explained.title) == ("probability of no", "no의 확률")


def evaluate_table_in_english(run, table, by):
    with language("en"):
        return evaluate_table(run, table, by=by)


def _measurements():
    """Of each patient several, around a place of their own; the diagnosis is by chance."""
    random = np.random.default_rng(0)
    patient = np.repeat(np.arange(60), 8)
    places = random.normal(size=(60, 8))[patient] + 0.1 * random.normal(size=(480, 8))
    frame = pd.DataFrame(places, columns=list("abcdefgh"))
    frame["diagnosis"] = np.array(["ill", "well", "unsure"])[random.integers(0, 3, 60)][patient]
    return frame.assign(patient=1000 + patient).sample(frac=1, random_state=0, ignore_index=True)


def test_a_korean_run_is_shown_and_scored_in_either_language(table, out, capsys):
    run, _ = run_in_korean(table, "kind", out, capsys, **TINY)
    with language("ko"):
        korean = evaluate_table(run.path, table)
        assert english_of(page_words(korean._repr_html_()), table) == set()
    english = evaluate_table(run.path, table)
    assert english == korean
    assert "scores on 200 rows, with 95% confidence intervals" in english._repr_html_()
    # What the run has written stays in its language; what is said about it does not.
    shown = shown_by(lambda: show_result(output(), read_run(run.path), "held-out rows"), capsys)
    assert run.conclusion in " ".join(shown.split())
    assert {"peak", "learning", "rate", "network"} <= english_of(shown, table)


def test_an_english_page_is_english(table, out):
    """That these tests can fail: of a page in English they find hundreds of words."""
    run = train_table(table, "kind", out=out, **TINY)
    page = run.report.read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert not re.search("[가-힣]", page)
    assert len(english_of(page_words(page), table)) > 100
