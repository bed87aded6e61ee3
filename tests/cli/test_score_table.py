"""Scores as a table in the terminal."""

import pytest

from epochal.cli import console
from epochal.cli.score_table import score_table
from epochal.scoring import Interval, Score


@pytest.mark.parametrize(("percent", "text"), [(True, "82.0%"), (False, "0.820")])
def test_the_score_says_whether_it_is_a_percentage_whatever_its_name(capsys, percent, text):
    score = Score(
        name="hit rate",
        higher_is_better=True,
        percent=percent,
        network=Interval(value=0.82, low=0.79, high=0.85),
        baselines={"mean": Interval(value=0.5, low=float("nan"), high=float("nan"))},
    )
    console.output().print(score_table([score]))
    shown = capsys.readouterr().out
    assert f"hit rate  {text} (" in shown
    assert ("50.0%" if percent else "0.500") in shown
