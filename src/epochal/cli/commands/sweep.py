"""`epochal sweep`: plan, try, print what is better beyond chance."""

import shlex
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from epochal.checks import check_seconds, check_whole, check_writable
from epochal.cli import console
from epochal.cli.commands.train import show_plan
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import print_document, sweep_document
from epochal.runs import TrainSettings, plan_table
from epochal.runs.command import join_names, options_text
from epochal.runs.storage.writing import folder_name
from epochal.scoring.formatting import interval_text, score_text
from epochal.translation import translatable, translate
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
    _write(found, folder)
    _show(results, found, folder)
    best = options_text(found.best.settings)
    words = ["epochal", "train", data, "--target", join_names(settings.target)]
    again = f"{shlex.join(words)} {best}"
    results.print(translate("to train with the best: {command}", command=again), soft_wrap=True)
    if as_json:
        print_document(sweep_document(found, folder))
    elif quiet:
        console.output().print(best, soft_wrap=True)


def _write(found: Any, folder: Path) -> None:
    write_whole(folder / "settings.csv", lambda path: found.table().to_csv(path, index=False))
    if len(found.settings) > 1:
        for kind in PLOTS:
            save = partial(found.plot(kind).savefig, format="svg", bbox_inches="tight")
            write_whole(folder / f"{kind}.svg", save)


def _show(output: Console, found: Any, folder: Path) -> None:
    """Print the best settings, and what follows."""
    names = list(found.settings[0].settings)
    made = console.table(
        *map(console.right, [*names, found.objective, translate("95% interval")]),
        console.right(translate("behind")),
        "",
    )
    for setting in found.settings[:SHOWN]:
        made.add_row(*_row(found, setting))
    output.print(made)
    more = found.tried - len(found.settings[:SHOWN])
    if more:
        output.print(translate("... and {count:,} more settings", count=more))
    output.print(f"\n{found.conclusion}", style="bold")
    if found.ended:
        output.print(
            translate("{count} settings were tried; the same command goes on.", count=found.tried)
        )
    if importances := _importances(found):
        output.print(translate("importance: {parts}", parts=importances))
    output.print(translate("settings, plots and storage: {folder}", folder=folder), soft_wrap=True)


def _importances(found: Any) -> str:
    finite = sum(np.isfinite(each.interval.value) for each in found.settings)
    if finite < 4:
        return ""
    return ", ".join(f"{name} {value:.0%}" for name, value in found.importances().items())


def _row(found: Any, setting: Any) -> list[str]:
    values = [_value(value) for value in setting.settings.values()]
    interval = setting.interval
    return [
        *values,
        score_text(interval.value),
        interval_text(interval.low, interval.high) if np.isfinite(interval.low) else "",
        score_text(setting.difference.value),
        translate(_VERDICTS[found.verdict_of(setting)]),
    ]


def _value(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else f"{value:.4g}"


_VERDICTS = {
    "best": translatable("best"),
    "simplest": translatable("simplest of those alike"),
    "alike": translatable("alike"),
    "worse": translatable("worse"),
    "diverged": translatable("diverged"),
}
