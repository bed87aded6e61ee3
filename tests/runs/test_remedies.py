"""What the diagnosis advises, tried on folds of the training rows."""

import html
import json
import signal
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss

import epochal
from epochal.data import TablePreprocessor
from epochal.diagnosis.rules import Diagnosis
from epochal.models import network
from epochal.runs import RunFolder, TrainSettings, plan_table, read_run, train_table
from epochal.runs import remedies as module
from epochal.runs.observer import observer_for
from epochal.runs.plan import Plan
from epochal.runs.remedies import chosen_class_weights, option_of, tried_remedies
from epochal.runs.training import train_once
from epochal.runs.trials import compared, out_of_fold, training_rows
from epochal.schedules import OneCycle
from epochal.scoring import Interval
from epochal.training.progress import Display
from epochal.tuning.remedies import Remedy

QUIET = observer_for(Display(0))
OVERFITTING = Diagnosis(kind="overfitting", sentence="so it is", remedy="regularize")


def noisy(rows: int = 240, columns: int = 60) -> pd.DataFrame:
    """One column that tells, among many that tell nothing: a network learns rows by heart."""
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, columns)).round(4)
    yes = x[:, 0] + random.normal(0, 1.2, rows) > 0
    frame = pd.DataFrame(x, columns=[f"x{number}" for number in range(columns)])
    return frame.assign(y=np.where(yes, "yes", "no"))


def rare(rows: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(1)
    x = random.normal(size=(rows, 2)).round(4)
    fraud = x[:, 0] + random.normal(0, 1, rows) > 2.2
    return pd.DataFrame(x, columns=["a", "b"]).assign(state=np.where(fraud, "fraud", "ok"))


def planned(frame: pd.DataFrame, target: str = "y", **given: Any) -> Plan:
    base: dict[str, Any] = {"network": "default", "members": 1, "hidden": [8], "epochs": 6}
    base |= {"learning_rate": 0.01}
    return plan_table(frame, TrainSettings.from_options(target, **{**base, **given}))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run whose network learns rows by heart, and what was tried against it."""
    out = tmp_path_factory.mktemp("remedies") / "run"
    return train_table(
        noisy(),
        "y",
        network="default",
        members=1,
        hidden=[64],
        epochs=25,
        learning_rate=0.01,
        try_remedies=True,
        out=out,
    )


def test_out_of_fold_outputs_are_those_of_an_independent_loop():
    """Each row once, by a network of the other folds alone."""
    plan, plans = planned(noisy(90, 4), dropout=0.1), []

    def remembered(each: Plan) -> Any:
        plans.append(each)
        return train_once(each, QUIET)

    found = out_of_fold(plan, {"dropout": 0.4}, remembered)
    assert sorted(found.rows) == training_rows(plan).tolist()
    assert not set(found.rows) & set(plan.split.test)
    frame, task = plan.frame, plan.task
    truth = (frame["y"].to_numpy() == task.classes[1]).astype(float)
    np.testing.assert_array_equal(found.truth.ravel(), truth[found.rows])
    settings = replace(plan.settings, dropout=0.4)
    for each in plans:
        split = each.split
        assert each.settings == settings
        used = np.concatenate([split.train, split.validation])
        assert sorted(used) == np.setdiff1d(training_rows(plan), split.test).tolist()
        preprocessor = TablePreprocessor("standard")
        x = preprocessor.fit_transform(frame.iloc[split.train], plan.columns)
        held_out, left_out = (
            preprocessor.transform(frame.iloc[rows]) for rows in (split.validation, split.test)
        )
        model = network(
            "binary", x.shape[1], hidden=(8,), dropout=0.4, metrics=["accuracy"], seed=0
        )
        epochal.fit(
            model,
            x,
            truth[split.train, None],
            batch_size=32,
            epochs=6,
            validation_data=(held_out, truth[split.validation, None]),
            validation_batch_size=len(held_out),
            schedule=OneCycle(0.01),
            callbacks=[
                keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True, mode="min")
            ],
            seed=0,
            verbose=0,
        )
        outputs = found.outputs[np.isin(found.rows, split.test)]
        np.testing.assert_allclose(outputs, model.predict(left_out, verbose=0), atol=1e-5)


def test_scores_are_scikit_learns():
    plan = planned(noisy(90, 4), try_remedies=True)
    fitted = train_once(plan, QUIET).fitted
    outputs = []

    def remembered(*given: Any) -> Any:
        outputs.append((given[1], out_of_fold(*given)))
        return outputs[-1][1]

    with mock.patch.object(module, "out_of_fold", remembered):
        found = tried_remedies(plan, fitted, OVERFITTING, QUIET)
    assert outputs[0][0] == {}
    for trial, (changes, given) in zip(found.trials, outputs, strict=True):
        truth, p = given.truth.ravel(), given.outputs.ravel().astype(float)
        assert np.array_equal(given.rows, outputs[0][1].rows)  # the same folds for all
        assert trial.score.value == pytest.approx(accuracy_score(truth, p >= 0.5))
        assert trial.log_loss == pytest.approx(log_loss(truth, p), rel=1e-4)
        assert trial.option == option_of(changes)
        if trial.gain is not None:
            gain = trial.score.value - found.trials[0].score.value
            assert trial.gain.value == pytest.approx(gain)
            assert trial.gain.low <= gain <= trial.gain.high
    assert (found.rows, found.folds) == (len(training_rows(plan)), 3)


@pytest.mark.slow
def test_on_a_planted_table_a_remedy_wins_and_new_rows_agree():
    """One column of 40 tells the number; the others are learnt by heart, less with a penalty."""
    random = np.random.default_rng(0)

    def drawn(rows: int) -> pd.DataFrame:
        x = random.normal(size=(rows, 40)).round(4)
        frame = pd.DataFrame(x, columns=[f"x{number}" for number in range(40)])
        return frame.assign(number=x[:, 0] + 0.3 * random.normal(size=rows))

    frame, new = drawn(200), drawn(1000)
    given: dict[str, Any] = {"hidden": [64], "epochs": 20, "try_remedies": True}
    plan = planned(frame, "number", **given)
    trained = train_once(plan, QUIET)
    found = tried_remedies(plan, trained.fitted, OVERFITTING, QUIET)
    best = found.best
    assert best is not None
    assert best.option == "--l2 0.01"
    assert best.gain is not None
    assert best.gain.low > 0
    assert found.conclusion.startswith("An L2 penalty gains 0.0")
    assert "on rows that the training leaves out, which is beyond chance. To take it: epochal" in (
        found.conclusion
    )
    assert "--l2 0.01" in found.conclusion
    assert "--try-remedies" not in found.conclusion
    regularized = train_once(planned(frame, "number", **given, l2=0.01), QUIET)
    errors = [
        np.sqrt(np.mean((_predicted(each, new) - new["number"].to_numpy()) ** 2))
        for each in (trained, regularized)
    ]
    assert errors[1] < errors[0]


def _predicted(trained: Any, frame: pd.DataFrame) -> Any:
    x = trained.prepared.preprocessor.transform(frame)
    return trained.model.predict(x, verbose=0).ravel()


def test_on_a_table_without_a_signal_none_does():
    frame = noisy(120, 3).assign(y=np.random.default_rng(5).permutation(["yes", "no"] * 60))
    plan = planned(frame, epochs=3, try_remedies=True)
    found = tried_remedies(plan, train_once(plan, QUIET).fitted, OVERFITTING, QUIET)
    assert found.best is None
    assert found.conclusion == (
        "None of 3 remedies is better beyond chance on rows that the training leaves out."
    )


def test_they_stand_in_run_json_and_on_the_page(run):
    (found,) = run.record.remedies
    assert [trial.what for trial in found.trials] == [
        "as it is",
        "more dropout",
        "an L2 penalty",
        "weight decay",
        "a smaller network",
    ]
    saved = json.loads((run.path / "run.json").read_text())["remedies"][0]
    assert saved["trials"][1]["option"] == "--dropout 0.2"
    assert repr(read_run(run.path).record.remedies) == repr(run.record.remedies)
    page = html.unescape(run.report.read_text(encoding="utf-8"))
    assert '<section id="remedies">' in page
    assert "weight decay<small><code>--weight-decay 0.1</code></small>" in page
    assert found.conclusion in page
    assert found.aside in page
    assert "--try-remedies" in run.record.command


def test_the_diagnosis_names_options(tmp_path):
    run = train_table(
        noisy(120, 3), "y", network="default", members=1, hidden=[4], epochs=2, out=tmp_path / "r"
    )
    diagnosis = run.record.training["diagnosis"]
    assert diagnosis["kind"] == "still improving"
    rate = 3 * run.record.training["peak_learning_rate"]
    assert diagnosis["remedy"] == f"--epochs 4, or --learning-rate {float(f'{rate:.2g}')}"
    assert run.record.remedies == ()


def test_what_is_fine_is_left_alone():
    plan = planned(noisy(90, 3))
    fitted = train_once(plan, QUIET).fitted
    fine = Diagnosis(kind="fine", sentence="", remedy="", evidence={"loss": 0.1})
    found = tried_remedies(plan, fitted, fine, QUIET)
    assert found.trials == ()
    assert found.conclusion == (
        "The diagnosis is 'fine', and no class is rare: no remedy was tried."
    )
    numbers = planned(noisy(90, 3).drop(columns="y"), "x0")
    found = tried_remedies(numbers, train_once(numbers, QUIET).fitted, fine, QUIET)
    assert found.conclusion == "The diagnosis is 'fine': no remedy was tried."


def test_where_a_class_is_rare_both_ways_to_balance_are_tried():
    plan = planned(rare(), "state", epochs=3)
    fine = Diagnosis(kind="fine", sentence="", remedy="", evidence={"loss": 0.1})
    found = tried_remedies(plan, train_once(plan, QUIET).fitted, fine, QUIET)
    assert [trial.option for trial in found.trials] == [
        "",
        "--class-weight balanced",
        "--oversample",
    ]
    assert found.label == "average precision of fraud"
    assert found.conclusion.endswith(
        "Class weights and repeated rows distort probabilities: these were put right by the "
        "frequencies of the classes. Where mistakes differ in cost, a threshold (--cost) usually "
        "does more."
    )
    assert all(trial.calibration_error is not None for trial in found.trials)


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "regression", "several"])
def test_every_task(task):
    frame = noisy(120, 3)
    target: Any = "y"
    if task == "multiclass":
        frame["y"] = pd.cut(frame["x0"] + frame["x1"], 3, labels=["a", "b", "c"]).astype(str)
    elif task == "multilabel":
        frame = frame.assign(p=(frame["x0"] > 0).astype(int), q=(frame["x1"] > 0).astype(int))
        target, frame = ["p", "q"], frame.drop(columns="y")
        frame["x0"] += np.random.default_rng(0).normal(size=120)
        frame["x1"] += np.random.default_rng(1).normal(size=120)
    else:
        frame = frame.drop(columns="y")
        target = "x0" if task == "regression" else ["x0", "x1"]
    plan = planned(frame, target, epochs=2, hidden=[4])
    found = tried_remedies(plan, train_once(plan, QUIET).fitted, OVERFITTING, QUIET)
    assert len(found.trials) >= 4
    has_classes = task.startswith("multi")
    assert all((trial.log_loss is not None) == has_classes for trial in found.trials)
    assert all(np.isfinite(trial.score.value) for trial in found.trials)


def test_groups_stay_together_and_later_rows_are_left_out_after_earlier_ones():
    frame = noisy(120, 3).assign(who=np.repeat(np.arange(30), 4), when=np.arange(120))
    plan = planned(frame, group="who", epochs=1)
    found = out_of_fold(plan, {}, lambda each: train_once(each, QUIET))
    assert sorted(found.rows) == training_rows(plan).tolist()
    plans: list[Plan] = []

    def remembered(each: Plan) -> Any:
        plans.append(each)
        return train_once(each, QUIET)

    out_of_fold(plan, {}, remembered)
    who = plan.frame["who"].to_numpy()
    for each in plans:
        used = np.concatenate([each.split.train, each.split.validation])
        assert not set(who[used]) & set(who[each.split.test])
    plans.clear()
    later = planned(frame, time_column="when", epochs=1)
    out_of_fold(later, {}, remembered)
    when = later.frame["when"].to_numpy()
    for each in plans:
        assert when[each.split.train].max() < when[each.split.test].min()


class Watching:
    """Remembers the stages, and presses Ctrl-C at one that begins with some words."""

    def __init__(self, stop: str = "never"):
        self.stages: list[str] = []
        self.stop = stop

    def stage(self, words: str) -> None:
        self.stages.append(words)
        if words.startswith(self.stop):
            signal.raise_signal(signal.SIGINT)

    def epoch(self, epoch: int, epochs: int, logs: Any) -> None:
        pass


def _overfits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("epochal.runs.remedies.kind_to_treat", lambda diagnosis: "overfitting")
    return train_table


def test_ctrl_c_keeps_the_run_and_what_had_ended(tmp_path, monkeypatch):
    watching = Watching("trying an L2 penalty: 8 of 15")
    run = _overfits(monkeypatch)(
        noisy(90, 3),
        *("y",),
        network="default",
        members=1,
        hidden=[4],
        epochs=2,
        try_remedies=True,
        observer=watching,
        out=tmp_path / "run",
    )
    assert run.record.state == "complete"
    (found,) = run.record.remedies
    assert [trial.what for trial in found.trials] == ["as it is", "more dropout"]
    assert found.conclusion.startswith("Interrupted after 1 of 4 remedies. ")
    assert watching.stages[-1] == "writing the report"
    tried = [words for words in watching.stages if words.startswith("trying ")]
    assert tried[0] == "trying as it is: 1 of 15 trainings"
    assert tried[4].startswith("trying more dropout: 5 of 15 trainings, about ")
    assert tried[4].endswith(" left")


def test_a_remedy_that_cannot_be_trained_is_said_and_left_out():
    """At a rate of 1e30 no loss is finite; the run itself must not be lost."""
    plan = planned(noisy(90, 3), epochs=2)
    fitted = train_once(plan, QUIET).fitted
    broken = Remedy(what="a higher learning rate", changes={"learning_rate": 1e30})
    other = Remedy(what="more dropout", changes={"dropout": 0.3})
    with mock.patch.object(module, "remedies_for", return_value=(broken, other)):
        found = tried_remedies(plan, fitted, OVERFITTING, QUIET)
        assert [trial.what for trial in found.trials] == ["as it is", "more dropout"]
        assert "A higher learning rate could not be trained: The loss must stay" in found.conclusion
        hopeless = replace(plan, settings=replace(plan.settings, learning_rate=1e30))
        found = tried_remedies(hopeless, fitted, OVERFITTING, QUIET)
    assert found.trials == ()
    assert found.conclusion.startswith("As it is could not be trained: The loss must stay finite")


@pytest.mark.parametrize("members", [1, 2])
def test_several_networks_and_a_cost(members):
    """Each fold decides by a threshold of its own, from rows that its training left out."""
    plan = planned(rare(), "state", members=members, cost={"fp": 1, "fn": 9}, epochs=3)
    decided = out_of_fold(plan, {}, lambda each: train_once(each, QUIET))
    missed = 9 * (decided.truth * (1 - decided.decided)).sum()
    alarms = (decided.decided * (1 - decided.truth)).sum()
    trials = compared(plan, [("as it is", "", decided), ("again", "", decided)])
    assert trials[0].score.value == pytest.approx((missed + alarms) / len(decided.rows))
    assert trials[1].gain == Interval(value=0, low=0, high=0)
    assert not trials[1].better


def test_each_fold_of_a_cross_validation_chooses_class_weights_for_itself(tmp_path):
    with mock.patch(
        "epochal.runs.train.chosen_class_weights", wraps=chosen_class_weights
    ) as choosing:
        run = train_table(
            rare(),
            "state",
            class_weight="auto",
            cv=2,
            members=1,
            epochs=1,
            hidden=[4],
            learning_rate=0.01,
            out=tmp_path / "run",
        )
    plans = [call.args[0] for call in choosing.call_args_list]
    assert [len(each.split.test) for each in plans] == [150, 150, 0]
    assert len(run.record.remedies) == 1


def test_an_interrupted_training_tries_nothing(tmp_path, monkeypatch):
    plan = planned(noisy(90, 3))
    fitted = replace(train_once(plan, QUIET).fitted, interrupted=True)
    found = tried_remedies(plan, fitted, OVERFITTING, QUIET)
    assert found.conclusion == "The training was interrupted: no remedy was tried."


@pytest.mark.parametrize("better", [True, False])
def test_class_weights_are_kept_where_they_are_better_beyond_chance(monkeypatch, better):
    plan = planned(rare(), "state", class_weight="auto", epochs=2)
    real = module.compared

    def compared(*given: Any) -> Any:
        first, second = real(*given)
        return first, replace(second, better=better)

    monkeypatch.setattr(module, "compared", compared)
    chosen, (found,) = chosen_class_weights(plan, QUIET)
    assert chosen.settings.class_weight == ("balanced" if better else None)
    assert found.why == "class weights"
    assert [trial.option for trial in found.trials] == ["", "--class-weight balanced"]
    used = "used: they gain " if better else "not used: a gain of "
    assert found.conclusion.startswith(f"Class weights are {used}")


def test_class_weights_that_are_not_to_be_chosen_stay():
    for given in (None, "balanced"):
        plan = planned(rare(), "state", class_weight=given)
        assert chosen_class_weights(plan, QUIET) == (plan, [])


def test_chosen_class_weights_stand_in_the_run(tmp_path):
    run = train_table(
        rare(),
        "state",
        class_weight="auto",
        members=1,
        epochs=2,
        hidden=[4],
        cost={"fp": 1, "fn": 5},
        out=tmp_path / "run",
    )
    (found,) = run.record.remedies
    assert found.label == "cost per row"
    assert run.record.settings["class_weight"] == "auto"
    assert "--class-weight auto" in run.record.command
    assert '<section id="class-weights">' in run.report.read_text(encoding="utf-8")


def test_too_few_groups_to_leave_some_out():
    frame = noisy(40, 3).assign(who=np.repeat([0, 1, 2], [20, 10, 10]))
    plan = planned(frame, members=1, group="who")
    one = replace(
        plan, split=replace(plan.split, train=plan.split.train[:1], validation=plan.split.train[:0])
    )
    assert module.fold_count(one) == 1
    found = tried_remedies(one, train_once(plan, QUIET).fitted, OVERFITTING, QUIET)
    assert found.conclusion == (
        "There are too few training rows, groups or times to leave some out: nothing was tried."
    )
