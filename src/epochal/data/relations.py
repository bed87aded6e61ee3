"""Which rows can't judge one another: those of one group, and the earlier ones of later ones."""

import re
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data.tables.parsing import parse_dates, parse_numbers, refuse_cells
from epochal.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class Relations:
    """What rows have to do with one another, which decides how they may be split.

    Attributes
    ----------
    rows : int
    classes : int array of shape (rows,), or None
        From 0 on: each part or fold holds as much of each as can be.
    groups : int array of shape (rows,), or None
        From 0 on: rows of a group (a patient, a household) stay together.
    times : float array of shape (rows,), or None
        Numbers, or of dates the seconds since 1970: rows are judged by earlier ones alone, and
        rows of equal time stay together.
    gap : float
        How long, in the unit of `times`, before and after rows that are judged others are not
        used; at least 0.
    """

    rows: int
    classes: NDArray | None = None
    groups: NDArray | None = None
    times: NDArray | None = None
    gap: float = 0.0

    @classmethod
    def of(
        cls,
        rows: int,
        *,
        classes: Any = None,
        groups: Any = None,
        order: Any = None,
        gap: Any = None,
    ) -> Self:
        """Relations from columns of a table.

        Parameters
        ----------
        rows : int
        classes, groups, order : array of shape (rows,), or None
            Any values that can be told apart; `order`: dates or numbers.
        gap : float or str, optional
            A number; where `order` holds dates a duration, such as "7 days".

        Raises
        ------
        InputError
            A wrong length, a missing value, a time that is no date or number, a gap that is no
            duration or negative, or without times.
        """
        times, dated = (None, False) if order is None else _times(_column(order, "order", rows))
        return cls(
            rows=rows,
            classes=_codes(classes, "stratify", rows),
            groups=_codes(groups, "groups", rows),
            times=times,
            gap=_gap(gap, None if times is None else dated),
        )

    def taken(self, rows: NDArray) -> "Relations":
        """Those of some of the rows, by their numbers or a mask."""

        def of(values: NDArray | None) -> NDArray | None:
            return None if values is None else values[rows]

        return replace(
            self,
            rows=len(np.arange(self.rows)[rows]),
            classes=of(self.classes),
            groups=of(self.groups),
            times=of(self.times),
        )

    def independent(self, rows: NDArray, judged: NDArray) -> NDArray:
        """Those of `rows` that may be trained on where `judged` are held out.

        None of a group that is judged, and none at the times that are judged or within the gap
        before and after them.

        Examples
        --------
        >>> relations = Relations.of(6, order=[0, 1, 2, 3, 4, 5], gap=1)
        >>> relations.independent(np.arange(6), np.array([3]))
        array([0, 1, 5])
        """
        kept = np.ones(len(rows), bool)
        if self.groups is not None:
            kept &= ~np.isin(self.groups[rows], self.groups[judged])
        if self.times is not None and len(judged):
            times, held_out = self.times[rows], self.times[judged]
            kept &= (times < held_out.min() - self.gap) | (times > held_out.max() + self.gap)
        return rows[kept]

    def forward_folds(
        self, count: int, random: np.random.Generator
    ) -> list[tuple[NDArray, NDArray]]:
        """Folds to judge by: as `folds`, but rows are judged by earlier ones alone.

        Of times there are `count` stretches after a first one, which no fold leaves out.
        """
        if self.times is None:
            return self.folds(count, random)
        stretch, every = _stretches(self.times, count + 1), np.arange(self.rows)
        parts = [np.flatnonzero(stretch == number) for number in range(1, count + 1)]
        return [
            (self.independent(every[self.times < self.times[part].min()], part), part)
            for part in parts
        ]

    def folds(self, count: int, random: np.random.Generator) -> list[tuple[NDArray, NDArray]]:
        """Rows to train on and rows left out, in turns: every row is left out once.

        Of times each fold is a stretch, the latest last, and both sides of it are trained on: it
        serves to stop and to choose by, not to say how well a network does on later rows.

        Parameters
        ----------
        count : int
            At least 2.
        random : numpy.random.Generator
            Decides the folds where there are no times.

        Returns
        -------
        list of tuple of two int arrays
            Numbers of rows, ascending.
        """
        every, fold_of = np.arange(self.rows), self._fold_of(count, random)
        parts = [np.flatnonzero(fold_of == fold) for fold in range(count)]
        others = (np.flatnonzero(fold_of != fold) for fold in range(count))
        if self.times is None:  # folds hold whole groups
            return list(zip(others, parts, strict=True))
        return [(self.independent(every, part), part) for part in parts]

    @property
    def folds_at_most(self) -> int:
        """How many folds there can be without an empty one: rows, groups or distinct times."""
        if self.times is not None:
            return len(np.unique(self.times))
        return self.rows if self.groups is None else len(np.unique(self.groups))

    def _fold_of(self, count: int, random: np.random.Generator) -> NDArray:
        """The fold of each row."""
        if self.times is not None:
            return _stretches(self.times, count)
        if self.groups is None:
            return _dealt(self.rows, count, random, self.classes)
        present, groups = np.unique(self.groups, return_inverse=True)
        classes = None if self.classes is None else majority_class(self.classes, groups)
        sizes = np.bincount(groups)
        return _dealt(len(present), count, random, classes, sizes)[groups]


def majority_class(classes: NDArray, groups: NDArray) -> NDArray:
    """The most frequent class of each group, both numbered from 0.

    Examples
    --------
    >>> majority_class(np.array([0, 1, 1, 0]), np.array([0, 0, 0, 1]))
    array([1, 0])
    """
    width = int(classes.max()) + 1
    pairs, counts = np.unique(groups * width + classes, return_counts=True)
    order = np.lexsort((-counts, pairs // width))
    first = np.unique(pairs[order] // width, return_index=True)[1]
    majority: NDArray = pairs[order][first] % width
    return majority


def _dealt(
    count: int,
    folds: int,
    random: np.random.Generator,
    classes: NDArray | None,
    sizes: NDArray | None = None,
) -> NDArray:
    """The fold of each of `count`, dealt out class by class, the largest first."""
    shuffled = random.permutation(count)
    for keys in (None if sizes is None else -sizes, classes):
        if keys is not None:
            shuffled = shuffled[np.argsort(keys[shuffled], kind="stable")]
    fold_of = np.empty(count, int)
    fold_of[shuffled] = np.arange(count) % folds
    return fold_of


def _stretches(times: NDArray, count: int) -> NDArray:
    """The stretch of each row, of `count` of about as many rows; equal times are in the same."""
    distinct, places, counts = np.unique(times, return_inverse=True, return_counts=True)
    middles = np.cumsum(counts) - counts / 2
    fold_of_time = np.minimum((middles * count / len(times)).astype(int), count - 1)
    if len(np.unique(fold_of_time)) < count:  # some times have very many rows
        fold_of_time = np.arange(len(distinct)) * count // len(distinct)
    stretches: NDArray = fold_of_time[places]
    return stretches


def _codes(given: Any, name: str, rows: int) -> NDArray | None:
    if given is None:
        return None
    codes: NDArray = pd.factorize(_column(given, name, rows))[0]
    return codes


def _column(given: Any, name: str, rows: int) -> pd.Series:
    values = pd.Series(given).reset_index(drop=True)
    what = _named(name, values)
    if len(values) != rows:
        raise InputError(
            f"{what} must have one value for each of the {rows} rows, got {len(values)}: use a "
            "column of the same table."
        )
    if values.isna().any():
        raise InputError(
            f"{what} must have no missing values, got {int(values.isna().sum())}, the first in "
            f"row {int(values.isna().argmax())}: fill them, or drop such rows."
        )
    return values


def _named(name: str, values: pd.Series) -> str:
    return name if values.name is None else f"{name} {str(values.name)!r}"


def _times(values: pd.Series) -> tuple[NDArray, bool]:
    """As numbers, and whether they were dates."""
    numbers = parse_numbers(values)
    if numbers.notna().all() and not pd.api.types.is_datetime64_any_dtype(values.dtype):
        return numbers.to_numpy(np.float64), False
    dates = parse_dates(values)
    if not dates.notna().all():
        wrong = (numbers if numbers.notna().sum() > dates.notna().sum() else dates).isna()
        must = f"{_named('order', values)} must hold dates or numbers"
        refuse_cells(values, wrong.to_numpy(), must, "write dates as 2020-12-31")
    since = dates - pd.Timestamp(0, tz=dates.dt.tz)
    return since.dt.total_seconds().to_numpy(np.float64), True


def _gap(given: Any, dated: bool | None) -> float:
    """In the unit of the times; `dated`: whether they are dates, None without times."""
    if given is None:
        return 0.0
    if dated is None:
        raise InputError(
            f"gap must come with times, got {given!r} without any: name the column of the time."
        )
    try:
        if dated and isinstance(given, str) and not re.search("[a-z:]", given, re.I):
            raise ValueError("pandas takes a number in a text as nanoseconds")
        if dated and not isinstance(given, Real):
            # pandas means days by "D" alone.
            length = pd.Timedelta(re.sub(r"(?<=[\d ])d$", "D", given)).total_seconds()
        elif dated:
            raise ValueError("a number has no unit")
        else:
            length = float(given)
    except (TypeError, ValueError):
        length = np.nan
    if not 0 <= length < np.inf:
        what = "a duration, as the times are dates" if dated else "a number, as the times are"
        raise InputError(
            f"gap must be {what}, of at least 0, got {given!r}: give e.g. "
            f"{'7 days' if dated else '7'}."
        )
    return length
