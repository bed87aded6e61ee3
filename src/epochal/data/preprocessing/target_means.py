"""Categories told by the mean target of their rows."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from epochal.data.preprocessing.targets_of_others import PARTS, columns_of_target, part_of_rows

_PRIOR_ROWS = 10  # the mean of all rows counts as so many rows of each category


class TargetMeans(TransformerMixin, BaseEstimator):
    """The mean target of each category, drawn towards the mean of all rows where it has few.

    When fitting, a row is told the mean over other rows: those of the other four of five parts.
    Otherwise a network would read the row's own target from a rare category.

    Parameters
    ----------
    classes : int
        Of a target of class numbers, 0 to classes - 1: one mean for each, its frequency. 0 for a
        target of numbers.

    Notes
    -----
    D. Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes in
    classification and prediction problems", 2001. scikit-learn's TargetEncoder does the same, but
    draws its parts by parameters that its versions from 1.9 on no longer take.
    """

    def __init__(self, classes: int = 0) -> None:
        self.classes = classes

    def fit(self, X: pd.DataFrame, y: NDArray) -> Self:
        """Learn the means of each column of `X` from targets (rows,)."""
        self.names_ = [str(name) for name in X.columns]
        targets = columns_of_target(y, self.classes)
        self.center_, self.scale_ = targets.mean(axis=0), targets.std(axis=0)
        self.scale_[self.scale_ == 0] = 1.0
        self.categories_, self.means_ = [], []
        for name in self.names_:
            codes, categories = pd.factorize(_filled(X[name]))
            self.categories_.append([str(category) for category in categories])
            self.means_.append(_means(codes, targets, len(categories)))
        return self

    def fit_transform(self, X: pd.DataFrame, y: NDArray, **fit_params: Any) -> NDArray:
        """Fit, and encode the rows of `X`, each by the others."""
        self.fit(X, y)
        targets = columns_of_target(y, self.classes)
        part = part_of_rows(len(X))
        encoded = [np.empty_like(targets) for _ in self.names_]
        for column, name in zip(encoded, self.names_, strict=True):
            codes, categories = pd.factorize(_filled(X[name]))
            for number in range(PARTS):
                own = part == number
                means = _means(codes[~own], targets[~own], len(categories))
                column[own] = means[codes[own]]
        return self._scaled(encoded)

    def transform(self, X: pd.DataFrame) -> NDArray:
        """Encode; float32 of shape (rows, means of all columns). A new category is as all rows."""
        encoded = []
        for name, categories, means in zip(self.names_, self.categories_, self.means_, strict=True):
            known = pd.Index(categories, dtype=object)
            codes = known.get_indexer(pd.Index(_filled(X[name]), dtype=object))
            encoded.append(np.vstack([means, self.center_])[codes])  # -1 is the last
        return self._scaled(encoded)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray:
        """The name of each column with ``_mean``, or ``_mean`` and the number of a class."""
        ends = [f"{n}" for n in range(self._width)] if self.classes > 2 else [""]
        return np.array([f"{name}_mean{end}" for name in self.names_ for end in ends], dtype=object)

    @property
    def _width(self) -> int:
        return self.classes if self.classes > 2 else 1

    def _scaled(self, encoded: list[NDArray]) -> NDArray:
        """In deviations of the targets from their mean, where all columns lie side by side."""
        scaled = [(column - self.center_) / self.scale_ for column in encoded]
        together: NDArray = np.concatenate(scaled, axis=1).astype(np.float32)
        return together


def _filled(column: pd.Series) -> NDArray:
    """A missing cell is a category of its own."""
    return column.astype(object).where(column.notna(), "").to_numpy()


def _means(codes: NDArray, targets: NDArray, categories: int) -> NDArray:
    """Mean targets (categories, targets), drawn towards that of all rows."""
    counts = np.bincount(codes, minlength=categories)[:, None]
    sums = np.stack(
        [np.bincount(codes, weights=column, minlength=categories) for column in targets.T], axis=1
    )
    means: NDArray = (sums + _PRIOR_ROWS * targets.mean(axis=0)) / (counts + _PRIOR_ROWS)
    return means
