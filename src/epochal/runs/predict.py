"""`epochal predict`: a run's network on new rows, loaded without running any code of its files."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.bridge.saved_models import load_checked_model
from epochal.bridge.state import has_finite_weights
from epochal.data import TablePreprocessor, load_preprocessing, read_table
from epochal.data.preprocessing.column_checks import missing_columns
from epochal.data.preprocessing.seen_values import Unlike
from epochal.data.tables.columns import check_names
from epochal.errors import InputError, suggest
from epochal.runs.predicted import predicting_rows
from epochal.runs.predictions import prediction_frame
from epochal.runs.storage.folder import RunFolder, read_run
from epochal.runs.storage.model_file import check_model_file
from epochal.runs.sure_predictions import Sureness
from epochal.runs.uncertain_predictions import (
    check_source,
    predicting_uncertainty,
    variance_factor,
)

MISSING = ("refuse", "unknown")
"""What becomes of a table without a column of training."""

ROW, WARNINGS = "row", "warnings"


class Predictions(NamedTuple):
    """The predictions of a table.

    Attributes
    ----------
    frame : DataFrame
        As `predict_table` gives it.
    unlike : mapping of str to Unlike
        By column the cells that are unlike those of training.
    absent : tuple of str
        The columns that the table has not, taken as missing values.
    """

    frame: pd.DataFrame
    unlike: Mapping[str, Unlike]
    absent: tuple[str, ...]


def predict_table(
    run: "str | Path",
    source: "str | Path | pd.DataFrame",
    *,
    id: str | Sequence[str] = (),
    missing: str = "refuse",
    coverage: float | None = None,
    method: str = "lac",
    by_group: bool = False,
    max_error: float | None = None,
    false_alarms: float | None = None,
    uncertainty: str | None = None,
    sheet: str | None = None,
) -> pd.DataFrame:
    """Predict every row of a table with a trained run.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on; the target may be missing.
    id : str or sequence of str
        Columns of the table to keep beside the predictions.
    missing : {"refuse", "unknown"}
        What becomes of a table without a column that the run was trained on: "unknown" takes its
        values as missing ones.
    coverage : float, optional
        How often the interval or set of a new row shall hold the truth, in (0, 1), such as 0.9: see
        docs/uncertainty.md for what that promises. None makes none.
    method : {"lac", "aps", "raps"}
        How sets of classes are made: "lac" makes the smallest, "aps" and "raps" larger ones for
        rows that are hard; of several labels "lac" alone.
    by_group : bool
        Whether the coverage shall hold for each class, with and without each label, or for each
        range of predicted numbers.
    max_error : float, optional
        The error rate that the answered rows shall have at most, in (0, 1), with a certainty of
        95%. None answers all.
    false_alarms : float, optional
        Adds the column "unlike_training": which rows are farther from those of the training than
        all but such a part of these is from one another, in (0, 1), such as 0.01. None adds none.
    uncertainty : {"ensemble", "monte_carlo", "both"}, optional
        Whether to say how sure each prediction is, by comparing the run's networks, samples of them
        with their dropout on, or both. None does not.
    sheet : str, optional
        Name of the sheet of an Excel file; None takes the first.

    Returns
    -------
    DataFrame
        A row for each row of the table, in its order: "row", its number from 0; the columns of
        `id`; those of `epochal.runs.predictions.prediction_frame`; of a run that predicts
        distributions "standard_deviation"; with `uncertainty` those of
        `epochal.Prediction.uncertainty_columns`; with `coverage` "low" and "high" of numbers (of
        several targets "low_<target>", "high_<target>"), "set", the classes separated by commas, or
        of each label "set_<label>", "in", "out" or "unsure"; with `max_error` "answered"; with
        `false_alarms` "unlike_training"; and "warnings", which names the columns whose values are
        unlike those of training, and is missing where there are none: a number more than half the
        training range outside of it, or a category that is new where new ones are not to be
        expected.

    Raises
    ------
    InputError
        No run folder, no table, or a table that lacks columns or has wrong values in some; a
        `coverage`, `max_error` or `false_alarms` out of its range, or one for which the training
        left out, or had, too few rows.

    Examples
    --------
    >>> predict_table("runs/titanic-survived-1", "titanic").columns  # doctest: +SKIP
    Index(['row', 'prediction', 'probability_0', 'probability_1', 'warnings'], dtype='str')
    """
    sure = Sureness(
        coverage=coverage,
        method=method,
        by_group=by_group,
        max_error=max_error,
        false_alarms=false_alarms,
    )
    predictor = TablePredictor(run, id=id, missing=missing, sure=sure, uncertainty=uncertainty)
    return predictor(read_table(source, sheet=sheet)).frame


class TablePredictor:
    """Predicts tables with a run, whose files are read once.

    Parameters
    ----------
    run : str or Path
        A run folder.
    id, missing, uncertainty
        As in `predict_table`.
    sure : Sureness, optional
        What else is asked of the predictions.

    Raises
    ------
    InputError
        As in `predict_table`, of what does not hang on the table.
    """

    def __init__(
        self,
        run: "str | Path",
        *,
        id: str | Sequence[str] = (),
        missing: str = "refuse",
        sure: Sureness | None = None,
        uncertainty: str | None = None,
    ) -> None:
        if missing not in MISSING:
            raise InputError(
                f"missing must be {' or '.join(map(repr, MISSING))}, got {missing!r}."
                f"{suggest(missing, MISSING)}"
            )
        if uncertainty is not None:
            check_source(uncertainty)
        self._run = read_run(run)
        self._task = self._run.record.load_task()
        self._kept = [id] if isinstance(id, str) else list(dict.fromkeys(id))
        self._missing = missing
        self._preprocessor = load_preprocessing(self._run.preprocessing)
        self._model = load_model(self._run)
        self._sure = (
            None if sure is None else sure.of_run(self._run, self._task, self._preprocessor)
        )
        self._rows = predicting_rows(self._model)
        self._factor = variance_factor(self._run, self._task)
        self._unsure = (
            None
            if uncertainty is None
            else predicting_uncertainty(self._run, self._task, self._model, uncertainty)
        )

    def __call__(self, table: pd.DataFrame, first: int = 0) -> Predictions:
        """Predict the rows of a table, as `read_table` gives it; `first` is the first's number."""
        frame = table.reset_index(drop=True)
        check_names(frame, self._kept, "id")
        absent = _absent(self._preprocessor, frame) if self._missing == "unknown" else ()
        completed = frame.assign(**dict.fromkeys(absent, np.nan))
        x, unlike = self._preprocessor.transform_and_compare(completed)
        predicted = self._predicted(x)
        _check_id(self._kept, [ROW, *predicted.columns, WARNINGS])
        numbered = pd.DataFrame({ROW: first + np.arange(len(frame))})
        warnings = pd.Series(_warnings(unlike, len(frame)), name=WARNINGS, dtype="string")
        parts = [numbered, frame[self._kept], predicted, warnings]
        return Predictions(pd.concat(parts, axis=1), unlike, absent)

    def _predicted(self, x: NDArray) -> pd.DataFrame:
        """The columns that are predicted."""
        predicted = self._rows(x)
        shown = prediction_frame(self._task, predicted.outputs, self._run.record.decision_threshold)
        unsure = predicted.deviations(self._task, self._factor)
        if self._unsure is not None:
            unsure = self._unsure(x).uncertainty_columns()
            _check_added(shown, unsure, "uncertainty")
        shown = shown.assign(**unsure)
        if self._sure is not None:
            added = self._sure(predicted, x)
            _check_added(shown, added, "coverage")
            shown = pd.concat([shown, added], axis=1)
        return shown


def _absent(preprocessor: TablePreprocessor, frame: pd.DataFrame) -> tuple[str, ...]:
    absent = missing_columns(preprocessor.kinds_, frame.columns)
    if len(absent) == len(preprocessor.kinds_):
        raise InputError(
            "The table must have at least one column of the training table "
            f"({', '.join(absent[:5])}{', ...' if len(absent) > 5 else ''}), got none: give "
            "another."
        )
    return tuple(absent)


def _check_id(kept: Sequence[str], taken: Sequence[str]) -> None:
    both = [name for name in kept if name in taken]
    if both:
        raise InputError(
            "id must not share a name with a column of the predictions "
            f"({', '.join(taken)}), got {both[0]!r}: rename that column."
        )


def _check_added(predicted: pd.DataFrame, added: Iterable[Hashable], argument: str) -> None:
    both = [name for name in added if name in predicted]
    if both:
        raise InputError(
            f"{argument} must not add a column that shares a name with a target, got "
            f"{both[0]!r}: rename that target and train again."
        )


def _warnings(unlike: Mapping[str, Unlike], rows: int) -> list[str | None]:
    """For each row the columns that are unlike, and how: "zip (outside 501 to 99950)"."""
    found: list[list[str]] = [[] for _ in range(rows)]
    for name, cells in unlike.items():
        for row in np.flatnonzero(cells.rows):
            found[row].append(f"{name} ({cells.words})")
    return [", ".join(words) or None for words in found]


def load_model(run: RunFolder) -> keras.Model:
    """The trained network, a plain Keras model.

    Raises
    ------
    InputError
        The file is damaged, holds what may run code, a network for another task, or weights that
        are not finite.
    """
    check_model_file(run.model)
    try:
        model = load_checked_model(run.model)
        units = model.output_shape[-1]
    except Exception as error:  # Keras raises whatever its parts raise
        raise InputError(
            f"The run must have a network that `epochal train` wrote, got {str(run.model)!r}, "
            f"which cannot be loaded ({type(error).__name__}): train again."
        ) from error
    outputs = run.record.task["outputs"]
    if units != outputs:
        raise InputError(
            f"The run must have a network of {outputs} outputs, as its run.json says, got "
            f"{str(run.model)!r} with {units}: train again."
        )
    if not has_finite_weights(model):
        raise InputError(
            f"The run must have a network of finite weights, got {str(run.model)!r} with NaN or "
            "infinity among them: train again."
        )
    return model
