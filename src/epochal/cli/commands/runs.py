"""`epochal runs`: the runs in a folder, as a table."""

from pathlib import Path

from rich.table import Table

from epochal.cli import console
from epochal.cli.documents import print_document, runs_document
from epochal.runs import RunFolder, list_runs
from epochal.runs.storage.folder import damaged_runs
from epochal.runs.storage.workspace import Workspace, remove_unfinished, unfinished_runs
from epochal.scoring.formatting import interval_text, score_text
from epochal.translation import translate


def command(folder: Path, *, clean: bool = False, as_json: bool = False) -> None:
    """Print a line for each run in `folder`; with `clean` remove what killed ones have left."""
    output = console.output()
    found, damaged = list_runs(folder), damaged_runs(folder)
    removed = remove_unfinished(folder) if clean else []
    unfinished = unfinished_runs(folder)
    if as_json:
        print_document(runs_document(found, damaged, unfinished, removed))
        return
    if found or damaged:
        output.print(_table(found, damaged))
    elif not unfinished and not removed:
        output.print(translate("No runs in {folder}.", folder=folder), soft_wrap=True)
    for each in removed:
        output.print(translate("removed: {folder}", folder=each.path), soft_wrap=True)
    for each in unfinished:
        output.print(_unfinished_words(each), soft_wrap=True)
    if not all(each.in_use for each in unfinished):
        output.print(translate("To remove what is unfinished: epochal runs --clean"))


def _unfinished_words(each: Workspace) -> str:
    if each.in_use:
        return translate("under way: {folder}", folder=each.path)
    return translate(
        "unfinished: {folder} (networks kept: {count}). To go on: {command}",
        folder=each.path,
        count=each.kept,
        command=each.command or "epochal train ...",
    )


def _table(found: list[RunFolder], damaged: list[Path]) -> Table:
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
    return table


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
