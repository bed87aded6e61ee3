"""From which probability on a run says that a row is positive."""

import json
import shlex
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import precision_score, recall_score

from epochal.data import infer_task
from epochal.data.relations import Relations
from epochal.errors import InputError
from epochal.runs import (
    RowPredictor,
    RunFolder,
    TrainSettings,
    evaluate_table,
    plan_table,
    predict_table,
    train_table,
)
from epochal.runs.command import command_of
from epochal.runs.decisions import all_thresholds
from epochal.runs.threshold_rules import threshold_rule
from epochal.scoring.threshold import Threshold, ThresholdRule


def _noisy(rows: int = 400) -> pd.DataFrame:
    """Rows of which a fifth are frauds, which two columns tell with errors."""
    rng = np.random.default_rng(0)
    fraud = (rng.random(rows) < 0.2).astype(int)
    return pd.DataFrame(
        {
            "x": rng.normal(1.5 * fraud, 1),
            "z": rng.normal(-fraud, 1),
            "state": np.where(fraud == 1, "fraud", "ok"),
        }
    )


@pytest.fixture(scope="module", params=[1, 3], ids=["one network", "several"])
def priced(request: Any, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run for which a missed fraud costs ten false alarms."""
    out = tmp_path_factory.mktemp("priced") / "run"
    given: dict[str, Any] = {"cost": {"fp": 1, "fn": 10}, "epochs": 8, "hidden": [8]}
    return train_table(_noisy(), "state", members=request.param, out=out, **given)


def test_the_threshold_is_written_down_and_used_for_predictions(priced):
    threshold = priced.record.threshold
    assert threshold.rule == "the lowest cost (fp=1, fn=10)"
    assert 0 < threshold.value < 0.4  # a miss is dear
    assert threshold.rows == priced.record.rows.get("validation", priced.record.rows["training"])
    predicted = predict_table(priced.path, _noisy())
    said = predicted["probability_fraud"] >= threshold.value
    assert (said == (predicted["prediction"] == "fraud")).all()
    assert (said != (predicted["probability_fraud"] >= 0.5)).any()


def test_scores_that_need_a_class_are_those_at_the_threshold(priced):
    saved = pd.read_parquet(priced.predictions)
    truth, said = saved["true_state"] == "fraud", saved["prediction"] == "fraud"
    record = priced.record
    assert record.score("precision").network.value == pytest.approx(precision_score(truth, said))
    assert record.score("recall").network.value == pytest.approx(recall_score(truth, said))
    cost = np.mean(10 * (truth & ~said) + (said & ~truth))
    found = record.score("cost per row").network
    assert found.value == pytest.approx(cost)
    assert found.low < cost < found.high
    rows = _noisy().head(50)
    asked = rows.astype(object).to_dict("records")
    answers = [answer["prediction"] for answer in RowPredictor(priced.path)(asked)]
    assert answers == predict_table(priced.path, rows)["prediction"].tolist()
    assert record.scores[0].name == "cost per row"
    assert "cost per row" in priced.conclusion
    assert evaluate_table(priced.path, _noisy()).scores[0].name == "cost per row"


def test_the_page_shows_what_to_choose_a_threshold_by(priced):
    page = priced.report.read_text(encoding="utf-8")
    for name in ("threshold", "cost", "precision-recall", "lift"):
        assert f'id="{name}"' in page
    assert "Cost per row by threshold:" in page  # for screen readers


def test_baselines_get_thresholds_in_the_same_way():
    frame = _noisy()
    x, y = frame[["x", "z"]].to_numpy(), (frame[["state"]] == "fraud").to_numpy(int)
    rule = ThresholdRule(cost=(1, 10))
    network = Threshold(value=0.2, rule=str(rule), reached=True, rows=9, precision=1, recall=1)
    relations = Relations(rows=len(x), classes=y[:, 0])
    found = all_thresholds(rule, network, x, y, relations)
    assert [*found] == [
        "network",
        "most frequent class",
        "logistic regression",
        "gradient boosting",
    ]
    # Without any column, the prior of a fifth decides: all are said to be frauds.
    assert found["most frequent class"] < 0.2
    assert found["logistic regression"] == pytest.approx(1 / 11, abs=0.07)  # Elkan 2001
    assert all_thresholds(None, None, x, y, relations) == {}


def test_a_precision_that_cannot_be_had_is_noted(tmp_path):
    frame = _noisy(200)
    frame["state"] = np.random.default_rng(1).permutation(frame["state"])
    run = train_table(
        frame, "state", members=1, epochs=2, min_precision=1.0, seed=3, out=tmp_path / "run"
    )
    threshold = run.record.threshold
    assert threshold is not None
    noted = [
        note for note in run.record.notes if "no threshold gives a precision of at least 1" in note
    ]
    assert bool(noted) != threshold.reached


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"cost": {"fp": 1}},
            r"cost must be the costs of a false positive and of a false negative",
        ),
        ({"cost": {"fp": -1, "fn": 2}}, "cost must be two numbers of at least 0, not both 0, got"),
        ({"cost": {"fp": "a", "fn": 2}}, "cost must be two numbers of at least 0, not both 0, got"),
        ({"cost": {"fp": 0, "fn": 0}}, "cost must be two numbers of at least 0, not both 0, got"),
        ({"min_precision": 0}, r"min_precision must be a number above 0 and up to 1, got 0: give"),
        ({"min_recall": 1.5}, r"min_recall must be a number above 0 and up to 1, got 1\.5: give"),
        (
            {"min_recall": 0.5, "cost": {"fp": 1, "fn": 1}},
            "Of cost, min_precision and min_recall at most one must be given, got cost and min_rec",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        TrainSettings(target=("y",), **given)


def test_a_rule_needs_two_classes():
    task = infer_task(pd.Series(list("abc") * 20, name="y"))
    with pytest.raises(InputError, match="min_recall must be left out for a target without two"):
        threshold_rule(task, TrainSettings(target=("y",), min_recall=0.5))
    with pytest.raises(InputError, match=r"cost must be left out .* got the task 'multiclass'"):
        plan_table("wine", TrainSettings(target=("cultivar",), cost={"fp": 1, "fn": 2}))


def test_the_command_repeats_the_costs():
    costs: dict[str, Any] = {"fp": "1", "fn": 2.5}
    settings = TrainSettings(target=("y",), positive=1, metric="F1", cost=costs)
    words = shlex.split(command_of("t.csv", settings))
    assert "--positive 1 --metric F1 --cost fp=1.0 --cost fn=2.5" in " ".join(words)
    assert json.dumps(settings.cost) == '{"fp": 1.0, "fn": 2.5}'


@pytest.mark.slow
@pytest.mark.parametrize("members", [1, 2])
def test_cross_validation_scores_each_fold_at_its_own_threshold(members, tmp_path):
    frame = _noisy()
    given: dict[str, Any] = {"cost": {"fp": 1, "fn": 10}, "epochs": 8, "hidden": [8], "cv": 3}
    given |= {"learning_rate": 0.01}
    run = train_table(frame, "state", members=members, out=tmp_path / "run", **given)
    saved = pd.read_parquet(run.predictions).set_index("row")
    assert sorted(saved.index) == list(range(400))
    truth, said = saved["true_state"] == "fraud", saved["prediction"] == "fraud"
    cost = 10 * (truth & ~said) + (said & ~truth)
    settings = TrainSettings.from_options("state", members=members, **given)
    (folds,) = plan_table(frame, settings).folds
    record = run.record
    found = record.score("cost per row").network
    assert found.value == pytest.approx(np.mean([cost[each.test].mean() for each in folds]))
    assert found.low < found.value < found.high
    assert record.scores[0].name == "cost per row"
    # Of each fold the least probability said to be positive is above the largest that is not.
    p = saved["probability_fraud"]
    for each in folds:
        yes, no = (p.loc[each.test][mask.loc[each.test]] for mask in (said, ~said))
        assert yes.min() < 0.5  # a miss is dear
        assert no.max() < yes.min()
    # What is kept predicts by a threshold of its own, from rows that its training left out.
    threshold = record.threshold
    assert threshold is not None
    assert threshold.rows == record.rows.get("validation", record.rows["training"])
    again = predict_table(run.path, frame)
    at_it = again["probability_fraud"] >= threshold.value
    assert (at_it == (again["prediction"] == "fraud")).all()
