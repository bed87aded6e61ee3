"""`epochal evaluate`: scores with their intervals."""

import json
import re

from epochal.data import read_table


def test_evaluate_shows_scores_with_intervals(epochal, run):
    code, shown, _ = epochal("evaluate", run, "titanic")
    assert code == 0
    assert "891 rows" in shown
    assert re.search(r"accuracy +\d\d\.\d% \(\d\d\.\d% to \d\d\.\d%\)", shown)
    assert "This is the training table: these scores are optimistic." in shown


def test_scores_by_group_stand_below(epochal, run, tmp_path):
    code, shown, _ = epochal("evaluate", run, "titanic", "--by", "parch")
    assert code == 0
    groups = shown.partition("parch")[2]
    assert re.search(r"^0 +678 +\d\d\.\d% \(\d\d\.\d% to \d\d\.\d%\)", groups, re.MULTILINE)
    assert "too few rows to be scored (under 20): 3 (5), 4 (4), 5 (5), 6 (1)" in groups
    code, shown, _ = epochal("evaluate", run, "titanic", "--by", "parch", "--json")
    by = json.loads(shown)["by"]
    assert [(one["value"], one["rows"]) for one in by["groups"]] == [
        ("0", 678),
        ("1", 118),
        ("2", 80),
    ]
    assert by["too_small"] == {"3": 5, "4": 4, "5": 5, "6": 1}


def test_a_column_that_is_not_there_is_refused(epochal, run):
    code, shown, said = epochal("evaluate", run, "titanic", "--by", "sexx")
    assert (code, shown) == (2, "")
    assert said == (
        "Error: --by must name a column of the table, got 'sexx'. Did you mean 'sex'?\n"
    )


def test_drift_is_said_below(epochal, run, tmp_path):
    table = read_table("titanic")
    women = tmp_path / "women.csv"
    table[table["sex"] == "female"].drop(columns="survived").to_csv(women, index=False)
    code, shown, _ = epochal("evaluate", run, women)
    assert code == 0
    assert "314 rows without a target, which are not scored" in shown
    assert "do not believe the run's scores and intervals for them" in shown
    assert re.search(r"^sex +0\.\d+ +'\w+': ", shown, re.MULTILINE)
    assert "Rows unlike all those of the training: " in shown
    code, shown, _ = epochal("evaluate", run, women, "--json")
    drift = json.loads(shown)["drift"]
    assert drift["kind"] == "strong"
    assert drift["columns"][0]["differs"]
    assert drift["told_apart"]["low"] > 0.65


def test_rows_alike_can_be_believed(epochal, run):
    code, shown, _ = epochal("evaluate", run, "titanic")
    assert code == 0
    assert "the run's scores and intervals can be believed for them" in shown
