"""Scores as a table for the terminal. Not in `console`: `--help` imports that, without NumPy."""

from collections.abc import Sequence

from rich.table import Table

from epochal.cli import console
from epochal.scoring import Interval, Score
from epochal.scoring.formatting import interval_text, score_text


def score_table(scores: Sequence[Score]) -> Table:
    """A row for each score, a column each for the network and the baselines."""
    made = console.table("", "network", *scores[0].baselines)
    for score in scores:
        cells = (score.network, *score.baselines.values())
        made.add_row(score.name, *(_cell(cell, score.percent) for cell in cells))
    return made


def _cell(score: Interval, percent: bool) -> str:
    value = score_text(score.value, percent)
    ends = interval_text(score.low, score.high, percent)
    return f"{value} ({ends})" if ends else value
