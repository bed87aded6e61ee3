"""Rows that tell of one another: candidates for groups and times by which they should be split.

A column is a candidate for a group (a patient, a household) where its values repeat and rows of
equal value are alike: they nearly fix the target, or half of the other columns. How alike is
1 - (differences within values) / (differences among all rows), the intraclass correlation of
numbers, and of classes the same with the probability that two rows differ; 1 is fixed, 0 chance.

Of numbers, rows of neighbouring values must be less alike than rows of equal ones: otherwise the
number is a quantity, such as a temperature.

Candidates prove nothing: a car's model fixes much, too. Whether scores flatter is measured by
`epochal.runs.split_warnings`.
"""

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from epochal.data.tables.columns import Column
from epochal.data.tables.parsing import hashable, parse_dates, parse_numbers

FEWEST_GROUPS = 10
ALIKE = 0.5
"""How much of a column's differences a group must fix to be alike in it."""

_REPEATED = 0.8  # of the rows share their value with another
_MOST_OFTEN = 0.1  # of the rows have the most frequent value
_VALUES_TOGETHER = 4
_OF_NEIGHBOURS = 0.6  # of the likeness is left where values that follow one another are alike
_MOST_CELLS = 4_000_000  # of columns that are compared: more take seconds
_FEWEST_TIMES = 50
_TIME_NAME = re.compile(
    r"(^|[_\W])(date|time|timestamp|day|days|week|month|year|hour|period)s?$", re.I
)
_FEWEST_TWINS = 0.05  # of the rows have a near-duplicate
_BY_CHANCE = 0.2  # of the twins may be explained by it
_APART = 10.0  # deviations: how far other classes, and missing numbers, are from one another
_LINKS = 4  # to the nearest points
_NEAR = 0.01  # deviations: numbers that are nearly equal


def group_candidates(
    frame: pd.DataFrame, targets: Sequence[str], columns: Sequence[Column]
) -> Iterator[tuple[str, NDArray]]:
    """Columns whose rows of equal value are alike, and the group of each row."""
    likeness = None
    for column in columns:
        if column.kind in ("date", "text") or column.distinct < FEWEST_GROUPS:
            continue
        codes = pd.factorize(hashable(frame[column.name]), use_na_sentinel=False)[0]
        if not _may_identify(frame[column.name], np.bincount(codes)):
            continue
        likeness = likeness or Likeness(frame, [*targets, *_compared(columns, len(frame))])
        alike = likeness.most(codes, column.name, targets)
        if alike >= ALIKE and not (
            column.kind == "numeric"
            and likeness.most(_neighbours(frame[column.name]), column.name, targets)
            >= _OF_NEIGHBOURS * alike
        ):
            yield column.name, codes


def _neighbours(values: pd.Series) -> NDArray:
    """Groups of values that follow one another: alike in a quantity, not in numbers of patients."""
    ranks = parse_numbers(values).rank(method="dense", na_option="top")
    return (ranks.to_numpy(int) - 1) // _VALUES_TOGETHER


def _may_identify(values: pd.Series, sizes: NDArray) -> bool:
    """Whether the values may be of an identifier: repeated, none of them often, no fractions."""
    rows = len(values)
    if sizes[sizes > 1].sum() < _REPEATED * rows or not 2 * len(sizes) <= rows:
        return False
    numbers = parse_numbers(values).dropna()
    return bool(sizes.max() <= _MOST_OFTEN * rows and (numbers == numbers.round()).all())


def _compared(columns: Sequence[Column], rows: int) -> list[str]:
    """The columns that tell whether rows are alike: of many, evenly chosen ones."""
    names = [column.name for column in columns if column.distinct > 1]
    most = max(10, _MOST_CELLS // rows)
    return names[:: -(-len(names) // most)] if len(names) > most else names


class Likeness:
    """How alike rows of a group are in each column: 1 where it is fixed, 0 for chance.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1.0, 2.0, 5.0, 6.0], "b": ["x", "x", "y", "y"]})
    >>> Likeness(frame, ["b"]).within(np.array([0, 0, 1, 1]))
    {'b': 1.0}
    """

    def __init__(self, frame: pd.DataFrame, names: Sequence[str]) -> None:
        varied = [name for name in names if frame[name].nunique(dropna=False) > 1]
        self._columns = {name: _compared_values(frame[name]) for name in varied}

    def most(self, groups: NDArray, name: str, targets: Sequence[str]) -> float:
        """That of the targets, or the median of the other columns, whichever is more."""
        fixed = self.within(groups)
        features = [fixed[other] for other in fixed if other not in (name, *targets)]
        of_targets = min(fixed.get(target, 0.0) for target in targets)
        return max(of_targets, float(np.median(features)) if features else 0.0)

    def within(self, groups: NDArray) -> dict[str, float]:
        """That of each column that varies, for the group of each row."""
        rows, sizes = len(groups), np.bincount(groups).astype(float)
        pairs, every = (sizes * (sizes - 1)).sum(), rows * (rows - 1.0)
        if not pairs:
            return dict.fromkeys(self._columns, 0.0)
        found = {}
        for name, values in self._columns.items():
            differ = _differences_of_classes if values.dtype.kind == "i" else _squared_differences
            inside, of_all = differ(values, groups), differ(values, np.zeros(rows, int))
            found[name] = round(float(1 - (inside / pairs) / (of_all / every)), 12)
        return found


def _compared_values(values: pd.Series) -> NDArray:
    """Numbers, less their mean; or whole numbers for classes."""
    numbers = parse_numbers(values)
    if values.notna().any() and numbers.notna().sum() == values.notna().sum():
        centred: NDArray = (numbers - numbers.mean()).fillna(0.0).to_numpy(np.float64)
        return centred
    return pd.factorize(hashable(values), use_na_sentinel=False)[0]


def _squared_differences(values: NDArray, groups: NDArray) -> float:
    """Half the squared differences of all pairs of rows of a group, each pair counted twice."""
    sizes, sums, squares = (np.bincount(groups, w) for w in (None, values, values**2))
    return float((sizes * squares - sums**2).sum())


def _differences_of_classes(values: NDArray, groups: NDArray) -> float:
    """How many pairs of rows of a group differ, each pair counted twice."""
    alike = np.unique(groups * (values.max() + 1) + values, return_counts=True)[1]
    return float((np.bincount(groups).astype(float) ** 2).sum() - (alike.astype(float) ** 2).sum())


def time_candidates(
    frame: pd.DataFrame, columns: Sequence[Column]
) -> Iterator[tuple[str, NDArray]]:
    """Columns of dates, or of numbers named like times, with many values; and the times."""
    for column in columns:
        if column.distinct < _FEWEST_TIMES:
            continue
        if column.kind == "date":
            dates = parse_dates(frame[column.name])
            times = (dates - dates.min()).dt.total_seconds()
        elif _TIME_NAME.search(column.name):
            times = parse_numbers(frame[column.name])
        else:
            continue
        if times.notna().all():
            yield column.name, times.to_numpy(np.float64)


def near_duplicates(frame: pd.DataFrame, columns: Sequence[Column]) -> NDArray:
    """Groups of rows that are equal, or nearly so in their numbers, in all columns that are used.

    Returns
    -------
    int array of shape (rows,)
        Rows without a twin are groups of their own.
    """
    return _near_one_another(_points(frame, columns))


def surprising_duplicates(frame: pd.DataFrame, columns: Sequence[Column]) -> NDArray | None:
    """The groups of `near_duplicates`, where there are more than a few columns explain.

    Of few columns, or of few values, combinations repeat by chance: as many do where each column
    is shuffled on its own.

    Returns
    -------
    int array of shape (rows,), or None
    """
    points = _points(frame, columns)
    groups = _near_one_another(points)
    twins = _share_of_twins(groups)
    if twins < _FEWEST_TWINS:
        return None
    shuffled = np.random.default_rng(0).permuted(points, axis=0)
    return groups if _share_of_twins(_near_one_another(shuffled)) < _BY_CHANCE * twins else None


def _share_of_twins(groups: NDArray) -> float:
    return float((np.bincount(groups)[groups] > 1).mean())


def _points(frame: pd.DataFrame, columns: Sequence[Column]) -> NDArray:
    """Rows as points, (rows, columns that are used)."""
    used = [column.name for column in columns if column.kind != "dropped"]
    return np.column_stack([_coordinates(frame[name]) for name in used])


def _near_one_another(points: NDArray) -> NDArray:
    """Groups of points of which each is near another one of its group.

    Of each point the nearest few are looked at: of a crowd of near points all pairs would not fit
    into memory, and links from one to the next hold it together.
    """
    distinct, places = np.unique(points, axis=0, return_inverse=True)
    count = len(distinct)
    gaps, nearest = cKDTree(distinct).query(
        distinct, k=range(2, 2 + _LINKS), p=np.inf, distance_upper_bound=_NEAR
    )
    found = np.isfinite(gaps)
    start = np.nonzero(found)[0]
    graph = coo_array((np.ones(len(start)), (start, nearest[found])), shape=(count, count))
    groups: NDArray = connected_components(graph, directed=False)[1][places.reshape(-1)]
    return groups


def joined_groups(one: NDArray, other: pd.Series | None) -> NDArray:
    """Groups in which rows are together that are so in either.

    Examples
    --------
    >>> joined_groups(np.array([0, 0, 1, 2]), pd.Series(["a", "b", "b", "c"])).tolist()
    [0, 0, 0, 1]
    """
    if other is None:
        return one
    codes = pd.factorize(hashable(other), use_na_sentinel=False)[0] + one.max() + 1
    size = codes.max() + 1
    graph = coo_array((np.ones(len(one)), (one, codes)), shape=(size, size))
    labels = connected_components(graph, directed=False)[1][one]
    joined: NDArray = np.unique(labels, return_inverse=True)[1]
    return joined


def _coordinates(values: pd.Series) -> NDArray:
    """Numbers in deviations; missing ones, and all that differs in other columns, far apart."""
    numbers = parse_numbers(values)
    if not numbers.notna().sum() >= values.notna().sum():
        return _APART * pd.factorize(hashable(values), use_na_sentinel=False)[0].astype(float)
    spread = numbers.std()
    scaled = (numbers - numbers.mean()) / (spread if spread > 0 else 1.0)
    return scaled.fillna(-1e3).to_numpy(np.float64)
