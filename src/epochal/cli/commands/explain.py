"""`epochal explain`: what each column contributes to the prediction of one row."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from epochal.cli import console
from epochal.cli.compilation_cache import enable_compilation_cache
from epochal.cli.documents import print_document
from epochal.runs import read_run
from epochal.scoring.formatting import score_text
from epochal.translation import translate

if TYPE_CHECKING:
    from epochal.runs import RowExplanation

_MOST_SHOWN = 40
"""Columns that are printed; `--json` has all."""

_LONGEST_VALUE = 40


def command(
    run: Path,
    data: str,
    row: int,
    *,
    of: str | None = None,
    background: str | None = None,
    sheet: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Print the contributions to the prediction of `row`; with `quiet` their table alone."""
    results, meanwhile = console.output(quiet), console.progress(quiet)
    read_run(run)
    enable_compilation_cache()
    explaining = console.load("epochal.runs.explain_row", meanwhile)
    with meanwhile.status(translate("explaining")):
        found = explaining.explain_row(
            run, data, row=row, of=of, background=background, sheet=sheet
        )
    if as_json:
        print_document({"run": str(run), "data": data, **asdict(found)})
        return
    results.print(
        translate(
            "row {row} of {data}: {of} {prediction}",
            row=found.row,
            data=data,
            of=found.title,
            prediction=score_text(found.prediction),
        )
    )
    mean = translate(
        "mean of {rows:,} rows: {mean}", rows=found.compared, mean=score_text(found.mean)
    )
    results.print(f"{mean}\n")
    console.output().print(_table(found))
    more = len(found.contributions) - _MOST_SHOWN
    if more > 0:
        results.print(translate("... and {count:,} more columns (--json)", count=more))
    results.print(
        translate("(Shapley values, exact for these rows, with their standard errors)")
        if found.exact
        else translate(
            "(Shapley values, by orders of the columns that were drawn, with their standard errors)"
        )
    )


def _table(found: "RowExplanation") -> Table:
    table = console.table(
        translate("column"),
        translate("value"),
        console.right(translate("contribution")),
        console.right("+/-"),
    )
    for one in found.contributions[:_MOST_SHOWN]:
        table.add_row(
            one.name,
            ", ".join(map(_shown, one.values)),
            score_text(one.contribution),
            score_text(one.standard_error),
        )
    table.add_row(translate("sum"), "", score_text(found.prediction - found.mean), "")
    return table


def _shown(value: Any) -> str:
    if value is None:
        return translate("(missing)")
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
