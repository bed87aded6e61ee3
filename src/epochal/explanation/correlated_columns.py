"""Columns that tell the same, in groups: each alone looks unimportant, as the others stand in.

References
----------
H. Cramér, "Mathematical Methods of Statistics", 1946, chapter 21; W. Bergsma, "A bias-correction
for Cramér's V and Tschuprow's T", Journal of the Korean Statistical Society 42, 2013; T. L. Kelley,
"An unbiased correlation ratio measure", PNAS 21, 1935; C. F. Dormann et al., "Collinearity: a
review of methods to deal with it", Ecography 36, 2013, which takes 0.7 as the limit.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from epochal.explanation.column_values import ORDERED, named_values, ordered_values

CORRELATED = 0.7
"""From which association on two columns may be in one group."""

MOST_COLUMNS = 2000
"""Of more columns no pairs are looked at: their table would not fit in memory."""

_MOST_ROWS = 2000
_MOST_LEVELS = 20  # of a category; rarer values count as one
_LIMIT_FOR_ROUNDING = 1e-9


def correlated_columns(
    frame: pd.DataFrame, kinds: Mapping[str, str], *, correlated: float = CORRELATED
) -> list[tuple[str, ...]]:
    """Group columns so that any two of a group are associated.

    Columns are clustered hierarchically by complete linkage, with 1 minus the association as their
    distance.

    Parameters
    ----------
    frame : DataFrame of shape (rows, columns)
        At most 2,000 rows, evenly spaced, are looked at.
    kinds : mapping of str to str
        The columns to group, and the kind of each: one of `epochal.data.KINDS`.
    correlated : float
        From which association on columns are grouped, above 0 and up to 1.

    Returns
    -------
    list of tuple of str
        Groups in the order of their first columns, each in the order of `kinds`.

    Examples
    --------
    >>> x = np.arange(50.0)
    >>> frame = pd.DataFrame({"a": x, "b": x**3, "c": x % 7})
    >>> correlated_columns(frame, dict.fromkeys("abc", "numeric"))
    [('a', 'b'), ('c',)]
    """
    names = list(kinds)
    if len(names) < 2 or len(names) > MOST_COLUMNS:
        return [(name,) for name in names]
    distance = 1 - associations(frame, kinds)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "complete")
    labels = fcluster(tree, 1 - correlated + _LIMIT_FOR_ROUNDING, "distance")
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels, strict=True):
        groups.setdefault(int(label), []).append(name)
    return [tuple(group) for group in groups.values()]


def associations(frame: pd.DataFrame, kinds: Mapping[str, str]) -> NDArray[np.float64]:
    """How far two columns tell the same, from 0 to 1, for all pairs: (columns, columns).

    Of two columns with an order: Spearman's rank correlation without its sign. Of one with an order
    and a category: the correlation ratio of the ranks. Of two categories: Cramér's V. The last two
    are corrected for chance, which many values of few rows would have too much of. 1 where
    categories or texts tell the same rows apart. A missing number counts as the middle one, a
    missing category as a category.
    """
    taken = np.unique(np.linspace(0, len(frame) - 1, min(len(frame), _MOST_ROWS)).astype(int))
    rows = frame.iloc[taken]
    names = list(kinds)
    numbers = [at for at, name in enumerate(names) if kinds[name] in ORDERED]
    categories = [at for at, name in enumerate(names) if kinds[name] == "category"]
    found = np.zeros((len(names), len(names)))
    ranks = _ranks([ordered_values(rows[names[at]], kinds[names[at]]) for at in numbers], len(rows))
    levels = _Levels([named_values(rows[names[at]])[0] for at in categories], len(rows))
    found[np.ix_(numbers, numbers)] = np.abs(ranks.T @ ranks) / len(rows)
    ratios = levels.correlation_ratios(ranks)
    found[np.ix_(categories, numbers)], found[np.ix_(numbers, categories)] = ratios, ratios.T
    found[np.ix_(categories, categories)] = levels.cramers_v()
    words = [at for at, name in enumerate(names) if kinds[name] in ("category", "text")]
    _mark_equal(found, {at: rows[names[at]] for at in words})
    return np.clip(found, 0, 1)


def _ranks(columns: list[NDArray], rows: int) -> NDArray[np.float64]:
    """Ranks (rows, columns) of mean 0 and variance 1; of a constant column 0."""
    if not columns:
        return np.empty((rows, 0))
    ranks = pd.DataFrame(np.stack(columns, axis=1)).rank().to_numpy()  # missing stays missing
    ranks = ranks - np.nanmean(np.where(np.isnan(ranks).all(axis=0), 0, ranks), axis=0)
    ranks = np.nan_to_num(ranks)
    deviations = ranks.std(axis=0)
    scaled: NDArray = ranks / np.where(deviations > 0, deviations, 1)
    return scaled


class _Levels:
    """Categories as columns of 0 and 1, one a level, side by side."""

    def __init__(self, codes: list[NDArray], rows: int) -> None:
        self._rows = rows
        blocks = [_one_hot(column) for column in codes]
        self._counts = np.array([block.shape[1] for block in blocks], int)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)[:-1]]).astype(int)
        self._x = np.concatenate([np.empty((rows, 0)), *blocks], axis=1)

    def _sums(self, of_levels: NDArray, axis: int) -> NDArray:
        sums: NDArray = np.add.reduceat(of_levels, self._starts, axis=axis)
        return sums

    def correlation_ratios(self, ranks: NDArray) -> NDArray:
        """Of each category and each column of ranks, whose mean is 0 and variance 1."""
        if not len(self._counts) or not ranks.shape[1]:
            return np.zeros((len(self._counts), ranks.shape[1]))
        between = np.square(self._x.T @ ranks) / self._x.sum(axis=0)[:, None]
        explained = self._sums(between, 0) / self._rows
        free = np.maximum(self._rows - self._counts, 1)[:, None]
        corrected = 1 - (1 - explained) * (self._rows - 1) / free
        ratios: NDArray = np.sqrt(np.clip(corrected * (ranks.std(axis=0) > 0), 0, 1))
        return ratios

    def cramers_v(self) -> NDArray:
        """Of all pairs of categories."""
        if not len(self._counts):
            return np.zeros((0, 0))
        totals = self._x.sum(axis=0)
        shares = np.square(self._x.T @ self._x) / np.outer(totals, totals)
        squared = self._sums(self._sums(shares, 0), 1) - 1  # chi squared over the rows
        other = self._counts - 1
        squared = np.maximum(0, squared - np.outer(other, other) / max(1, self._rows - 1))
        free = other - np.square(other) / max(1, self._rows - 1)
        smaller = np.minimum.outer(free, free)
        v: NDArray = np.sqrt(
            np.divide(squared, smaller, out=np.zeros_like(squared), where=smaller > 0)
        )
        return v


def _one_hot(codes: NDArray) -> NDArray[np.float64]:
    """(rows, levels) of codes from -1 on, the most frequent first; each level has a row."""
    known = np.unique(np.minimum(codes, _MOST_LEVELS - 1), return_inverse=True)[1]
    return np.eye(int(known.max()) + 1)[known]


def _mark_equal(found: NDArray, columns: Mapping[int, pd.Series]) -> None:
    """1 for columns that tell the same rows apart, whatever their values are called.

    Where most values occur once, any two columns do: they must then be equal.
    """
    same: dict[object, list[int]] = {}
    for at, column in columns.items():
        codes, values = named_values(column)
        few = len(values) <= len(column) // 2
        key = (
            (pd.factorize(codes)[0].tobytes(),)
            if few
            else tuple(np.array([*values, None], dtype=object)[codes])
        )
        if len(values) > 1:  # a constant tells nothing
            same.setdefault(key, []).append(at)
    for equal in same.values():
        found[np.ix_(equal, equal)] = 1.0
