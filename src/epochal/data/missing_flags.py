"""Where values are missing, as columns of 0 and 1."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class MissingFlags(TransformerMixin, BaseEstimator):
    """One column of 0 and 1 for each column, of any kind, that had missing values when fitted.

    They are not standardised: a single missing value among a thousand would become 32.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Remember the columns of `X` with missing values."""
        self.names_ = [str(name) for name in X.columns[X.isna().any()]]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """float32 array of shape (rows, columns that had missing values)."""
        return X[self.names_].isna().to_numpy(np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Name of the column, and `_missing`."""
        return np.array([f"{name}_missing" for name in self.names_], dtype=object)
