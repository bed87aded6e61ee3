"""What is left on the terminal with --quiet, and the one document that --json prints."""

import json

import pytest

from epochal.runs import read_run

TRAIN = ("train", "wine", "--target", "cultivar", "--quick", "--epochs", 1, "--hidden", 4)


def test_train_prints_the_path_of_the_run_alone(epochal, tmp_path):
    out = tmp_path / "run"
    assert epochal(*TRAIN, "--out", out, "--quiet") == (0, f"{out}\n", "")
    assert read_run(out).record.state == "complete"


def test_train_prints_the_record(epochal, tmp_path):
    out = tmp_path / "run"
    code, shown, said = epochal(*TRAIN, "--out", out, "--json")
    assert (code, said) == (0, "")
    document = json.loads(shown)
    assert document.pop("run") == str(out)
    assert document.pop("report") == str(out / "report.html")
    assert document == json.loads((out / "run.json").read_text())


def test_a_dry_run_prints_the_plan(epochal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, shown, said = epochal("train", "titanic", "--target", "survived", "--dry-run", "--json")
    assert (code, said) == (0, "")
    plan = json.loads(shown)
    assert plan["state"] == "planned"
    assert [leak["name"] for leak in plan["leaks"]] == ["alive"]
    assert sum(plan["rows"].values()) == 891
    assert epochal("train", "titanic", "--target", "survived", "--dry-run", "--quiet") == (
        0,
        "",
        "",
    )


def test_evaluate(epochal, run):
    code, shown, said = epochal("evaluate", run, "titanic", "--json")
    assert (code, said) == (0, "")
    document = json.loads(shown)
    assert (document["run"], document["data"]) == (str(run), "titanic")
    assert (document["rows"], document["on_training_table"]) == (891, True)
    accuracy = next(one for one in document["scores"] if one["name"] == "accuracy")["network"]
    assert 0 < accuracy["low"] <= accuracy["value"] <= accuracy["high"] < 1
    code, shown, said = epochal("evaluate", run, "titanic", "--quiet")
    assert (code, said) == (0, "")
    assert shown.split()[0] == "network"
    assert f"{100 * accuracy['value']:.1f}%" in shown
    assert "optimistic" not in shown


def test_predict(epochal, run, tmp_path):
    out = tmp_path / "p.csv"
    assert epochal("predict", run, "titanic", "-o", out, "--quiet") == (0, "", "")
    assert len(out.read_text().splitlines()) == 892


def test_runs(epochal, run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert json.loads(epochal("runs", tmp_path / "empty", "--json")[1]) == {
        "runs": [],
        "damaged": [],
        "unfinished": [],
        "removed": [],
    }
    (tmp_path / "one").symlink_to(run)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "run.json").write_text("{")
    document = json.loads(epochal("runs", tmp_path, "--json")[1])
    assert document["damaged"] == [str(tmp_path / "two")]
    (found,) = document["runs"]
    assert found["run"] == str(tmp_path / "one")
    assert found["task"]["target"] == ["survived"]


@pytest.mark.parametrize("option", ["--json", "--quiet"])
def test_errors_are_sentences_all_the_same(epochal, option):
    code, shown, said = epochal("train", "titanic", "--target", "survive", option)
    assert (code, shown) == (2, "")
    assert said.startswith("Error: --target must name a column of the table, got 'survive'.")
    assert said.count("\n") == 1
