"""`epochal lab`: the experiments of the source documents, run and shown."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from epochal.cli import console
from epochal.cli.arguments import INTERRUPTED


def show_list() -> None:
    """Print a line for each experiment."""
    lab = console.load("epochal.lab", console.progress())
    table = console.table("experiment", "about", "quoted")
    for experiment in lab.ALL_EXPERIMENTS:
        quoted = ", ".join(
            lab.format_quoted(value, experiment.percent) for value in experiment.quoted.values()
        )
        table.add_row(experiment.name, experiment.title, quoted)
    console.output().print(table)


def run(names: Sequence[str], scale: str, out: Path | None) -> None:
    """Run what is not yet kept of the experiments, of all where none is named."""
    meanwhile = console.progress()
    lab = console.load("epochal.lab", meanwhile)
    chosen = [lab.experiment_named(name) for name in dict.fromkeys(names)] or lab.ALL_EXPERIMENTS
    results = _results(lab, scale, out)
    results.check_writable()
    missing = list(results.missing(chosen))
    kept = sum(len(experiment.seeds) for experiment in chosen) - len(missing)
    if kept:
        meanwhile.print(
            f"{kept} results are kept in {results.folder} and not run again.", soft_wrap=True
        )
    watcher = _Lines(meanwhile, len(missing))
    try:
        for experiment, seed in missing:
            if not results.has(experiment, seed):  # another process may have run it meanwhile
                results.run(experiment, seed, watcher)
    except KeyboardInterrupt:
        meanwhile.print(
            "Interrupted: finished seeds are kept; the same command goes on from there.",
            soft_wrap=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    _print_rows(lab, [row for one in chosen for row in lab.table_rows(one, results.of(one))])


def table(scale: str | None, out: Path | None, write: Path | None) -> None:
    """Print quoted figures beside ours; write the page where one is named."""
    lab = console.load("epochal.lab", console.progress())
    results = _results(lab, scale, out)
    _print_rows(lab, [row for part in lab.page_sections(results) for row in part.rows])
    if write is not None:
        lab.write_markdown(results, write)
        console.output().print(f"Written: {write}", soft_wrap=True)


def report(scale: str | None, out: Path | None) -> None:
    """Write one HTML page of all results, and name it."""
    lab = console.load("epochal.lab", console.progress())
    results = _results(lab, scale, out)
    path = results.folder / "report.html"
    lab.write_html(results, path)
    console.output().print(f"Report: {path}", soft_wrap=True)


def _results(lab: Any, scale: str | None, out: Path | None) -> Any:
    """The results at a scale; where none is named, at the full one if there are any."""
    folder = out or lab.DEFAULT_FOLDER
    if scale is None:
        scale = "full" if any((folder / "full").glob("*.json")) else "small"
    return lab.ResultStore(folder, lab.scale_named(scale))


def _print_rows(lab: Any, rows: Sequence[Any]) -> None:
    table = console.table(*lab.HEADINGS)
    for row in rows:
        table.add_row(*map(str, row))
    console.output().print(table)


class _Lines:
    """An `epochal.lab.ProgressObserver` that prints what begins and what is done."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._begun = 0

    def run_started(self, experiment: Any, seed: int) -> None:
        self._begun += 1
        self._console.print(f"[{self._begun}/{self._count}] {experiment.name}, seed {seed}")

    def variant_finished(self, name: str) -> None:
        self._console.print(f"    {name}")
