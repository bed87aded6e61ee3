"""A day of an analyst at the command line: patients, a warning, a run, new patients."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from epochal.cli.main import app

VISITS = 8


class Analyst:
    """Types commands in a folder of their own."""

    def types(self, line: str) -> str:
        """What a command prints; it must work, and say nothing of errors."""
        result = CliRunner().invoke(app, line.split()[1:])
        assert (result.exit_code, result.stderr) == (0, ""), result.stderr
        return result.stdout

    def is_told(self, line: str) -> str:
        """Why a command is refused: one sentence, and nothing was written."""
        before = sorted(Path().rglob("*"))
        result = CliRunner().invoke(app, line.split()[1:])
        assert (result.exit_code, result.stdout) == (2, "")
        assert sorted(Path().rglob("*")) == before
        assert result.stderr.startswith("Error: ")
        assert result.stderr.count("\n") == 1
        return result.stderr.removeprefix("Error: ").strip()


def visits(first: int, patients: int) -> pd.DataFrame:
    """Rows of patients who differ; what they have can in part be told from `a`."""
    random = np.random.default_rng(first)
    number = np.repeat(np.arange(patients), VISITS)
    own = random.normal(size=(patients, 8))
    ill = own[:, 0] + random.normal(size=patients) > 0
    frame = pd.DataFrame(own[number], columns=list("abcdefgh"))
    frame += 0.3 * random.normal(size=frame.shape)
    frame.insert(0, "patient", first + number)
    return frame.assign(outcome=np.where(ill, "ill", "well")[number])


def accuracy(scores: list[dict]) -> float:
    return next(one["network"]["value"] for one in scores if one["name"] == "accuracy")


@pytest.mark.slow
def test_patients_from_a_first_look_to_predictions(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    visits(1000, 120).to_csv("visits.csv", index=False)
    new = visits(5000, 60)
    new.to_csv("new.csv", index=False)
    analyst = Analyst()

    # A first look, with two slips.
    told = analyst.is_told("epochal train visit.csv --target outcome --dry-run")
    assert "Did you mean 'visits.csv'?" in told
    told = analyst.is_told("epochal train visits.csv --target outcom --dry-run")
    assert told.startswith("--target must name a column of the table, got 'outcom'.")
    assert told.endswith("Did you mean 'outcome'?")
    shown = analyst.types("epochal train visits.csv --target outcome --dry-run")
    assert "THE SCORES WILL FLATTER: rows of equal 'patient' are alike" in shown
    assert "add --group patient" in " ".join(shown.split())
    found = re.search(r"([\d.]+)% on rows drawn at\s+random", shown)
    assert found is not None
    at_random = float(found[1]) / 100
    assert list(Path().glob("runs*")) == []

    # The advice is taken, and two more slips.
    train = "epochal train visits.csv --target outcome --group"
    told = analyst.is_told(f"{train} patients")
    assert told.startswith("--group must name a column of the table, got 'patients'.")
    told = analyst.is_told(f"{train} patient --batch-size 0")
    assert told.startswith("--batch-size must be a whole number of at least 1, got 0")
    shown = analyst.types(f"{train} patient --quick --epochs 5 --hidden 8 --out runs/visits")
    assert "FLATTER" not in shown
    assert shown.rstrip().endswith("report: runs/visits/report.html")
    record = json.loads(Path("runs/visits/run.json").read_text())
    assert record["split_warnings"] == []

    # New patients: the score that was promised nearly holds, the one of rows at random would not.
    told = analyst.is_told("epochal evaluate runs/visit new.csv")
    assert told.startswith("The run must be an existing folder, got 'runs/visit'")
    scored = json.loads(analyst.types("epochal evaluate runs/visits new.csv --json"))
    assert scored["rows"] == len(new)
    assert not scored["on_training_table"]
    promised, reached = accuracy(record["scores"]), accuracy(scored["scores"])
    assert abs(promised - reached) < at_random - max(promised, reached)

    # Predictions, once the way is right.
    predict = "epochal predict runs/visits new.csv -o"
    assert analyst.is_told(f"{predict} p.xls").startswith("--output must end in .csv")
    analyst.types(f"{predict} p.csv --quiet")
    assert analyst.is_told(f"{predict} p.csv").endswith("add --force to overwrite it.")
    with Path("p.csv").open() as file:
        predicted = [row["prediction"] for row in csv.DictReader(file)]
    right = np.mean(np.array(predicted) == new["outcome"])
    assert right == pytest.approx(reached)

    # What there is.
    (listed,) = json.loads(analyst.types("epochal runs --json"))["runs"]
    assert listed["run"] == "runs/visits"
    assert listed["command"].startswith("epochal train visits.csv --target outcome")
    assert "visits" in analyst.types("epochal runs")
