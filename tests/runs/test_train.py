"""From a table to a run folder, for every task."""

import html
import json
import re
import signal
from dataclasses import astuple
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.diagnosis.diagnosis import KINDS
from epochal.errors import InputError
from epochal.runs import evaluate_table, predict_table, train_table
from epochal.runs.storage.conformity_file import CONFORMITY
from epochal.runs.storage.folder import FILES
from epochal.runs.storage.record import FORMAT
from epochal.runs.storage.training_sample import TRAINING_SAMPLE


class Interrupting:
    """An observer that presses Ctrl-C after an epoch, or at the first stage."""

    def __init__(self, after):
        self.after = after

    def stage(self, words):
        if self.after == 0:
            raise KeyboardInterrupt

    def epoch(self, epoch, epochs, logs):
        if epoch == self.after:
            signal.raise_signal(signal.SIGINT)


def test_the_folder_holds_what_it_should(titanic_run):
    written = {entry.name for entry in titanic_run.path.iterdir()}
    assert written == {*FILES, CONFORMITY, TRAINING_SAMPLE}
    history = pd.read_csv(titanic_run.path / "history.csv")
    assert history["epoch"].tolist() == [1, 2, 3]
    assert {"loss", "val_loss", "accuracy", "val_accuracy", "learning_rate"} <= set(history)
    assert history["learning_rate"].iloc[-1] < history["learning_rate"].max()
    page = titanic_run.report.read_text(encoding="utf-8")
    assert "--keep alive" in page
    assert titanic_run.record.command in page


def test_the_predictions_are_those_of_the_saved_network_on_the_test_rows(titanic_run):
    saved = pd.read_parquet(titanic_run.predictions)
    again = predict_table(titanic_run.path, "titanic").iloc[saved["row"]].reset_index(drop=True)
    assert (saved["prediction"] == again["prediction"]).all()
    assert np.allclose(saved["probability_1"], again["probability_1"], atol=1e-6)
    accuracy = (saved["prediction"] == saved["true_survived"]).mean()
    assert titanic_run.record.score("accuracy").network.value == pytest.approx(accuracy)


def test_the_model_is_plain_keras_and_holds_the_best_epoch(titanic_run):
    model = keras.saving.load_model(titanic_run.model, safe_mode=True)
    assert model.output_shape == (None, 1)
    history = pd.read_csv(titanic_run.path / "history.csv")
    best = int(history["val_loss"].argmin()) + 1
    assert titanic_run.record.training["best_epoch"] == best


def test_one_seed_one_run(titanic_run, out):
    again = train_table("titanic", "survived", epochs=3, out=out)
    assert again.record.scores == titanic_run.record.scores
    assert again.record.training["peak_learning_rate"] == pytest.approx(
        titanic_run.record.training["peak_learning_rate"]
    )
    first, second = (pd.read_parquet(run.predictions) for run in (titanic_run, again))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("target", "task", "columns"),
    [
        (
            "kind",
            "multiclass",
            ["prediction", "probability_ant", "probability_bee", "probability_fly"],
        ),
        ("flies", "binary", ["prediction", "probability_yes", "probability_no"]),
        (
            ("flies", "stings"),
            "multilabel",
            ["flies", "stings", "probability_flies", "probability_stings"],
        ),
        ("weight", "regression", ["prediction"]),
        (("weight", "y"), "regression", ["prediction_weight", "prediction_y"]),
    ],
)
def test_every_task(blobs, out, target, task, columns):
    names = [target] if isinstance(target, str) else list(target)
    helpful = ["x", "y", "colour", *names]
    run = train_table(blobs[list(dict.fromkeys(helpful))], target, epochs=15, out=out)
    assert run.record.task["kind"] == task
    predicted = predict_table(run.path, blobs.drop(columns=names))
    assert predicted.columns.tolist() == ["row", *columns, "warnings"]
    assert len(predicted) == len(blobs)
    headline = run.record.scores[0]
    network, constant = headline.network.value, next(iter(headline.baselines.values())).value
    assert (network > constant) if headline.higher_is_better else (network < constant)
    evaluation = evaluate_table(run.path, blobs.iloc[::-1])
    assert evaluation.rows == 200
    assert evaluation.scores[0].name == headline.name
    assert not evaluation.on_training_table


def test_the_name_of_a_class_changes_no_score(blobs, tmp_path):
    """Sorted, "fraud" comes before "ok", and 1 after 0: the rarer one is the positive one."""
    rare = blobs["stings"].where(blobs["x"] > 1, 0)
    base = blobs[["x", "y", "weight"]]
    runs = [
        train_table(base.assign(state=rare.map(names)), "state", members=1, epochs=2, out=out)
        for names, out in [
            ({0: 0, 1: 1}, tmp_path / "numbers"),
            ({0: "ok", 1: "fraud"}, tmp_path / "names"),
        ]
    ]
    numbers, names = (run.record.scores for run in runs)
    for one, other in zip(numbers, names, strict=True):
        assert str((one.network, one.baselines)) == str((other.network, other.baselines))
        assert (one.of, other.of) in ((None, None), ("1", "fraud"))
    content = json.loads((runs[1].path / "run.json").read_text())
    assert {score["of"] for score in content["scores"]} == {None, "fraud"}
    page = runs[1].report.read_text(encoding="utf-8")
    assert all(words in page for words in ("AUC of fraud", "F1 of fraud", "recall of fraud"))


def test_the_conclusion_stands_in_the_record_and_on_the_page(titanic_run):
    assert titanic_run.conclusion == titanic_run.record.conclusion
    assert titanic_run.conclusion.endswith(".")
    assert titanic_run.conclusion in html.unescape(titanic_run.report.read_text(encoding="utf-8"))
    assert len(titanic_run.record.comparisons) == 6  # of every two of four models


def test_a_regression_predicts_in_the_unit_of_the_target(blobs, out):
    run = train_table(blobs, "weight", epochs=30, out=out)
    predicted = predict_table(run.path, blobs)["prediction"]
    assert np.corrcoef(predicted, blobs["weight"])[0, 1] > 0.9
    assert abs(predicted.mean() - blobs["weight"].mean()) < 100


def test_ctrl_c_leaves_the_best_epoch_so_far(blobs, out):
    run = train_table(
        blobs, "kind", drop=["weight"], members=1, out=out, observer=Interrupting(after=4)
    )
    assert run.record.state == "interrupted"
    assert run.record.training["epochs"] == 4
    assert "Interrupted" in run.report.read_text(encoding="utf-8")
    assert len(predict_table(run.path, blobs)) == 200
    history = pd.read_csv(run.path / "history.csv")
    assert len(history) == 4
    assert run.record.training["best_epoch"] == history["val_loss"].argmin() + 1


@pytest.mark.parametrize(("after", "most"), [(3, 2), (250, 8)])
def test_ctrl_c_leaves_the_networks_so_far(blobs, out, after, most):
    """Those that had ended, or, where none had, the best epochs of those that had begun."""
    observer = Interrupting(after=after)
    run = train_table(
        blobs, "kind", drop=["weight"], epochs=100, hidden=[8], out=out, observer=observer
    )
    assert run.record.state == "interrupted"
    assert 1 <= run.record.training["members"] <= most
    assert len(predict_table(run.path, blobs)) == 200


def test_what_the_training_shows_is_written_down(titanic_run):
    diagnosis = titanic_run.record.training["diagnosis"]
    assert diagnosis["kind"] in KINDS
    line = f"{diagnosis['kind']}: {diagnosis['sentence']}. Next: {diagnosis['remedy']}."
    assert diagnosis["line"] == line
    assert diagnosis["evidence"]
    page = html.unescape(titanic_run.report.read_text(encoding="utf-8"))
    assert line in re.sub(r'<span class="option">(.*?)</span>', r"\1", page)


def test_ctrl_c_before_the_first_epoch_leaves_nothing(blobs, out):
    with pytest.raises(KeyboardInterrupt):
        train_table(blobs, "kind", out=out, observer=Interrupting(after=0))
    assert not out.parent.exists()


def test_wrong_input_leaves_nothing(blobs, out):
    with pytest.raises(InputError, match="network must be one of"):
        train_table(blobs, "kind", network="defualt", out=out)
    assert not out.parent.exists()


def test_hostile_names_and_values_reach_the_report_as_text(blobs, out):
    hostile = "<script>alert(1)</script>"
    frame = blobs.rename(columns={"x": hostile, "kind": "a/../b <b>"})
    frame["colour"] = hostile + frame["colour"]
    frame["a/../b <b>"] = "<img src=x>" + frame["a/../b <b>"]
    run = train_table(frame, "a/../b <b>", epochs=2, out=out)
    page = run.report.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page


def test_run_json_is_plain_json(titanic_run):
    def refuse(constant):
        raise AssertionError(constant)

    text = (titanic_run.path / "run.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse)["format"] == FORMAT


def test_settings_of_numpy_and_classes_of_any_type_are_written(blobs, out):
    blobs["kind"] = pd.cut(blobs["weight"], 3)
    numbers: dict[str, Any] = {"hidden": (np.int64(8),), "epochs": np.int64(2), "seed": np.int64(1)}
    run = train_table(blobs, "kind", drop="weight", out=out, **numbers)
    saved = pd.read_parquet(run.predictions)
    assert set(saved["true_kind"]) <= set(run.record.task["classes"])
    assert evaluate_table(run.path, blobs).rows == len(blobs)


def test_a_target_far_from_zero_is_learnt_and_scored_as_one_near_it(blobs, tmp_path):
    far = blobs.assign(weight=blobs["weight"] + 1.6e9)
    runs = [
        train_table(frame, "weight", drop="kind", epochs=3, out=tmp_path / name)
        for name, frame in [("near", blobs), ("far", far)]
    ]
    near_scores, far_scores = (run.record.scores for run in runs)
    for near, other in zip(near_scores, far_scores, strict=True):
        assert near.baselines.keys() == other.baselines.keys()
        pairs = [(near.network, other.network)]
        pairs += zip(near.baselines.values(), other.baselines.values(), strict=True)
        for a, b in pairs:
            assert astuple(b) == pytest.approx(astuple(a), rel=1e-2, nan_ok=True), near.name
    saved = pd.read_parquet(runs[1].predictions)
    again = predict_table(runs[1].path, far)["prediction"].iloc[saved["row"]]
    assert np.allclose(saved["prediction"], again, rtol=0, atol=0.1)
    assert (np.mod(saved["true_weight"], 1) > 0).any()
