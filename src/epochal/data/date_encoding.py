"""Dates as numbers: the day on a line, and where it lies in the year, the month, the week."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from epochal.data.cells import parse_dates, reads_day_first, shown
from epochal.errors import InputError

_PARTS = ("days", "year", "month", "day", "weekday", "hour")


class DateEncoder(TransformerMixin, BaseEstimator):
    """Days since 1970 (with fractions), year, month, day, weekday (Monday 0) and hour of dates.

    How 02/03/2020 is read is decided when it is fitted, and kept: a later table of other dates
    is read the same way. Missing dates are NaN.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Decide for each column of `X` whether the day comes first."""
        self.day_first_ = {str(name): reads_day_first(X[name]) for name in X}
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """float64 array of shape (rows, 6 x columns).

        Raises
        ------
        InputError
            A cell is no date: named by its row.
        """
        return np.concatenate([_parts(X[name], day) for name, day in self._columns()], axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name of the column and of the part."""
        return np.array(
            [f"{name}_{part}" for name, _ in self._columns() for part in _PARTS], dtype=object
        )

    def _columns(self) -> list[tuple[str, bool]]:
        return list(self.day_first_.items())


def _parts(cells: pd.Series, day_first: bool) -> np.ndarray:
    times = parse_dates(cells, day_first=day_first)
    bad = (times.isna() & cells.notna()).to_numpy()
    if bad.any():
        at = int(bad.argmax())
        raise InputError(
            f"Column {cells.name!r} must hold dates, as it did in training, but row "
            f"{cells.index[at]} holds {shown(cells.iloc[at])} ({int(bad.sum())} such). "
            "Correct those cells, or leave them empty."
        )
    date = times.dt
    days = (times - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    parts = [days, date.year, date.month, date.day, date.day_of_week, date.hour]
    return np.stack([part.to_numpy(dtype="float64", na_value=np.nan) for part in parts], axis=1)
