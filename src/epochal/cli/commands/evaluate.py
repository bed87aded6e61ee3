"""`epochal evaluate`: the scores of a run on a table."""

from pathlib import Path

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import evaluation_document, print_document
from epochal.cli.drift_table import show_drift
from epochal.cli.group_table import group_table, too_small
from epochal.cli.score_table import score_table
from epochal.conformal.verdict import on_new_rows
from epochal.runs import read_run
from epochal.translation import translate


def command(
    run: Path,
    data: str,
    *,
    by: str | None = None,
    sheet: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Print the scores of `run` on `data`, and how its rows differ; with `quiet` tables alone."""
    results, meanwhile = console.output(quiet), console.progress(quiet)
    read_run(run)  # refuse a wrong folder before Keras is imported, which takes seconds
    enable_compilation_cache()
    evaluating = console.load("epochal.runs.evaluate", meanwhile)
    with meanwhile.status(translate("testing")):
        evaluation = evaluating.evaluate_table(run, data, by=by, sheet=sheet)
    if as_json:
        print_document(evaluation_document(run, data, evaluation))
        return
    without = evaluation.rows_without_target
    tested = translate("{run} on {data}: {rows:,} rows", run=run, data=data, rows=evaluation.rows)
    if without:
        tested = translate(
            "{run} on {data}: {rows:,} rows ({dropped:,} more without a target were dropped)",
            run=run,
            data=data,
            rows=evaluation.rows,
            dropped=without,
        )
    if not evaluation.scores:
        tested = translate(
            "{run} on {data}: {rows:,} rows without a target, which are not scored",
            run=run,
            data=data,
            rows=without,
        )
    results.print(tested, soft_wrap=True)
    if evaluation.scores:
        results.print()
        console.output().print(score_table(evaluation.scores))
    if evaluation.by is not None:
        console.output().print()
        console.output().print(group_table(evaluation.by))
        if evaluation.by.too_small:
            results.print(too_small(evaluation.by), soft_wrap=True)
    if evaluation.scores:
        results.print(translate("(with 95% confidence intervals)"))
    for found in evaluation.coverage:
        results.print(f"\n{on_new_rows(found)}", soft_wrap=True)
    if evaluation.drift is not None:
        show_drift(evaluation.drift, results)
    if evaluation.on_training_table and evaluation.scores:
        results.print(
            translate(
                "This is the training table: these scores are optimistic. Scores on held-out rows: "
                "{report}",
                report=run / "report.html",
            ),
            soft_wrap=True,
        )
