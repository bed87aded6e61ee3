"""Scores as a table for the terminal. Not in `console`: `--help` imports that, without NumPy."""

from collections.abc import Sequence

from rich.table import Table

from epochal.cli import console
from epochal.scoring import Score
from epochal.scoring.table import score_headings, score_rows

_LABEL = 18
"""Characters of a line of a score's name: with more, the numbers beside it are broken."""


def score_table(scores: Sequence[Score]) -> Table:
    """A row for each score, a column each for the network and the baselines."""
    made = console.table(*score_headings(scores))
    made.columns[0].max_width = _LABEL
    # Of several models an interval stands below its score: a line would not hold them all.
    for row in score_rows(scores, between="\n" if scores[0].baselines else " "):
        made.add_row(*row)
    return made
