"""`epochal sweep`: plan, try, print what is better beyond chance."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from epochal.checks import check_seconds, check_whole, check_writable
from epochal.cli import console
from epochal.cli.commands.train import show_plan
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import print_document, sweep_document
from epochal.report.sweep_page import (
    importances_of,
    render_sweep,
    setting_cells,
    setting_headings,
)
from epochal.runs import TrainSettings, plan_table
from epochal.runs.command import command_of, join_names, options_text
from epochal.runs.storage.writing import folder_name
from epochal.translation import translate
from epochal.whole_files import write_whole

FOLDER = Path("sweeps")
SHOWN = 10
PLOTS = ("history", "slice")


def command(
    data: str,
    settings: TrainSettings,
    given: Mapping[str, Any],
    *,
    trials: int,
    seeds: int,
    time: str | None,
    storage: str | None,
    name: str,
    out: Path | None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Try settings on the training rows of `data`; with `quiet` only print the best ones."""
    results, meanwhile = console.output(quiet or as_json), console.progress(quiet)
    check_whole("trials", trials, 1, "give e.g. 30")
    check_whole("seeds", seeds, 1, "give e.g. 3")
    seconds = None if time is None else check_seconds("time", time)
    sweeping = console.load("epochal.runs.sweeping", meanwhile)
    tuning = console.load("epochal.runs.tuning", meanwhile)
    space = sweeping.check_tunable(settings, given)
    with meanwhile.status(translate("reading the table")):
        plan = plan_table(data, settings)
    folder = out or FOLDER / folder_name(plan.name, plan.task.target[0])
    check_writable("out must be a folder", folder, "name another one")
    show_plan(results, plan)
    enable_compilation_cache()
    folder.mkdir(parents=True, exist_ok=True)
    search = sweeping.Search(
        trials=trials,
        seeds=seeds,
        seconds=seconds,
        storage=storage or folder / "sweep.db",
        name=name,
    )
    with console.ProgressDisplay(meanwhile) as display:
        found = sweeping.sweep_table(plan, space, search, tuning.told_by(display, seconds))
    best = options_text(found.best.settings)
    again = command_of(data, replace(settings, **found.best.settings))
    _write(found, folder, plan, again)
    _show(results, found, folder)
    results.print(translate("to train with the best: {command}", command=again), soft_wrap=True)
    if as_json:
        print_document(sweep_document(found, folder))
    elif quiet:
        console.output().print(best, soft_wrap=True)


def _write(found: Any, folder: Path, plan: Any, again: str) -> None:
    write_whole(folder / "settings.csv", lambda path: found.table().to_csv(path, index=False))
    if len(found.settings) > 1:
        for kind in PLOTS:
            save = partial(found.plot(kind).savefig, format="svg", bbox_inches="tight")
            write_whole(folder / f"{kind}.svg", save)
    page = render_sweep(
        found,
        target=join_names(plan.task.target),
        source=plan.name,
        command=again,
        created=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    )
    write_whole(folder / "report.html", lambda path: path.write_text(page, encoding="utf-8"))


def _show(output: Console, found: Any, folder: Path) -> None:
    """Print the best settings, and what follows."""
    made = console.table(*map(console.right, setting_headings(found)[:-1]), "")
    for setting in found.settings[:SHOWN]:
        made.add_row(*setting_cells(found, setting))
    output.print(made)
    more = found.tried - len(found.settings[:SHOWN])
    if more:
        output.print(translate("... and {count:,} more settings", count=more))
    output.print(f"\n{found.conclusion}", style="bold")
    if found.ended:
        output.print(
            translate("{count} settings were tried; the same command goes on.", count=found.tried)
        )
    if importances := importances_of(found):
        parts = ", ".join(f"{name} {value:.0%}" for name, value in importances.items())
        output.print(translate("importance: {parts}", parts=parts))
    output.print(
        translate("page, settings, plots and storage: {folder}", folder=folder), soft_wrap=True
    )
