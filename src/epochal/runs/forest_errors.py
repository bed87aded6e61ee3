"""The errors of a quick forest on folds of a table, for splits to be compared by.

References
----------
P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from epochal.data import Column, Task, encode_target
from epochal.data.relations import Relations
from epochal.data.tables.parsing import hashable, parse_dates, parse_numbers
from epochal.scoring.formatting import score_text

_TREES = 50  # that know each row again, which networks would do too

Folds: TypeAlias = Sequence[tuple[NDArray, NDArray]]
"""Positions of rows to train on, and of rows left out."""


class ForestTable:
    """Features and target as trees take them; features are read where rows are compared."""

    def __init__(self, frame: pd.DataFrame, task: Task, columns: Sequence[Column]) -> None:
        self.targets = task.target
        self.classes = task.kind in ("binary", "multiclass", "multilabel")
        encoded = encode_target(task, frame[list(task.target)])
        self.y: NDArray = encoded.reshape(len(frame), -1)[:, 0].astype(float)
        self._frame = frame
        self._used = [each.name for each in columns if each.kind not in ("dropped", "text")]

    def features(self, rows: NDArray, without: str = "") -> NDArray:
        """Inputs of some rows, (rows, columns); below all others where a value is missing."""
        taken = self._frame.iloc[rows]
        kept = [_numbers(taken[name]) for name in self._used if name != without]
        return np.column_stack(kept) if kept else np.zeros((len(rows), 1))

    def relations(self, rows: NDArray, groups: NDArray | None = None) -> Relations:
        """Those of some of the rows."""
        classes = self.y.astype(int) if self.classes else None
        return Relations(rows=len(self.y), classes=classes, groups=groups).taken(rows)

    def errors(self, rows: NDArray, folds: Folds, without: str = "") -> NDArray:
        """The error of each row that a fold leaves out, (rows,): 0 or 1 of a class, or squared."""
        x, y = self.features(rows, without), self.y[rows]
        errors = np.full(len(rows), np.nan)
        for train, left_out in folds:
            gaps = self._trees().fit(x[train], y[train]).predict(x[left_out]) - y[left_out]
            errors[left_out] = gaps != 0 if self.classes else gaps**2
        return errors

    def constant_error(self, rows: NDArray) -> float:
        """The mean error of always predicting the same."""
        y = self.y[rows]
        return float(1 - np.bincount(y.astype(int)).max() / len(y) if self.classes else y.var())

    def _trees(self) -> ExtraTreesClassifier | ExtraTreesRegressor:
        kind = ExtraTreesClassifier if self.classes else ExtraTreesRegressor
        return kind(n_estimators=_TREES, random_state=0)

    def words(self, errors: NDArray) -> str:
        """The score of these errors."""
        if self.classes:
            return score_text(1 - float(errors.mean()), percent=True)
        return score_text(float(np.sqrt(errors.mean())))

    @property
    def score(self) -> str:
        """Of what `words` speaks."""
        return "accuracy" if self.classes else "RMSE"


def _numbers(values: pd.Series) -> NDArray:
    """As trees take them: dates as seconds, classes as codes, missing ones below all others."""
    numbers = _parsed(values)
    lowest = np.nanmin(numbers, initial=0.0)
    filled: NDArray = np.where(np.isnan(numbers), lowest - 1, numbers)
    return filled


def _parsed(values: pd.Series) -> NDArray:
    numbers = parse_numbers(values)
    if pd.api.types.is_datetime64_any_dtype(values.dtype) or numbers.notna().sum() == 0:
        dates = parse_dates(values)
        if dates.notna().any():
            since: NDArray = (dates - dates.min()).dt.total_seconds().to_numpy(np.float64)
            return since
    if numbers.notna().sum() < values.notna().sum():
        return pd.factorize(hashable(values).astype(str), sort=True)[0].astype(np.float64)
    return numbers.to_numpy(np.float64)
