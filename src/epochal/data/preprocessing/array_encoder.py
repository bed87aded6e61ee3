"""Arrays and frames of numbers as a network takes them."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_array

from epochal.data.preprocessing.table import numeric_encoder


class ArrayEncoder(TransformerMixin, BaseEstimator):
    """Numbers encoded as `TablePreprocessor` does; a 0 or 1 says where one is missing.

    Parameters
    ----------
    numeric_encoding : {"standard", "piecewise-linear"}
        As in `TablePreprocessor`.
    """

    def __init__(self, numeric_encoding: str = "standard") -> None:
        self.numeric_encoding = numeric_encoding

    def fit(self, X: Any, y: Any = None) -> Self:
        """Fit on `X`, float (rows, columns), in which NaN is missing."""
        x = _numbers(X)
        self.missing_ = np.flatnonzero(np.isnan(x).any(axis=0))
        self.encoder_ = numeric_encoder(self.numeric_encoding, *x.shape).fit(x)
        return self

    def transform(self, X: Any) -> NDArray:
        """Encode `X`; float32 of shape (rows, features)."""
        x = _numbers(X)
        encoded: NDArray = self.encoder_.transform(x).astype(np.float32)
        if not len(self.missing_):
            return encoded
        return np.hstack([encoded, np.isnan(x[:, self.missing_]).astype(np.float32)])


def _numbers(X: Any) -> NDArray:
    numbers: NDArray = check_array(X, dtype=np.float64, ensure_all_finite="allow-nan")
    return numbers
