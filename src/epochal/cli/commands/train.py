"""`epochal train`: plan, print, train, print."""

from pathlib import Path
from typing import Any

from rich.console import Console

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.scores import score_table
from epochal.runs import Plan, RunFolder, TrainSettings, check_out, plan_table
from epochal.runs.settings import keep_option
from epochal.scoring.formatting import score_text

MOST_COLUMNS = 40
"""Columns that are printed; the report has more, and run.json all."""


def command(data: str, settings: dict[str, Any], *, out: Path | None, dry_run: bool) -> None:
    """Train on `data`; with `dry_run` only say what would be done."""
    results, meanwhile = console.output(), console.progress()
    checked = TrainSettings(**settings)
    check_out(out)
    with meanwhile.status("reading the table"):
        plan = plan_table(data, checked)
    show_plan(results, plan)
    enable_compilation_cache()
    training = console.load("epochal.runs.train", meanwhile)
    if dry_run:
        network = training.describe_plan(plan)
        results.print(f"\n{network}\nDry run: nothing was trained or written.")
        return
    with console.Display(meanwhile) as display:
        run = training.train_plan(plan, out=out, observer=display)
    show_result(results, run)
    if out is not None and run.path != out:
        results.print(f"({out} was taken in the meantime)", soft_wrap=True)


def show_plan(output: Console, plan: Plan) -> None:
    """The columns, the task, the split; leaks loud."""
    task, rows = plan.task, plan.rows
    output.print(
        f"{plan.name}: {sum(rows.values()):,} rows, {len(plan.used):,} of {len(plan.columns):,} "
        f"columns to predict {', '.join(task.target)} ({task.kind}"
        f"{_class_words(task.classes) if task.kind in ('binary', 'multiclass') else ''})\n"
    )
    table = console.table("column", "kind", "missing:", "values:", "")
    leaking = {leak.name for leak in plan.leaks}
    for column in plan.columns[:MOST_COLUMNS]:
        missing = f"{column.missing:,}" if column.missing else ""
        note = "LEAK, see below" if column.name in leaking else column.note
        table.add_row(column.name, column.kind, missing, f"{column.distinct:,}", note)
    output.print(table)
    if len(plan.columns) > MOST_COLUMNS:
        output.print(f"... and {len(plan.columns) - MOST_COLUMNS:,} more columns")
    for leak in plan.leaks:
        output.print(
            f"\nLEFT OUT: {leak.name!r} gives the target away: {leak.reason}. "
            f"To keep it: {keep_option(leak.name)}",
            style="bold red",
        )
    parts = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    output.print(f"\nsplit: {parts}{_duplicate_words(plan)}")
    for note in [plan.split.note, _missing_words(task.missing)]:
        if note:
            output.print(f"note: {note}")


def _class_words(classes: tuple[Any, ...]) -> str:
    shown = ", ".join(map(str, classes[:6]))
    return f": {shown}{', ...' if len(classes) > 6 else ''}"


def _duplicate_words(plan: Plan) -> str:
    count = plan.duplicates.test
    return f"; {count:,} test rows have the features of an earlier row" if count else ""


def _missing_words(missing: int) -> str:
    return f"{missing:,} rows have no target and are left out" if missing else ""


def show_result(console: Console, run: RunFolder) -> None:
    """The scores beside the baselines, and where the report is."""
    record = run.record
    console.print(f"\n{record.network}")
    if record.state == "interrupted":
        console.print("INTERRUPTED: this is the best epoch until then.", style="bold red")
    facts = record.training
    console.print(
        f"epoch {facts['best_epoch']} of {facts['epochs']} kept, peak learning rate "
        f"{score_text(facts['peak_learning_rate'])}, {facts['seconds']:.1f} s"
    )
    console.print(f"{facts['verdict']['line']}\n")
    console.print(score_table(record.scores))
    console.print("(on the test part, with 95% intervals)")
    made = f"report: {run.report}" if run.report.is_file() else f"run: {run.path}"
    console.print(f"\n{made}", soft_wrap=True)
