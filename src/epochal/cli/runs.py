"""`epochal runs`: the runs in a folder, as a table."""

from pathlib import Path

from epochal.cli import screen
from epochal.report.ticks import score_text
from epochal.runs import RunFolder, list_runs


def command(folder: Path) -> None:
    """Print a line for each run in `folder`."""
    console = screen.output()
    found = list_runs(folder)
    if not found:
        console.print(f"There are no runs in {folder}.", soft_wrap=True)
        return
    table = screen.table("run", "target", "network", "score:", "", "95% interval", "made", "state")
    for run in found:
        table.add_row(*_row(run))
    console.print(table)


def _row(run: RunFolder) -> list[str]:
    record = run.record
    name, row = next(iter(record.scores.items()))
    value, low, high = (
        score_text(float("nan") if v is None else v, name == "accuracy") for v in row["network"]
    )
    return [
        run.path.name,
        ", ".join(record.task["target"]),
        record.settings["network"],
        value,
        name,
        f"{low} to {high}",
        record.created[:16].replace("T", " "),
        record.state,
    ]
