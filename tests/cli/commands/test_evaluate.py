"""`epochal evaluate`: scores with their intervals."""

import json
import re


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
