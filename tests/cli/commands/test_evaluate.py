"""`epochal evaluate`: scores with their intervals."""

import re


def test_evaluate_shows_scores_with_intervals(epochal, run):
    code, shown, _ = epochal("evaluate", run, "titanic")
    assert code == 0
    assert "891 rows" in shown
    assert re.search(r"accuracy +\d\d\.\d% \(\d\d\.\d% to \d\d\.\d%\)", shown)
    assert "This is the training table: these scores are optimistic." in shown
