"""`epochal lab`: run the experiments of the textbooks, and show their results."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
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
    """Run the experiments, all where none is named, but for what has a result."""
    meanwhile = console.progress()
    lab = console.load("epochal.lab", meanwhile)
    chosen = [lab.experiment_named(name) for name in dict.fromkeys(names)] or lab.ALL_EXPERIMENTS
    results = _results(lab, scale, out)
    results.check_writable()
    missing = list(results.missing(chosen))
    kept = sum(len(experiment.seeds) for experiment in chosen) - len(missing)
    if kept:
        meanwhile.print(
            f"Skipped {kept} finished runs, whose results are in {results.folder}.", soft_wrap=True
        )
    watcher = _ProgressLines(meanwhile, len(missing))
    try:
        for experiment, seed in missing:
            if not results.has(experiment, seed):  # another process may have finished it
                results.run(experiment, seed, watcher)
    except KeyboardInterrupt:
        meanwhile.print(
            "Interrupted: finished runs are kept. Repeat the command to continue.",
            soft_wrap=True,
        )
        raise typer.Exit(INTERRUPTED) from None
    _print_rows(lab, [row for one in chosen for row in lab.table_rows(one, results.of(one))])


def table(scale: str | None, out: Path | None, write: Path | None) -> None:
    """Print quoted and reproduced figures; `write`: a Markdown page to write as well."""
    lab = console.load("epochal.lab", console.progress())
    results = _results(lab, scale, out)
    _print_rows(lab, [row for part in lab.page_sections(results) for row in part.rows])
    if write is not None:
        lab.write_markdown(results, write)
        console.output().print(f"Wrote {write}", soft_wrap=True)


def report(scale: str | None, out: Path | None) -> None:
    """Write one HTML page of all results, and print its path."""
    lab = console.load("epochal.lab", console.progress())
    results = _results(lab, scale, out)
    path = results.folder / "report.html"
    lab.write_html(results, path)
    console.output().print(f"Report: {path}", soft_wrap=True)


def _results(lab: ModuleType, scale: str | None, out: Path | None) -> Any:
    """The results of a scale; where None, of the full one if it has any."""
    folder = out or lab.DEFAULT_FOLDER
    if scale is None:
        scale = "full" if any((folder / "full").glob("*.json")) else "small"
    return lab.ResultStore(folder, lab.scale_named(scale))


def _print_rows(lab: ModuleType, rows: Sequence[Any]) -> None:
    table = console.table(*lab.HEADINGS)
    for row in rows:
        table.add_row(*map(str, row))
    console.output().print(table)


class _ProgressLines:
    """An `epochal.lab.ProgressObserver` that prints each run that begins."""

    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._begun = 0

    def run_started(self, experiment: Any, seed: int) -> None:
        """Print the run that begins."""
        self._begun += 1
        self._console.print(f"[{self._begun}/{self._count}] {experiment.name}, seed {seed}")

    def variant_finished(self, name: str) -> None:
        """Print the variant that has been trained."""
        self._console.print(f"    {name}")
