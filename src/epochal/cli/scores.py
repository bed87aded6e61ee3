"""Scores as a table for the terminal."""

from collections.abc import Mapping, Sequence

import numpy as np
from rich.table import Table

from epochal.cli import console
from epochal.scoring.formatting import interval_text, score_text

PERCENT = {"accuracy"}


def score_table(
    scores: Mapping[str, Mapping[str, Sequence[float | None]]], columns: Sequence[str]
) -> Table:
    """A row a score, a column each for the network and the baselines."""
    table = console.table("", *columns)
    for name, row in scores.items():
        table.add_row(name, *(_cell(row[column], name in PERCENT) for column in columns))
    return table


def _cell(score: Sequence[float | None], percent: bool) -> str:
    value, low, high = (np.nan if number is None else number for number in score)
    ends = interval_text(low, high, percent)
    return f"{score_text(value, percent)} ({ends})" if ends else score_text(value, percent)
