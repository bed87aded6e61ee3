"""Scores as a table in the terminal."""

from dataclasses import replace

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
    names, values, ends = capsys.readouterr().out.splitlines()
    assert names.split() == ["network", "mean"]
    assert values.split() == ["hit", "rate", text, "50.0%" if percent else "0.500"]
    assert ends.strip().startswith("(79.0% to" if percent else "(0.790 to")
    alone = replace(score, baselines={}, of="yes")
    console.output().print(score_table([alone]))
    assert f"hit rate of yes  {text} (" in capsys.readouterr().out


def test_a_table_of_all_models_fits_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setattr(console, "MAX_WIDTH", 100)
    names = ("most frequent class", "logistic regression", "gradient boosting")
    part = Interval(value=0.0667, low=0.0433, high=0.0934)
    score = Score(
        name="average precision",
        of="fraud",
        higher_is_better=True,
        percent=False,
        network=part,
        baselines=dict.fromkeys(names, part),
    )
    console.output().print(score_table([score]))
    assert len(capsys.readouterr().out.splitlines()) == 3
