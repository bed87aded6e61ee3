"""Whether a random split flatters: measured on columns by which rows should stay together.

A group, a time or near-duplicates are only suspected by `epochal.data.dependence`. Here a forest
of extremely randomised trees is cross-validated twice, on rows drawn at random and on rows split
so; what is told is what makes a difference that chance does not explain, with both scores.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import Column, Task
from epochal.data.dependence import group_candidates, surprising_duplicates, time_candidates
from epochal.runs.command import split_option
from epochal.runs.forest_errors import Folds, ForestTable
from epochal.runs.settings import TrainSettings
from epochal.scoring.interval import DRAWS, drawn_rows
from epochal.translation import translate

MOST_ROWS = 2000
"""Of larger tables whole groups, or every so many times, are compared: a fit stays under 0.5 s."""

_FOLDS = 3
_DRAWS_OF_FOLDS = 2  # the bootstrap knows of rows, not of where the folds happen to fall
_LATEST = 0.2  # of the rows are predicted by earlier ones
_BLOCKS = 20  # of rows of neighbouring times, which are alike, make a draw
_WORSE = 1.1  # times the error on rows drawn at random
_OF_CONSTANT = 0.05  # of the error of always predicting the same, which the difference must reach
_SURE = 0.005  # quantile of the bootstrapped difference that must be above 0


@dataclass(frozen=True, kw_only=True)
class SplitWarning:
    """Why a random split flatters, and what to do.

    Attributes
    ----------
    kind : {"group", "time", "duplicates"}
    column : str
        The column to split by; "" for near-duplicates.
    sentence : str
        With both scores.
    option : str
        What to add to the command, quoted for a shell.
    """

    kind: str
    column: str
    sentence: str
    option: str


def split_warnings(
    frame: pd.DataFrame, task: Task, columns: Sequence[Column], settings: TrainSettings
) -> tuple[SplitWarning, ...]:
    """What there is to say of a split that the settings do not provide for.

    Parameters
    ----------
    frame : DataFrame
        The rows with a target.
    task : Task
    columns : sequence of Column
        All but the target.
    settings : TrainSettings

    Returns
    -------
    tuple of SplitWarning
        Empty for most tables.
    """
    table = ForestTable(frame, task, columns)
    found: list[SplitWarning] = []
    if settings.group is None and not settings.group_duplicates:
        found += _of_groups(table, frame, columns)
    if settings.time_column is None:
        found += _of_times(table, frame, columns)
    return tuple(found)


class _Errors(NamedTuple):
    """Of each row, (rows,): 0 or 1 of a class, or the squared error of a number."""

    at_random: NDArray
    apart: NDArray


def _of_groups(
    table: ForestTable, frame: pd.DataFrame, columns: Sequence[Column]
) -> Iterator[SplitWarning]:
    """The column whose groups make the greatest difference, else near-duplicates."""
    found = [
        (name, pair)
        for name, codes in group_candidates(frame, table.targets, columns)
        if (pair := _by_group(table, name, codes)) is not None
    ]
    if found:
        name, pair = max(found, key=lambda each: each[1].apart.mean())
        yield SplitWarning(
            kind="group",
            column=name,
            sentence=translate(
                "rows of equal {column!r} are alike: a forest has an {score} of {at_random} on "
                "rows drawn at random, and of {apart} on rows of another {column!r}",
                column=name,
                score=translate(table.score),
                at_random=table.words(pair.at_random),
                apart=table.words(pair.apart),
            ),
            option=split_option("group", name),
        )
        return
    groups = surprising_duplicates(frame, columns)
    if groups is None or (pair := _by_group(table, "", groups)) is None:
        return
    twins = np.bincount(groups)[groups] > 1
    yield SplitWarning(
        kind="duplicates",
        column="",
        sentence=translate(
            "{count:,} rows nearly equal another: a forest has an {score} of {at_random} on rows "
            "drawn at random, and of {apart} where such rows stay together",
            count=int(twins.sum()),
            score=translate(table.score),
            at_random=table.words(pair.at_random),
            apart=table.words(pair.apart),
        ),
        option="--group-duplicates",
    )


def _by_group(table: ForestTable, name: str, codes: NDArray) -> _Errors | None:
    """Errors on rows at random and by group, where those are surely worse however folds fall."""
    rows = _whole_groups(codes)
    groups = np.unique(codes[rows], return_inverse=True)[1]
    together = table.relations(rows, groups=codes)
    if together.folds_at_most < _FOLDS:
        return None
    found: list[_Errors] = []
    for seed in range(_DRAWS_OF_FOLDS):
        apart = together.folds(_FOLDS, np.random.default_rng(seed))
        drawn = table.relations(rows).folds(_FOLDS, np.random.default_rng(seed))
        errors = _compared(table, name, rows, drawn, apart, groups)
        if errors is None:
            return None
        found.append(errors)
    return found[0]


def _whole_groups(codes: NDArray) -> NDArray:
    """All rows of so many groups as make about `MOST_ROWS`."""
    sizes = np.bincount(codes)
    drawn = np.random.default_rng(0).permutation(len(sizes))
    count = max(_FOLDS, int(np.searchsorted(np.cumsum(sizes[drawn]), MOST_ROWS)) + 1)
    return np.flatnonzero(np.isin(codes, drawn[:count]))


def _of_times(
    table: ForestTable, frame: pd.DataFrame, columns: Sequence[Column]
) -> Iterator[SplitWarning]:
    """The column of time by which the latest rows are worst predicted."""
    found = [
        (name, pair)
        for name, times in time_candidates(frame, columns)
        if (pair := _by_time(table, name, times)) is not None
    ]
    if not found:
        return
    name, pair = max(found, key=lambda each: each[1].apart.mean())
    yield SplitWarning(
        kind="time",
        column=name,
        sentence=translate(
            "rows drift with {column!r}: on the latest fifth a forest has an {score} of "
            "{at_random} where it was trained on rows of that time too, and of {apart} where on "
            "earlier ones alone",
            column=name,
            score=translate(table.score),
            at_random=table.words(pair.at_random),
            apart=table.words(pair.apart),
        ),
        option=split_option("time_column", name),
    )


def _by_time(table: ForestTable, name: str, times: NDArray) -> _Errors | None:
    """Errors on the latest rows, by rows at random and by earlier ones, where those are worse."""
    order = np.argsort(times, kind="stable")
    rows = order[:: -(-len(order) // MOST_ROWS)]
    first = int((1 - _LATEST) * len(rows))
    earlier = np.flatnonzero(times[rows] < times[rows[first]])
    later = np.arange(first, len(rows))
    if len(earlier) < len(rows) / 2:
        return None
    # Five folds train on as many rows as the earlier ones are.
    drawn = table.relations(rows).folds(round(1 / _LATEST), np.random.default_rng(0))
    blocks = np.full(len(rows), -1)
    blocks[later] = np.arange(len(later)) * _BLOCKS // len(later)
    return _compared(table, name, rows, drawn, [(earlier, later)], blocks)


def _compared(
    table: ForestTable, name: str, rows: NDArray, drawn: Folds, apart: Folds, groups: NDArray
) -> _Errors | None:
    """Errors of folds drawn at random and of those apart, where the latter are surely worse.

    Apart, they must be so with the column and without it: a number that helps is missed, and one
    that is an identifier misleads.

    Parameters
    ----------
    groups : int array of shape (rows,)
        What the difference is bootstrapped by; -1 for rows that are not compared.
    """
    at_random = table.errors(rows, drawn)[groups >= 0]
    least = at_random.mean() + _OF_CONSTANT * table.constant_error(rows)
    found = None
    for without in dict.fromkeys(("", name)):
        errors = table.errors(rows, apart, without)[groups >= 0]
        found = _if_worse(_Errors(at_random, errors), groups[groups >= 0])
        if found is None or errors.mean() < least:
            return None
    return found


def _if_worse(errors: _Errors, groups: NDArray) -> _Errors | None:
    """The errors where those of rows apart are clearly larger, and surely, drawn by group."""
    at_random, apart = errors
    if apart.mean() < _WORSE * at_random.mean():
        return None
    gains = np.bincount(groups, apart - at_random)
    drawn = np.concatenate([gains[rows].sum(axis=1) for rows in drawn_rows(len(gains), 0, DRAWS)])
    return errors if np.quantile(drawn, _SURE) > 0 else None
