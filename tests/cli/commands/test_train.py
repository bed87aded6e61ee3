"""`epochal train`: the plan, the scores, the report, and what is not written."""

import re

import numpy as np
import pandas as pd
import pytest

from epochal.runs import read_run


def test_train_shows_the_plan_the_scores_and_the_report(epochal, tmp_path):
    out = tmp_path / "run"
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--epochs", 2, "--out", out)
    )
    assert code == 0
    assert "891 rows, 13 of 14 columns to predict survived (binary: 0, 1; positive: 1)" in shown
    assert "headline score: accuracy" in shown
    conclusion = read_run(out).conclusion
    said = " ".join(shown.split())
    assert (
        said.index(conclusion)
        < said.index("networks averaged, best epochs")
        < said.index("F1 of 1")
    )
    assert re.search(r"age +numeric +177 +88", shown)
    assert "DROPPED (target leakage): 'alive': each of its 2 values" in shown
    assert "--keep alive" in shown
    assert "26 test rows have the same features as an earlier row" in shown
    for words in (
        "accuracy",
        "AUC",
        "log loss",
        "F1",
        "most frequent class",
        "logistic regression",
    ):
        assert words in shown
    assert re.search(
        r"still improving: \d+ of \d+ networks were best in the last of 2 epochs", shown
    )
    assert re.search(
        r"\d+ of \d+ networks averaged, best epochs \d to 2, peak learning rate 0\.00\d+", shown
    )
    *_, important, _, report = shown.rstrip().splitlines()
    importances = read_run(out).importances
    assert importances is not None
    assert important == importances.sentence
    assert report == f"report: {out / 'report.html'}"
    assert (out / "report.html").is_file()


def test_train_says_when_the_report_failed_and_when_the_name_was_taken(
    epochal, tmp_path, monkeypatch, caplog
):
    def fail(content):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mine").touch()
        raise ValueError

    monkeypatch.setattr("epochal.runs.train.render", fail)
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--epochs", 1, "--out", tmp_path / "run")
    )
    assert code == 0
    assert "The report could not be written (ValueError): the run was saved" in caplog.text
    assert f"run: {tmp_path / 'run-2'}" in shown
    assert f"({tmp_path / 'run'} was created by another process; saved as" in shown
    assert epochal("predict", tmp_path / "run-2", "titanic")[0] == 0


def test_a_dry_run_writes_nothing(epochal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--hidden", "20,10", "--dry-run")
    )
    assert code == 0
    assert "2 hidden layers of 20, 10 units" in shown
    assert "Dry run: nothing was trained or written." in shown
    assert list(tmp_path.iterdir()) == []


def test_a_distribution_is_planned_and_predicted(epochal, tmp_path):
    random = np.random.default_rng(0)
    x = random.uniform(-1, 1, 120)
    table, out = tmp_path / "t.csv", tmp_path / "run"
    pd.DataFrame({"x": x, "y": random.poisson(np.exp(1 + x))}).to_csv(table, index=False)
    options = "--distribution poisson --members 1 --epochs 2 --hidden 4"
    code, shown, errors = epochal("train", table, "--target", "y", "--out", out, *options.split())
    assert code == 0, errors
    said = "Of each row a Poisson distribution is predicted; the prediction is its mean."
    assert " ".join(shown.split()).count(said) == 2  # of the plan, and of the network
    assert "log score" in shown
    assert "--distribution poisson" in read_run(out).record.command
    code, shown, errors = epochal("predict", out, table, "--coverage", 0.9)
    assert code == 0, errors
    assert shown.startswith("row,prediction,standard_deviation,low,high,warnings\n")
    code, _, errors = epochal("predict", out, table, "--coverage", 0.9, "--by-group")
    assert code == 2
    assert errors.startswith("Error: --by-group must be left out for a run that predicts ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--distribution poison", "--distribution must be one of gaussian, "),
        ("--distribution poisson", "must be counts, whole numbers of at least 0, for the "),
        ("--distribution gaussian --task binary", "--distribution must be left out for the task "),
        ("--distribution gaussian --target word", "--distribution must be left out for the task "),
    ],
)
def test_a_distribution_that_the_target_has_not_is_refused(epochal, tmp_path, options, message):
    table = tmp_path / "t.csv"
    x = np.arange(30.0)
    pd.DataFrame({"x": x, "y": x + 0.5, "word": ["a", "b", "c"] * 10}).to_csv(table, index=False)
    target = () if "--target" in options else ("--target", "y")
    if "binary" in options:
        target = ("--target", "half")
        pd.DataFrame({"x": x, "half": x > 15}).to_csv(table, index=False)
    code, _, errors = epochal("train", table, *target, *options.split(), "--dry-run")
    assert code == 2
    assert message in errors
    assert len(errors.splitlines()) == 1


def test_several_targets_are_labels(epochal, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "a": (x + rng.normal(size=200) > 0).astype(int)})
    frame["b"] = (rng.random(200) > 0.5).astype(int)
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, shown, _ = epochal("train", tmp_path / "t.csv", "--target", "a,b", "--dry-run")
    assert code == 0
    assert "to predict a, b (multilabel)" in shown


@pytest.mark.parametrize(
    ("name", "shown_words"),
    [
        ("sparse", ["L1 0.0001", "Once trained, prune with epochal.Pruning"]),
        ("low-latency", ["1 hidden layer of 64", "fold with epochal.fold_batch_normalization"]),
        ("risk-aware", ["dropout 0.2", "predict with epochal.predict_monte_carlo"]),
    ],
)
def test_every_guideline_is_offered(epochal, name, shown_words):
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--network", name, "--dry-run")
    )
    assert code == 0
    shown = " ".join(shown.split())
    assert f"The {name} network" in shown
    for words in shown_words:
        assert words in shown


def test_options_reach_the_network(epochal, tmp_path):
    code, shown, errors = epochal(
        *("train", "wine", "--target", "cultivar", "--network", "self-normalizing"),
        *("--drop", "ash", "--kind", "proline=numeric", "--batch-size", 16, "--epochs", 2),
        *("--seed", 5, "--test-size", 0.3, "--out", tmp_path / "run"),
    )
    assert code == 0, errors
    assert "SELU, lecun_normal" in shown
    assert "batch size 16, at most 2 epochs" in shown
    assert re.search(r"ash +dropped", shown)


def test_names_from_the_data_are_never_read_as_markup(epochal, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"[bold]x[/bold]": rng.normal(size=60), "[red]y": rng.integers(0, 2, 60)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, shown, _ = epochal("train", tmp_path / "t.csv", "--target", "[red]y", "--dry-run")
    assert code == 0
    assert "[bold]x[/bold]" in shown
    assert "[red]y" in shown


def test_a_learning_curve_is_said_in_one_sentence(epochal, tmp_path):
    out = tmp_path / "run"
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--quick", "--epochs", 2, "--hidden", 4),
        *("--learning-curve", "--out", out),
    )
    assert code == 0
    curve = read_run(out).record.learning_curve
    assert curve is not None
    assert curve.sentence in shown.splitlines()


@pytest.mark.slow
def test_what_is_tried_is_announced_and_shown(epochal, tmp_path):
    """Every option reaches the settings; the table and what follows stand before the report."""
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 2))
    fraud = x[:, 0] + random.normal(0, 1, 200) > 2
    table, out = tmp_path / "t.csv", tmp_path / "run"
    pd.DataFrame(x, columns=["a", "b"]).assign(y=np.where(fraud, "fraud", "ok")).to_csv(
        table, index=False
    )
    options = "--hidden 4 --members 1 --epochs 2 --learning-rate 0.01 --dropout 0.1 --l2 0.001"
    options += " --weight-decay 0.02 --patience 3 --validation-size 0.2 --class-weight auto"
    code, shown, errors = epochal(
        *("train", table, "--target", "y", "--try-remedies", "--out", out, *options.split())
    )
    assert code == 0, errors
    assert f"{options} --try-remedies --seed 0" in read_run(out).record.command
    said = " ".join(shown.split())
    assert (
        "note: tried on folds of the training rows, with and without class weights before it: 6 "
        "trainings, and each remedy that the diagnosis advises after it: 3 trainings each" in said
    )
    weights, remedies = read_run(out).record.remedies
    for trials in (weights, remedies):
        assert " ".join(trials.conclusion.split()) in said
        assert f"({trials.aside})" in said
    assert re.search(r"class weights +--class-weight balanced +0\.\d+ +−?0\.\d+ \(", shown)
    assert re.search(r"more epochs +--epochs 4", shown)
    assert said.index("Class weights:") < said.index("Remedies:") < said.index("report: ")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--dropout", 1), "Error: --dropout must be a number of at least 0 and below 1, got 1.0"),
        (("--l2", -1), "Error: --l2 must be a finite number of at least 0, got -1.0: give e.g."),
        (
            ("--class-weight", "x"),
            "Error: --class-weight must be 'balanced' or 'auto', or left out, got 'x': give 'auto'",
        ),
        (
            ("--try-remedies", "--time", "1m"),
            "Error: --time must not be given with --try-remedies, whose trainings come on top of",
        ),
        (
            ("--validation-size", 0.2),
            "Error: --validation-size must be left out where several networks are trained",
        ),
    ],
)
def test_options_of_the_training_are_refused_in_one_sentence(epochal, option, message):
    code, _, said = epochal("train", "titanic", "--target", "survived", *option)
    assert code == 2
    assert said.startswith(message)
    assert len(said.strip().splitlines()) == 1
