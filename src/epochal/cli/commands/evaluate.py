"""`epochal evaluate`: the scores of a run on a table."""

from pathlib import Path

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.scores import score_table
from epochal.runs import read_run


def command(run: Path, data: str) -> None:
    """Print the scores of `run` on `data`."""
    results, meanwhile = console.output(), console.progress()
    read_run(run)  # what is wrong with the folder is said before Keras is waited for
    enable_compilation_cache()
    evaluating = console.load("epochal.runs.evaluate", meanwhile)
    with meanwhile.status("testing"):
        evaluation = evaluating.evaluate_table(run, data)
    left_out = f", {evaluation.left_out:,} without a target left out" if evaluation.left_out else ""
    results.print(f"{run} on {data}: {evaluation.rows:,} rows{left_out}\n", soft_wrap=True)
    results.print(score_table(evaluation.scores))
    results.print("(with 95% intervals)")
    if evaluation.learnt_from:
        results.print(
            "This is the table that the run learnt from: the scores flatter it. What it is worth "
            f"on rows it never saw stands in {run / 'report.html'}",
            soft_wrap=True,
        )
