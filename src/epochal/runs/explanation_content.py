"""From what a run measured of its test rows to the content of the report's section on why."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from epochal.data import Task
from epochal.explanation.importances import Importances
from epochal.explanation.largest_errors import largest_errors
from epochal.report import ErrorTable, ExplanationContent
from epochal.report.explanation_content import FIRST_FOLD, TEST_ROWS
from epochal.runs.plan import Plan
from epochal.runs.testing import TestResult
from epochal.scoring.formatting import score_text
from epochal.translation import translate

_MOST_COLUMNS = 4
"""Columns of the table that are shown beside an error: the most important ones."""

_SHOWN_CHARACTERS = 60


def explanation_content(plan: Plan, tested: TestResult) -> ExplanationContent:
    """Gather the section's content."""
    found = tested.explanation
    return ExplanationContent(
        learning_curve=tested.learning_curve,
        errors=_errors(plan, tested),
        outputs=output_names(plan.task),
        importances=tested.importances,
        dependences=found.dependences if found else (),
        where=TEST_ROWS if plan.settings.cv is None else FIRST_FOLD,
    )


def output_names(task: Task) -> tuple[str, ...]:
    """What each output of the network is, in words, in the current language.

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> output_names(infer_task(pd.Series(["no", "yes"] * 10, name="alive")))
    ('probability of yes',)
    """
    if task.kind in ("binary", "multiclass", "multilabel"):
        names = task.classes[1:] if task.kind == "binary" else task.classes
        return tuple(translate("probability of {name}", name=name) for name in names)
    return tuple(translate("predicted {name}", name=name) for name in task.target)


def _errors(plan: Plan, tested: TestResult) -> ErrorTable:
    found = largest_errors(plan.task.kind, tested.truth, tested.outputs)
    of_test = tested.frame.iloc[list(found.rows)]
    if plan.settings.cv is None:
        table = plan.frame.iloc[plan.split.test[list(found.rows)]]
    else:
        table = plan.frame.loc[of_test["row"]]
    shown = _columns(plan, tested.importances)
    rows = zip(
        of_test["row"],
        _joined(of_test[[f"true_{name}" for name in plan.task.target]]),
        _joined(of_test[_predicted(plan.task)]),
        map(score_text, found.errors),
        *(map(_text, table[name]) for name in shown),
        strict=True,
    )
    return ErrorTable(
        headings=(
            translate("row"),
            translate("true"),
            translate("predicted"),
            translate("error"),
            *shown,
        ),
        rows=tuple(tuple(map(str, row)) for row in rows),
        what=translate(found.what),
    )


def _columns(plan: Plan, importances: Importances | None) -> list[str]:
    """The first column of each of the most important groups."""
    if importances is None:
        return [column.name for column in plan.used][:_MOST_COLUMNS]
    return [group.columns[0] for group in importances.groups[:_MOST_COLUMNS]]


def _predicted(task: Task) -> list[str]:
    if task.kind == "multilabel":
        return list(task.target)
    if len(task.target) > 1:
        return [f"prediction_{name}" for name in task.target]
    return ["prediction"]


def _joined(columns: pd.DataFrame) -> Iterator[str]:
    for row in zip(*(columns[name] for name in columns), strict=True):
        yield ", ".join(map(_text, row))


def _text(cell: Any) -> str:
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return "–"
    text = f"{cell:.6g}" if isinstance(cell, float | np.floating) else str(cell)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
