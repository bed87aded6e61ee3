"""Scores as a table for the terminal. Not in `console`: `--help` imports that, without NumPy."""

from collections.abc import Sequence

from rich.table import Table

from epochal.cli import console
from epochal.scoring import Interval, Score
from epochal.scoring.formatting import interval_text, score_text

_LABEL = 18
"""Characters of a line of a score's name: with more, the numbers beside it are broken."""


def score_table(scores: Sequence[Score]) -> Table:
    """A row for each score, a column each for the network and the baselines."""
    made = console.table("", "network", *scores[0].baselines)
    made.columns[0].max_width = _LABEL
    for score in scores:
        cells = (score.network, *score.baselines.values())
        between = "\n" if score.baselines else " "
        made.add_row(score.label, *(_cell(cell, score.percent, between) for cell in cells))
    return made


def _cell(score: Interval, percent: bool, between: str) -> str:
    """A score with its interval; of several models below it, as a line would not hold them all."""
    value = score_text(score.value, percent)
    ends = interval_text(score.low, score.high, percent)
    return f"{value}{between}({ends})" if ends else value
