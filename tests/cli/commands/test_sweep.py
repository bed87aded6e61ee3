"""`epochal sweep`, and `epochal train --tune`, on a small table."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from epochal.cli.main import app
from epochal.cli.space import parse_space
from epochal.errors import InputError
from epochal.models.recipes import DISTRIBUTION_SCORE
from epochal.runs import tuning
from epochal.runs.sweeping import Search

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.standard_normal((120, 3)), columns=["a", "b", "c"])
    frame["y"] = np.where(frame["a"] + 0.3 * random.standard_normal(120) > 0, "yes", "no")
    path = tmp_path_factory.mktemp("data") / "small.csv"
    frame.to_csv(path, index=False)
    return path


def invoke(*words: object) -> Any:
    return RUNNER.invoke(app, list(map(str, words)))


@pytest.mark.slow
def test_settings_are_tried_and_the_same_command_goes_on(table: Path, tmp_path: Path) -> None:
    words = [
        *("sweep", table, "--target", "y", "--network", "default", "--epochs", 2),
        *("--param", "learning_rate=1e-3..1e-1:log", "--param", "dropout=0,0.2"),
        *("--seeds", 2, "--out", tmp_path / "found", "--trials"),
    ]
    first = invoke(*words, 3)
    assert first.exit_code == 0, first.output
    folder = tmp_path / "found"
    assert {path.name for path in folder.iterdir()} >= {"sweep.db", "settings.csv", "slice.svg"}
    settings = pd.read_csv(folder / "settings.csv")
    assert len(settings) == 3
    assert settings["verdict"][0] == "best"
    assert "settings with 2 fits each" in " ".join(first.output.split())
    best = float(settings["learning_rate"].iloc[0])
    again = f"epochal train {table} --target y --network default --epochs 2 --learning-rate {best}"
    assert again in first.output, "all that is given for the sweep goes on"
    page = unescape((folder / "report.html").read_text())
    assert "has the best val_binary_crossentropy" in page
    assert f'<th scope="row">{settings["trial"][0]}</th>' in page
    assert f"--learning-rate {best}" in page
    assert page.count("data:image/svg+xml;base64,") == 3
    assert float(f"{best:.3g}") == best, "what is read can be typed"

    more = invoke(*words, 4, "--json")
    document = json.loads(more.stdout)
    assert document["tried"] == 4
    assert {setting["number"] for setting in document["settings"]} >= set(settings["trial"])

    other = invoke(*words[:-7], "--param", "l2=0,0.1", *words[-7:], 5)
    assert other.exit_code == 2
    assert "Error: --storage must hold a sweep of this space" in other.output
    assert "give another name (--name)" in other.output


@pytest.mark.slow
def test_settings_are_judged_by_the_likelihood_of_a_distribution(
    table: Path, tmp_path: Path
) -> None:
    words = [
        *("sweep", table, "--target", "a", "--drop", "y", "--distribution"),
        *("--epochs", 2, "--param", "dropout=0,0.2", "--seeds", 2, "--trials", 2),
        *("--out", tmp_path / "found"),
    ]
    place = words.index("--distribution") + 1
    done = invoke(*words[:place], "gaussian", *words[place:])
    assert done.exit_code == 0, done.output
    assert "Of each row a normal distribution is predicted" in done.output
    assert "--distribution gaussian" in done.output.partition("to train with the best:")[2]
    settings = pd.read_csv(tmp_path / "found" / "settings.csv")
    assert f"val_{DISTRIBUTION_SCORE}" in settings.columns
    assert np.isfinite(settings[f"val_{DISTRIBUTION_SCORE}"]).all()

    other = invoke(*words[:place], "student-t", *words[place:])
    assert other.exit_code == 2
    said = " ".join(other.output.split())
    assert "--storage must hold a sweep of the same network, got '--network tabular" in said
    assert "--distribution gaussian' under the name" in said


@pytest.mark.slow
def test_tuning_says_what_was_tried_and_leaves_the_test_rows_alone(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So many settings in place of a time, in which a busy machine may try none.
    monkeypatch.setattr(tuning, "Search", lambda **given: Search(**{**given, "trials": 3}))
    words = [
        *("train", table, "--target", "y", "--network", "default", "--epochs", 2),
        *("--dropout", 0, "--tune", "10m", "--json", "--out"),
    ]
    tuned = json.loads(invoke(*words, tmp_path / "tuned").stdout)
    (tried,) = [trials for trials in tuned["remedies"] if trials["why"] == "tuning"]
    assert tried["folds"] == 3
    assert "of 3 settings" in tried["conclusion"].lower()
    settings = [trial["what"] for trial in tried["trials"][1:]]
    assert len(settings) == 2
    assert all("learning_rate=" in what and "dropout=" not in what for what in settings)
    assert "--tune 10m" in tuned["command"]
    report = (tmp_path / "tuned" / "report.html").read_text()
    assert 'id="tuning"' in report
    plain = json.loads(invoke(*words[:-4], "--json", "--out", tmp_path / "plain").stdout)
    assert tuned["rows"] == plain["rows"]
    parts = [
        pd.read_parquet(tmp_path / name / "predictions.parquet") for name in ("tuned", "plain")
    ]
    assert parts[0].index.equals(parts[1].index), "the same rows are tested"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--param", "rate=1,2"], "--param must hold some of learning_rate, .*, got 'rate'"),
        (["--param", "dropout=0,2"], "dropout must be a number of at least 0 and below 1, got 2"),
        (["--param", "dropout=0,0.1", "--trials", 0], "--trials must be a whole number of at"),
        (["--param", "dropout=0,0.1", "--seeds", 0], "--seeds must be a whole number of at least"),
        (["--param", "dropout=0,0.1", "--time", "0.001s"], "--time must be enough for one setting"),
        (
            ["--param", "dropout=0,0.1", "--distribution", "gauss"],
            "--distribution must be one of .*, got 'gauss'. Did you mean 'gaussian'",
        ),
        (
            ["--param", "dropout=0,0.1", "--distribution", "gaussian"],
            "--distribution must be left out for the task 'binary', got 'gaussian'",
        ),
    ],
)
def test_what_is_refused(table: Path, tmp_path: Path, words: list[Any], message: str) -> None:
    result = invoke("sweep", table, "--target", "y", "--out", tmp_path / "x", *words)
    assert result.exit_code == 2
    assert re.search(message, result.output), result.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tune", "1ms"], "--tune must be seconds above 0, or a text with a unit, got '1ms'"),
        (["--tune", "10m", "--cv", "5"], "--tune must not be given with cv"),
        (["--tune", "10m", "--class-weight", "auto"], "--tune must not be given with"),
        (["--tune", "0.001s"], "--tune must be enough for one setting of 3 fits"),
    ],
)
def test_what_tuning_is_refused(
    table: Path, tmp_path: Path, words: list[Any], message: str
) -> None:
    result = invoke("train", table, "--target", "y", "--out", tmp_path / "x", *words)
    assert result.exit_code == 2
    assert message in result.output
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dropout", "--param must be a setting and values, got 'dropout': write learning_rate="),
        ("dropout=a", "--param must have finite numbers for its values, got 'dropout=a'"),
        ("dropout=0..1:ln", "must have finite numbers for its values, got 'dropout=0..1:ln'"),
        ("dropout=0..nan", "must have finite numbers for its values, got 'dropout=0..nan'"),
        (
            "learning_rate=0.1..1e-3:log",
            "lower bound first, got 'learning_rate=0.1..1e-3:log': write "
            r"learning_rate=1e-3\.\.0\.1:log, or learning_rate=0.1 for one value",
        ),
        (
            "dropout=0..0.1:log",
            "begin above 0 on a logarithmic scale, got 'dropout=0..0.1:log': write "
            "dropout=0.0001..0.1:log, say, or leave :log out",
        ),
        ("hidden=64xa", "--param must have layers such as 64x64, got 'hidden=64xa'"),
    ],
)
def test_what_a_space_must_be(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_space([text])


def test_a_setting_is_named_once() -> None:
    with pytest.raises(InputError, match="name a setting once, got 'l2' twice"):
        parse_space(["l2=0,1", "l2=2,3"])
