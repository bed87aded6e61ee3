"""How new rows differ from those of a training, for the terminal."""

from rich.console import Console
from rich.table import Table

from epochal.cli import console
from epochal.drift.drift import Drift
from epochal.scoring.formatting import score_text
from epochal.translation import translate

_MOST_SHOWN = 10


def show_drift(drift: Drift, results: Console) -> None:
    """Print whether the run can be believed, and the columns that differ."""
    results.print(f"\n{drift.sentence}", soft_wrap=True)
    if drift.kind == "unknown":
        return
    if drift.unlike is not None:
        part = score_text(drift.unlike, percent=True)
        line = translate(
            "Rows unlike all those of the training: {part} (1% is to be expected).", part=part
        )
        results.print(line, soft_wrap=True)
    if drift.differing:
        results.print()
        results.print(drift_table(drift))


def drift_table(drift: Drift) -> Table:
    """The columns that differ, at most ten."""
    size = console.right(translate("difference, 0 to 1"))
    table = console.table(translate("column"), size, translate("what differs most"))
    for column in drift.differing[:_MOST_SHOWN]:
        table.add_row(column.name, score_text(column.size), column.words)
    return table
