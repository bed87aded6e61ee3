"""What is asked of a run's predictions beside themselves: intervals, sets, and whom to answer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.conformal.answering import answering, check_max_error
from epochal.conformal.conformity import ClassConformity, Conformity
from epochal.conformal.coverage import check_coverage
from epochal.conformal.sets import scores_named
from epochal.data import TablePreprocessor, Task
from epochal.data.tasks.columns import probabilities
from epochal.drift.nearest import KnownRows, check_rate
from epochal.errors import InputError
from epochal.runs.conformity import predicted_codes, regions_of
from epochal.runs.predicted import Predicted
from epochal.runs.storage.conformity_file import CONFORMITY, read_conformity
from epochal.runs.storage.folder import RunFolder
from epochal.runs.storage.training_sample import TRAINING_SAMPLE, read_training_sample


@dataclass(frozen=True, kw_only=True)
class Sureness:
    """How sure predictions shall be, checked when it is made.

    Parameters
    ----------
    coverage : float or None
        How often intervals or sets shall hold the truth, in (0, 1); None makes none.
    method : {"lac", "aps", "raps"}
        How sets are made.
    by_group : bool
        Whether the coverage shall hold for each class, with and without each label, or for each
        range of predicted numbers.
    max_error : float or None
        The error rate that the answered rows shall have at most; None answers all.
    false_alarms : float or None
        How often a row like those of the training may be said to be unlike them; None says nothing.
    """

    coverage: float | None = None
    method: str = "lac"
    by_group: bool = False
    max_error: float | None = None
    false_alarms: float | None = None

    def __post_init__(self) -> None:
        if self.coverage is not None:
            check_coverage(self.coverage)
        if self.max_error is not None:
            check_max_error(self.max_error)
        if self.false_alarms is not None:
            check_rate(self.false_alarms)
        scores_named(self.method)

    def of_run(self, run: RunFolder, task: Task, preprocessor: TablePreprocessor) -> "SureColumns":
        """What adds to the predictions of a run's networks, whose files are read once.

        Raises
        ------
        InputError
            The run left no rows out, or too few, or is of another task.
        """
        return SureColumns(self, run, task, preprocessor)


class SureColumns:
    """The columns that are added to the predictions of rows; none where nothing is asked."""

    def __init__(
        self, sure: Sureness, run: RunFolder, task: Task, preprocessor: TablePreprocessor
    ) -> None:
        self._sure, self._task = sure, task
        self._threshold = run.record.decision_threshold
        self._found: Conformity | None = None
        self._known: KnownRows | None = None
        self._least = 0.0  # probability of a row that is answered
        if sure.coverage is not None or sure.max_error is not None:
            _check_task(task, sure.max_error)
            self._found = read_conformity(run.path / CONFORMITY, task)
        if sure.max_error is not None and isinstance(self._found, ClassConformity):
            confidence, wrong = self._found.confidence, self._found.wrong
            self._least = answering(confidence, wrong, sure.max_error).threshold
        if sure.false_alarms is not None:
            _, rows = read_training_sample(run.path / TRAINING_SAMPLE, preprocessor)
            self._known = KnownRows(rows)

    def __call__(self, predicted: Predicted, x: NDArray) -> pd.DataFrame:
        """Those of rows `x`, as the preprocessor encodes them, and of what is predicted for them.

        Raises
        ------
        InputError
            Too few rows were left out, or are known, for what is asked.
        """
        sure, outputs = self._sure, predicted.outputs
        parts = [pd.DataFrame(index=range(len(outputs)))]
        if sure.coverage is not None and self._found is not None:
            regions = regions_of(
                *(self._task, self._found, predicted, sure.coverage),
                method=sure.method,
                by_group=sure.by_group,
            )
            parts.append(regions.columns(self._task))
        if sure.max_error is not None:
            codes = predicted_codes(self._task, outputs, self._threshold)
            said = probabilities(self._task, outputs)[np.arange(len(outputs)), codes]
            parts.append(pd.DataFrame({"answered": said >= self._least}))
        if sure.false_alarms is not None and self._known is not None:
            unlike = self._known.unlike(x, sure.false_alarms)
            parts.append(pd.DataFrame({"unlike_training": unlike}))
        return pd.concat(parts, axis=1)


def _check_task(task: Task, max_error: float | None) -> None:
    if max_error is None or task.kind in ("binary", "multiclass"):
        return
    got, instead = "numbers", "intervals with coverage"
    if task.kind == "multilabel":
        got = f"{len(task.target)} labels"
        instead = "coverage, which says of each label where it is unsure"
    raise InputError(
        f"max_error must be asked of a run that predicts classes, got one of {got}: ask for "
        f"{instead}."
    )
