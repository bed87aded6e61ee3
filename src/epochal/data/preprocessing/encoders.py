"""Encoders that scikit-learn lacks: missing-value indicators and dates."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from epochal.data.tables.parsing import parse_dates, reads_day_first, refuse_cells


class MissingIndicators(TransformerMixin, BaseEstimator):
    """Missing-value indicators: 0 and 1 for each column that had missing values when fitted.

    They are not standardised: a single missing value in a thousand rows would become 32.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Store the names of the columns of `X` with missing values."""
        self.names_ = [str(name) for name in X.columns[X.isna().any()]]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return a float32 array of shape (rows, columns that had missing values)."""
        return X[self.names_].isna().to_numpy(np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of each column with ``_missing``."""
        return np.array([f"{name}_missing" for name in self.names_], dtype=object)


_PARTS = ("days", "year", "month", "day", "weekday", "hour")
PARTS_OF_A_DATE = len(_PARTS)


class DateEncoder(TransformerMixin, BaseEstimator):
    """Days since 1970 (with fractions), year, month, day, weekday (Monday 0) and hour of dates.

    Whether 02/03/2020 begins with the day is decided when fitting and kept for later tables.
    Missing dates are NaN.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Decide for each column of `X` whether the day comes first."""
        self.day_first_ = {str(name): reads_day_first(X[name]) for name in X}
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return a float64 array of shape (rows, 6 x columns).

        Raises
        ------
        InputError
            A cell is not a date.
        """
        return np.concatenate([_parts(X[name], day) for name, day in self._columns()], axis=1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """The name of each column with each part of a date."""
        return np.array(
            [f"{name}_{part}" for name, _ in self._columns() for part in _PARTS], dtype=object
        )

    def _columns(self) -> list[tuple[str, bool]]:
        return list(self.day_first_.items())


def _parts(cells: pd.Series, day_first: bool) -> np.ndarray:
    times = parse_dates(cells, day_first=day_first)
    wrong = (times.isna() & cells.notna()).to_numpy()
    must = f"Column {cells.name!r} must hold dates, as in training"
    refuse_cells(cells, wrong, must, "correct such cells, or leave them empty")
    date = times.dt
    days = (times - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)
    parts = [days, date.year, date.month, date.day, date.day_of_week, date.hour]
    return np.stack([part.to_numpy(dtype="float64", na_value=np.nan) for part in parts], axis=1)
