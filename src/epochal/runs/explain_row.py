"""`epochal explain`: what each column contributes to a run's prediction of one row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.checks import check_whole
from epochal.data import Task, load_preprocessing, read_table
from epochal.data.tasks.columns import probabilities
from epochal.errors import InputError, suggest
from epochal.explanation.importances import Importances, group_name
from epochal.explanation.row_explanation import MOST_COMPARED, Contributions, contributions
from epochal.runs.explaining import composed_rows
from epochal.runs.predict import load_model
from epochal.runs.predicted import predictor_in_target_units
from epochal.runs.storage.folder import read_run
from epochal.scoring.formatting import score_text
from epochal.summary import html_summary
from epochal.translation import translatable, translate

FEWEST_COMPARED = 10

_CLASSES = ("binary", "multiclass")

_PROBABILITY = translatable("probability of {name}")
_PREDICTED = translatable("predicted {name}")


@dataclass(frozen=True, kw_only=True)
class ColumnContribution:
    """What a column, or a group of columns that tell the same, contributes to a prediction.

    Attributes
    ----------
    columns : tuple of str
    values : tuple
        Their cells in the row, None where missing.
    contribution : float
        In the unit of the prediction.
    standard_error : float
        How far it would vary with other rows to compare with, and, where it is not exact, with
        other orders of the columns.
    """

    columns: tuple[str, ...]
    values: tuple[Any, ...]
    contribution: float
    standard_error: float

    @property
    def name(self) -> str:
        """The columns in words, in the current language."""
        return group_name(self.columns)


@dataclass(frozen=True, kw_only=True)
class RowExplanation:
    """What the prediction of a row is made of.

    Attributes
    ----------
    row : int
        Its number in the table, from 0, as `epochal.predict_table` gives it.
    of : str
        What is explained: "probability of yes", or "predicted price".
    prediction : float
        Of the row.
    mean : float
        The mean prediction of the rows that it is compared with.
    contributions : tuple of ColumnContribution
        The largest first; their sum is `prediction` minus `mean`.
    compared : int
        How many rows it is compared with.
    exact : bool
        Whether they are exact for these rows; otherwise orders of the columns were drawn.
    """

    row: int
    of: str
    prediction: float
    mean: float
    contributions: tuple[ColumnContribution, ...]
    compared: int
    exact: bool

    @property
    def title(self) -> str:
        """What is explained, in the current language."""
        for message in (_PROBABILITY, _PREDICTED):
            begin = message.format(name="")
            if self.of.startswith(begin):
                return translate(message, name=self.of.removeprefix(begin))
        return self.of

    def _repr_html_(self) -> str:
        cells = [
            [one.name, _shown(one.values[0]), score_text(one.contribution)]
            for one in self.contributions
        ]
        return html_summary(
            translate(
                "row {row}: {of} {prediction}",
                row=self.row,
                of=self.title,
                prediction=score_text(self.prediction),
            ),
            translate(
                "mean of {rows:,} rows: {mean}", rows=self.compared, mean=score_text(self.mean)
            ),
            table=([translate("column"), translate("value"), translate("contribution")], cells),
        )


def explain_row(
    run: "str | Path",
    source: "str | Path | pd.DataFrame",
    *,
    row: int,
    of: Any = None,
    background: "str | Path | pd.DataFrame | None" = None,
    sheet: str | None = None,
) -> RowExplanation:
    """What each column contributes to the prediction of one row of a table.

    The contributions are Shapley values: see `epochal.explanation.row_explanation`. Up to ten
    columns they are exact for the rows that the row is compared with. Columns that the run found to
    tell the same count as one.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on.
    row : int
        The number of a row, from 0.
    of : str or number, optional
        The class, label or target whose prediction is explained. None takes the positive class of
        two, the most probable class or label, and the first target.
    background : str, Path or DataFrame, optional
        The table of the rows to compare with; None takes the other rows of `source`. At most 100
        are drawn.
    sheet : str, optional
        Name of the sheet of an Excel file; None takes the first.

    Returns
    -------
    RowExplanation

    Raises
    ------
    InputError
        No run folder, no table, no such row or class, a table that lacks columns or has wrong
        values in some, or fewer than 10 rows to compare with.

    Examples
    --------
    >>> explain_row("runs/titanic-survived-1", "titanic", row=3).of  # doctest: +SKIP
    'probability of 1'
    """
    opened = read_run(run)
    task, seed = opened.record.load_task(), opened.record.settings["seed"]
    frame = read_table(source, sheet=sheet).reset_index(drop=True)
    row = check_whole("row", row, 0, "give the number of a row, from 0")
    if row >= len(frame):
        raise InputError(
            f"row must be a row of the table, 0 to {len(frame) - 1}, got {row}: give another."
        )
    chosen = None if of is None else _position(task, of)
    preprocessor = load_preprocessing(opened.preprocessing)
    names = list(preprocessor.kinds_)
    others = frame.drop(index=row) if background is None else read_table(background)
    own = preprocessor.transform(frame.iloc[[row]])
    if len(others) < FEWEST_COMPARED:
        raise InputError(
            f"background must have at least {FEWEST_COMPARED} rows to compare row {row} with, got "
            f"{len(others)}: give a table of more, such as the training table."
        )
    drawn = np.sort(np.random.default_rng(seed).permutation(len(others))[:MOST_COMPARED])
    compared = others.iloc[drawn]
    x = np.concatenate([own, preprocessor.transform(compared)])
    rows = composed_rows(
        partial(_outputs, task, predictor_in_target_units(load_model(opened))),
        preprocessor,
        pd.concat([frame.loc[[row], names], compared[names]], ignore_index=True),
        x,
    )
    found = contributions(rows, 0, groups=_groups(names, opened.importances), seed=seed)
    at = _default(task, found.outputs) if chosen is None else chosen
    return _explanation(task, found, at, dict(frame.iloc[row]), row)


def _outputs(task: Task, predict: Any, x: NDArray) -> NDArray:
    """A probability of each of two classes, too."""
    outputs = predict(x)
    return probabilities(task, outputs) if task.kind in _CLASSES else outputs


def _names(task: Task) -> tuple[Any, ...]:
    return task.classes if task.kind in (*_CLASSES, "multilabel") else task.target


def _position(task: Task, of: Any) -> int:
    names = [str(name) for name in _names(task)]
    if str(of) not in names:
        raise InputError(
            f"of must be one of {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}, got "
            f"{of!r}: give one of them.{suggest(of, names)}"
        )
    return names.index(str(of))


def _default(task: Task, outputs: NDArray) -> int:
    if task.kind == "binary":
        return 1
    return int(outputs.argmax()) if task.kind in ("multiclass", "multilabel") else 0


def _groups(names: Sequence[str], importances: Importances | None) -> list[tuple[str, ...]]:
    """The groups of the run, each column once; what stands in none is alone."""
    found = [group.columns for group in importances.groups] if importances else []
    left = dict.fromkeys(names)
    groups = []
    for columns in found:
        own = tuple(name for name in dict.fromkeys(columns) if name in left)
        for name in own:
            del left[name]
        groups += [own] if own else []
    return groups + [(name,) for name in left]


def _explanation(
    task: Task, found: Contributions, at: int, cells: Mapping[Any, Any], row: int
) -> RowExplanation:
    of = _PROBABILITY if task.kind in (*_CLASSES, "multilabel") else _PREDICTED
    order = np.argsort(-np.abs(found.values[:, at]), kind="stable")
    return RowExplanation(
        row=row,
        of=of.format(name=_names(task)[at]),
        prediction=float(found.outputs[at]),
        mean=float(found.mean[at]),
        contributions=tuple(
            ColumnContribution(
                columns=found.groups[number],
                values=tuple(_plain(cells[name]) for name in found.groups[number]),
                contribution=float(found.values[number, at]),
                standard_error=float(found.errors[number, at]),
            )
            for number in order
        ),
        compared=found.compared,
        exact=found.exact,
    )


def _plain(cell: Any) -> Any:
    """As JSON can hold it."""
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return cell if isinstance(cell, str | int | float | bool) else str(cell)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
