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
from epochal.runs.distribution_rules import distribution_words
from epochal.runs.network_description import rates_text
from epochal.scoring.trials import FOLDS
from epochal.translation import translatable, translate

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
    with meanwhile.status(translate("reading the table")):
        plan = plan_table(data, settings, test=test)
    show_plan(results, plan)
    enable_compilation_cache()
    training = console.load("epochal.runs.train", meanwhile)
    if dry_run:
        network = training.describe_plan(plan)
        results.print(f"\n{network}")
        results.print(translate("Dry run: nothing was trained or written."))
        if as_json:
            print_document(plan_document(plan, network))
        return
    with console.ProgressDisplay(meanwhile) as display:
        run = training.train_plan(plan, out=out, observer=display)
    show_result(results, run, plan.tested)
    if out is not None and run.path != out:
        results.print(
            translate(
                "({out} was created by another process; saved as {path})", out=out, path=run.path
            ),
            soft_wrap=True,
        )
    if as_json:
        print_document(run_document(run))
    elif quiet:
        console.output().print(run.path, soft_wrap=True)


def show_plan(output: Console, plan: Plan) -> None:
    """Print the task, the columns, the leaks and the split."""
    task, rows = plan.task, plan.rows
    output.print(
        translate(
            "{name}: {rows:,} rows, {used:,} of {columns:,} columns to predict {target} ({task})",
            name=plan.name,
            rows=sum(rows.values()),
            used=len(plan.used),
            columns=len(plan.columns),
            target=", ".join(task.target),
            task=_task_words(task),
        )
        + "\n"
    )
    table = console.table(
        translate("column"),
        translate("kind"),
        console.right(translate("missing")),
        console.right(translate("values")),
        "",
    )
    leaking = {leak.name for leak in plan.leaks}
    for column in plan.columns[:MAX_COLUMNS]:
        missing = f"{column.missing:,}" if column.missing else ""
        note = translate("target leakage, see below") if column.name in leaking else column.note
        table.add_row(column.name, translate(column.kind), missing, f"{column.distinct:,}", note)
    output.print(table)
    if len(plan.columns) > MAX_COLUMNS:
        more = len(plan.columns) - MAX_COLUMNS
        output.print(translate("... and {count:,} more columns", count=more))
    for leak in plan.leaks:
        dropped = translate(
            "DROPPED (target leakage): {column!r}: {reason}. To keep it, add {option}",
            column=leak.name,
            reason=leak.reason,
            option=keep_option(leak.name),
        )
        output.print(f"\n{dropped}", style="bold red")
    for warning in plan.warnings:
        flattering = translate(
            "THE SCORES WILL FLATTER: {sentence}. For new rows of the second kind, add {option}",
            sentence=warning.sentence,
            option=warning.option,
        )
        output.print(f"\n{flattering}", style="bold red")
    output.print(f"\n{_split_words(plan)}")
    output.print(translate("headline score: {score}", score=plan.metrics[0].title))
    if plan.settings.distribution is not None:
        output.print(distribution_words(plan.settings.distribution))
    for note in [plan.split.note, _missing_words(task.missing), _trial_words(plan)]:
        if note:
            output.print(translate("note: {note}", note=note))


_TASKS = {
    "binary": translatable("binary"),
    "multiclass": translatable("multiclass"),
    "multilabel": translatable("multilabel"),
    "regression": translatable("regression"),
    "unit_interval": translatable("unit_interval"),
}


def _task_words(task: Task) -> str:
    kind = translate(_TASKS[task.kind])
    if task.kind not in ("binary", "multiclass"):
        return kind
    classes = ", ".join([*map(str, task.classes[:6]), *["..."] * (len(task.classes) > 6)])
    if task.kind == "binary":
        return translate(
            "{task}: {classes}; positive: {positive}",
            task=kind,
            classes=classes,
            positive=task.classes[1],
        )
    return f"{kind}: {classes}"


def _split_words(plan: Plan) -> str:
    parts = ", ".join(
        translate("{count:,} {part}", count=count, part=translate(name))
        for name, count in plan.rows.items()
    )
    count = plan.duplicates.test
    if not count:
        return translate("split: {parts}", parts=parts)
    return translate(
        "split: {parts}; {count:,} test rows have the same features as an earlier row",
        parts=parts,
        count=count,
    )


def _missing_words(missing: int) -> str:
    if not missing:
        return ""
    return translate("{rows:,} rows without a target are dropped", rows=missing)


def _trial_words(plan: Plan) -> str:
    """What will be trained beside the network."""
    weights, remedies = plan.settings.class_weight == "auto", plan.settings.try_remedies
    if weights and remedies:
        return translate(
            "tried on folds of the training rows, with and without class weights before it: "
            "{weighing} trainings, and each remedy that the diagnosis advises after it: {each} "
            "trainings each",
            weighing=2 * FOLDS,
            each=FOLDS,
        )
    if weights:
        return translate(
            "tried on folds of the training rows, with and without class weights before it: "
            "{weighing} trainings",
            weighing=2 * FOLDS,
        )
    if remedies:
        return translate(
            "tried on folds of the training rows, each remedy that the diagnosis advises after "
            "it: {each} trainings each",
            each=FOLDS,
        )
    return ""


def show_result(output: Console, run: RunFolder, tested: str) -> None:
    """Print the conclusion, the network, its scores beside the baselines', and the report."""
    record = run.record
    output.print(f"\n{run.conclusion}\n", style="bold")
    output.print(record.network)
    if record.state == "interrupted":
        output.print(translate("INTERRUPTED: the best epoch so far was saved."), style="bold red")
    facts = record.training
    best = facts["best_epochs"]
    rate_and_time = {
        "rate": rates_text(record.recipe, facts["peak_learning_rate"]),
        "seconds": facts["seconds"],
    }
    output.print(
        translate(
            "{count} of {members} networks averaged, best epochs {first} to {last}, peak learning "
            "rate {rate}, {seconds:.1f} s in all",
            count=len(best),
            members=max(len(best), record.recipe["members"]),
            first=min(best),
            last=max(best),
            **rate_and_time,
        )
        if len(best) > 1
        else translate(
            "best epoch {best} of {epochs}, peak learning rate {rate}, {seconds:.1f} s in all",
            best=facts["best_epoch"],
            epochs=facts["epochs"],
            **rate_and_time,
        )
    )
    output.print(f"{facts['diagnosis']['line']}\n")
    output.print(score_table(record.scores))
    if record.threshold is not None:
        output.print(
            translate(
                "(positive from a probability of {value:.3g} on, for {rule} on {rows:,} rows that "
                "the training left out)",
                value=record.threshold.value,
                rule=record.threshold.rule,
                rows=record.threshold.rows,
            )
        )
    output.print(translate("(on {rows}, with 95% confidence intervals)", rows=tested))
    if run.importances is not None:
        output.print(f"\n{run.importances.sentence}", soft_wrap=True)
    if record.learning_curve is not None:
        output.print(record.learning_curve.sentence, soft_wrap=True)
    for trials in record.remedies:
        show_trials(output, trials)
    made = (
        translate("report: {path}", path=run.report)
        if run.report.is_file()
        else translate("run: {path}", path=run.path)
    )
    output.print(f"\n{made}", soft_wrap=True)
