"""`epochal runs`: the runs in a folder, as a table."""

from pathlib import Path

from epochal.cli import console
from epochal.cli.documents import print_document, runs_document
from epochal.runs import RunFolder, list_runs
from epochal.runs.storage.folder import damaged_runs
from epochal.scoring.formatting import interval_text, score_text
from epochal.translation import translate


def command(folder: Path, *, as_json: bool = False) -> None:
    """Print a line for each run in `folder`."""
    output = console.output()
    found, damaged = list_runs(folder), damaged_runs(folder)
    if as_json:
        print_document(runs_document(found, damaged))
        return
    if not found and not damaged:
        output.print(translate("No runs in {folder}.", folder=folder), soft_wrap=True)
        return
    table = console.table(
        translate("run"),
        translate("target"),
        translate("network"),
        console.right(translate("score")),
        console.right(translate("95% interval")),
        console.right(translate("created")),
        translate("state"),
    )
    for run in found:
        table.add_row(*_row(run))
    for path in damaged:
        table.add_row(path.name, *[""] * 5, translate("damaged"))
    output.print(table)


def _row(run: RunFolder) -> list[str]:
    record = run.record
    headline = record.scores[0]
    found = headline.network
    return [
        run.path.name,
        ", ".join(record.task["target"]),
        record.settings["network"],
        f"{score_text(found.value, headline.percent)} {headline.title}",
        interval_text(found.low, found.high, headline.percent),
        record.created[:10],
        translate(record.state),
    ]
