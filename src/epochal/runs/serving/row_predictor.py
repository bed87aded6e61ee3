"""A run loaded once, to predict one row after another."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from epochal.data import load_preprocessing
from epochal.data.preprocessing.row_encoder import RowEncoder
from epochal.data.tasks.columns import prediction_columns
from epochal.runs.predict import WARNINGS, load_model
from epochal.runs.predicted import predictor_of_rows
from epochal.runs.serving.row_schema import row_schema
from epochal.runs.storage.folder import read_run
from epochal.runs.sure_predictions import Sureness
from epochal.runs.uncertain_predictions import variance_factor

ERROR = "error"


class RowPredictor:
    """A run as a function of rows. It can be called from several threads.

    Parameters
    ----------
    run : str or Path
        A run folder.
    coverage, max_error, false_alarms : float, optional
        As in `epochal.predict_table`: each row is given an interval or a set, whether to answer it,
        and whether it is unlike the rows of the training.

    Attributes
    ----------
    schema : dict
        What a row is, as JSON Schema.
    name : str
        The name of the run's folder.

    Raises
    ------
    InputError
        No run folder, or one that cannot be loaded; a `coverage`, `max_error` or `false_alarms`
        out of its range, or one for which the training left out, or had, too few rows.

    Examples
    --------
    >>> predict = RowPredictor("runs/titanic-survived-1")  # doctest: +SKIP
    >>> predict([{"age": 30, "sex": "female"}])  # doctest: +SKIP
    [{'error': "'pclass' is missing (send null where it is unknown)."}]
    """

    def __init__(
        self,
        run: "str | Path",
        *,
        coverage: float | None = None,
        max_error: float | None = None,
        false_alarms: float | None = None,
    ) -> None:
        sure = Sureness(coverage=coverage, max_error=max_error, false_alarms=false_alarms)
        opened = read_run(run)
        preprocessor = load_preprocessing(opened.preprocessing)
        self.name = opened.path.resolve().name
        self.task = opened.record.load_task()
        self._threshold = opened.record.decision_threshold
        self.schema: dict[str, Any] = row_schema(preprocessor)
        self._encode = RowEncoder(preprocessor)
        asked = (coverage, max_error, false_alarms) != (None, None, None)
        self._sure = sure.of_run(opened, self.task, preprocessor) if asked else None
        self._factor = variance_factor(opened, self.task)
        self._predict = predictor_of_rows(load_model(opened))
        self([dict.fromkeys(preprocessor.kinds_)])  # what is compiled is compiled now

    def __call__(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Predict rows of columns and values, such as ``{"age": 30, "sex": None}``.

        Parameters
        ----------
        rows : sequence of mapping
            As `epochal.data.preprocessing.row_encoder.RowEncoder` takes them.

        Returns
        -------
        list of dict
            For each row what `epochal.predict_table` gives, but for its number; or "error", in
            one sentence.
        """
        encoded = self._encode(rows)
        answers: list[dict[str, Any]] = [{} for _ in rows]
        for number, error in encoded.errors.items():
            answers[number] = {ERROR: error}
        if encoded.good:
            predicted = self._predict(encoded.x)
            columns = prediction_columns(self.task, predicted.outputs, self._threshold)
            columns |= predicted.deviations(self.task, self._factor)
            if self._sure is not None:
                added = self._sure(predicted, encoded.x)
                columns |= {str(name): cells.to_numpy() for name, cells in added.items()}
            finite = np.isfinite(predicted.outputs).all(axis=1)
            values = [column.tolist() for column in columns.values()]
            for number, known, *cells in zip(encoded.good, finite, *values, strict=True):
                answers[number] = dict(zip(columns, cells, strict=True))
                answers[number][WARNINGS] = encoded.warnings.get(number)
                if not known:
                    answers[number] = {ERROR: "A prediction must be finite: give smaller numbers."}
        return answers
