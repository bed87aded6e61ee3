"""Scores as a table for the terminal. Not in `console`: `--help` imports that, without NumPy."""

from collections.abc import Sequence

from rich.table import Table

from epochal.cli import console
from epochal.scoring import Score
from epochal.scoring.table import score_headings, score_rows


def score_table(scores: Sequence[Score]) -> Table:
    """A row for each score, a column each for the network and the baselines."""
    made = console.table(*score_headings(scores))
    for row in score_rows(scores):
        made.add_row(*row)
    return made
