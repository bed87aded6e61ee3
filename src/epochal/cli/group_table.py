"""Scores by group as a table for the terminal."""

from rich.table import Table

from epochal.cli import console
from epochal.explanation.by_group import FEWEST_ROWS, ScoresByGroup
from epochal.explanation.group_names import group_title
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.scores import Score
from epochal.translation import translate

_MOST_SCORES = 3
"""Scores beside one another that a line holds; `--json` has all."""


def group_table(found: ScoresByGroup) -> Table:
    """A row for each group, with its first scores."""
    scores = found.groups[0].scores[:_MOST_SCORES] if found.groups else ()
    rows = console.right(translate("rows"))
    made = console.table(found.column, rows, *(score.title for score in scores))
    for group in found.groups:
        cells = [_cell(score) for score in group.scores[:_MOST_SCORES]]
        made.add_row(group.title, f"{group.rows:,}", *cells)
    return made


def _cell(score: Score) -> str:
    found = score.network
    ends = interval_text(found.low, found.high, score.percent)
    value = score_text(found.value, score.percent)
    return f"{value} ({ends})" if ends else value


def too_small(found: ScoresByGroup) -> str:
    """Which groups are not scored."""
    named = [f"{group_title(value)} ({rows})" for value, rows in found.too_small.items()]
    return translate(
        "too few rows to be scored (under {fewest}): {groups}",
        fewest=FEWEST_ROWS,
        groups=", ".join(named),
    )
