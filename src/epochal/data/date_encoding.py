"""Dates as numbers: the day on a line, and where it lies in the year, the month, the week."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from epochal.data.cells import parse_dates, reads_day_first

_PARTS = ("days", "year", "month", "day", "weekday", "hour")


class DateEncoder(TransformerMixin, BaseEstimator):
    """Days since 1970 (with fractions), year, month, day, weekday (Monday 0) and hour of dates.

    How 02/03/2020 is read is decided when it is fitted, and kept: a later table of other dates
    is read the same way. Missing dates, and cells that are none, are NaN.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Decide for each column of `X` whether the day comes first."""
        self.day_first_ = {str(name): reads_day_first(X[name]) for name in X}
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """float64 array of shape (rows, 6 x columns)."""
        parts = [_parts(parse_dates(X[name], day_first=day)) for name, day in self._columns()]
        return np.concatenate(parts, axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name of the column and of the part."""
        return np.array(
            [f"{name}_{part}" for name, _ in self._columns() for part in _PARTS], dtype=object
        )

    def _columns(self) -> list[tuple[str, bool]]:
        return list(self.day_first_.items())


def _parts(times: pd.Series) -> np.ndarray:
    date = times.dt
    days = (times - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    parts = [days, date.year, date.month, date.day, date.weekday, date.hour]
    return np.stack([part.to_numpy(dtype="float64", na_value=np.nan) for part in parts], axis=1)
