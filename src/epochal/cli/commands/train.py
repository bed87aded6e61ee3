"""`epochal train`: plan, print, train, print."""

from pathlib import Path

from rich.console import Console

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import plan_document, print_document, run_document
from epochal.cli.score_table import score_table
from epochal.cli.trial_table import show_trials
from epochal.data import Task
from epochal.runs import Plan, RunFolder, TrainSettings, check_out, plan_table
from epochal.runs.command import keep_option
from epochal.scoring.formatting import score_text
from epochal.scoring.trials import FOLDS

MAX_COLUMNS = 40
"""Columns that are printed; the report shows more, and run.json has all."""


def command(
    data: str,
    settings: TrainSettings,
    *,
    test: str | None,
    out: Path | None,
    dry_run: bool,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Train on `data`; with `dry_run` only show what would be done.

    With `quiet` the path of the run is all that is printed, with `as_json` its record.
    """
    results, meanwhile = console.output(quiet or as_json), console.progress(quiet)
    check_out(out)
    with meanwhile.status("reading the table"):
        plan = plan_table(data, settings, test=test)
    show_plan(results, plan)
    enable_compilation_cache()
    training = console.load("epochal.runs.train", meanwhile)
    if dry_run:
        network = training.describe_plan(plan)
        results.print(f"\n{network}\nDry run: nothing was trained or written.")
        if as_json:
            print_document(plan_document(plan, network))
        return
    with console.ProgressDisplay(meanwhile) as display:
        run = training.train_plan(plan, out=out, observer=display)
    show_result(results, run, plan.tested)
    if out is not None and run.path != out:
        results.print(
            f"({out} was created by another process; saved as {run.path})", soft_wrap=True
        )
    if as_json:
        print_document(run_document(run))
    elif quiet:
        console.output().print(run.path, soft_wrap=True)


def show_plan(output: Console, plan: Plan) -> None:
    """Print the task, the columns, the leaks and the split."""
    task, rows = plan.task, plan.rows
    output.print(
        f"{plan.name}: {sum(rows.values()):,} rows, {len(plan.used):,} of {len(plan.columns):,} "
        f"columns to predict {', '.join(task.target)} ({task.kind}{_class_words(task)})\n"
    )
    table = console.table("column", "kind", "missing:", "values:", "")
    leaking = {leak.name for leak in plan.leaks}
    for column in plan.columns[:MAX_COLUMNS]:
        missing = f"{column.missing:,}" if column.missing else ""
        note = "target leakage, see below" if column.name in leaking else column.note
        table.add_row(column.name, column.kind, missing, f"{column.distinct:,}", note)
    output.print(table)
    if len(plan.columns) > MAX_COLUMNS:
        output.print(f"... and {len(plan.columns) - MAX_COLUMNS:,} more columns")
    for leak in plan.leaks:
        output.print(
            f"\nDROPPED (target leakage): {leak.name!r}: {leak.reason}. To keep it, add "
            f"{keep_option(leak.name)}",
            style="bold red",
        )
    for warning in plan.warnings:
        output.print(
            f"\nTHE SCORES WILL FLATTER: {warning.sentence}. For new rows of the second kind, add "
            f"{warning.option}",
            style="bold red",
        )
    parts = ", ".join(f"{count:,} {name}" for name, count in rows.items())
    output.print(f"\nsplit: {parts}{_duplicate_words(plan)}")
    output.print(f"headline score: {plan.metrics[0].label}")
    for note in [plan.split.note, _missing_words(task.missing), _trial_words(plan)]:
        if note:
            output.print(f"note: {note}")


def _class_words(task: Task) -> str:
    if task.kind not in ("binary", "multiclass"):
        return ""
    shown = ", ".join(map(str, task.classes[:6]))
    positive = f"; positive: {task.classes[1]}" if task.kind == "binary" else ""
    return f": {shown}{', ...' if len(task.classes) > 6 else ''}{positive}"


def _duplicate_words(plan: Plan) -> str:
    count = plan.duplicates.test
    return f"; {count:,} test rows have the same features as an earlier row" if count else ""


def _missing_words(missing: int) -> str:
    return f"{missing:,} rows without a target are dropped" if missing else ""


def _trial_words(plan: Plan) -> str:
    """What will be trained beside the network."""
    settings, more = plan.settings, []
    if settings.class_weight == "auto":
        more.append(f"with and without class weights before it: {2 * FOLDS} trainings")
    if settings.try_remedies:
        more.append(f"each remedy that the diagnosis advises after it: {FOLDS} trainings each")
    return f"tried on folds of the training rows, {', and '.join(more)}" if more else ""


def show_result(output: Console, run: RunFolder, tested: str) -> None:
    """Print the conclusion, the network, its scores beside the baselines', and the report."""
    record = run.record
    output.print(f"\n{run.conclusion}\n", style="bold")
    output.print(record.network)
    if record.state == "interrupted":
        output.print("INTERRUPTED: the best epoch so far was saved.", style="bold red")
    facts = record.training
    best = facts["best_epochs"]
    which = f"best epoch {facts['best_epoch']} of {facts['epochs']}"
    if len(best) > 1:
        which = f"{len(best)} networks, best epochs {min(best)} to {max(best)}"
    output.print(
        f"{which}, peak learning rate {score_text(facts['peak_learning_rate'])}, "
        f"{facts['seconds']:.1f} s"
    )
    output.print(f"{facts['diagnosis']['line']}\n")
    output.print(score_table(record.scores))
    if record.threshold is not None:
        output.print(
            f"(positive from a probability of {record.threshold.value:.3g} on, for "
            f"{record.threshold.rule} on {record.threshold.rows:,} rows that the training left out)"
        )
    output.print(f"(on {tested}, with 95% confidence intervals)")
    for trials in record.remedies:
        show_trials(output, trials)
    made = f"report: {run.report}" if run.report.is_file() else f"run: {run.path}"
    output.print(f"\n{made}", soft_wrap=True)
