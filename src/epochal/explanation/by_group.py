"""Scores by the values of a column: a good score of all rows may hide a bad one of some."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data.tables.parsing import as_names, parse_dates, parse_numbers
from epochal.explanation.column_values import named_values
from epochal.explanation.group_names import GroupName, group_title
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.formatting import tick_text
from epochal.scoring.metrics import Metric
from epochal.scoring.scores import Score
from epochal.translation import translatable

FEWEST_ROWS = 20
"""Of a group with fewer, the interval of a score would be nearly all that is possible."""

MOST_GROUPS = 20
_PARTS = 4  # of a column with an order
_MOST_VALUES = 10  # of a column with an order, each a group
MISSING = GroupName.of(translatable("(missing)"))


@dataclass(frozen=True, kw_only=True)
class GroupScores:
    """The scores of the rows with one value of a column.

    Attributes
    ----------
    value : str
        The value, or the lowest and highest one: "8.05 to 31".
    rows : int
    scores : tuple of Score
        With 95% intervals; the headline score first.
    """

    value: str
    rows: int
    scores: tuple[Score, ...]

    @property
    def title(self) -> str:
        """The value; of several values, their name in the current language."""
        return group_title(self.value)


@dataclass(frozen=True, kw_only=True)
class ScoresByGroup:
    """The scores of the groups of rows that a column makes.

    Attributes
    ----------
    column : str
    groups : tuple of GroupScores
        In order of the values where they have one, otherwise the largest first.
    too_small : dict of str to int
        The rows of each group that is too small to be scored.
    """

    column: str
    groups: tuple[GroupScores, ...]
    too_small: dict[str, int]


def scores_by_group(
    column: pd.Series,
    metrics: Sequence[Metric],
    truth: NDArray,
    outputs: NDArray,
    *,
    threshold: float | None = None,
    seed: int = 0,
) -> ScoresByGroup:
    """Score the rows of each value of a column.

    Parameters
    ----------
    column : Series of shape (rows,)
        Numbers or dates of more than ten values are cut into four parts of about as many rows. Of
        other values the twenty most frequent are taken, and the rest together.
    metrics : sequence of Metric
    truth, outputs : array of shape (rows, ...)
        As `epochal.scoring.score_all` takes them.
    threshold : float, optional
        From which probability on a row is said to be positive.
    seed : int
        Decides the draws of the intervals.

    Returns
    -------
    ScoresByGroup
        Groups of fewer than 20 rows are not scored.

    Examples
    --------
    >>> from epochal.scoring.task_metrics import metrics_of
    >>> sex = pd.Series(["f", "m"] * 20, name="sex")
    >>> truth, outputs = np.ones((40, 1)), np.tile([[0.9], [0.2]], (20, 1))
    >>> found = scores_by_group(sex, metrics_of("binary"), truth, outputs)
    >>> [(one.value, one.rows, one.scores[0].network.value) for one in found.groups]
    [('f', 20, 1.0), ('m', 20, 0.0)]
    """
    groups = rows_of_groups(column)
    thresholds = None if threshold is None else {NETWORK: threshold}
    scored = []
    for value, rows in groups.items():
        if len(rows) >= FEWEST_ROWS:
            scores, _ = score_all(
                metrics, truth[rows], {NETWORK: outputs[rows]}, thresholds=thresholds, seed=seed
            )
            scored.append(GroupScores(value=value, rows=len(rows), scores=scores))
    small = {value: len(rows) for value, rows in groups.items() if len(rows) < FEWEST_ROWS}
    return ScoresByGroup(column=str(column.name), groups=tuple(scored), too_small=small)


def rows_of_groups(column: pd.Series) -> Mapping[str, NDArray[np.intp]]:
    """The positions of the rows of each group of a column, by its name.

    Examples
    --------
    >>> {k: v.tolist() for k, v in rows_of_groups(pd.Series(["a", None, "a"])).items()}
    {'a': [0, 2], '(missing)': [1]}
    """
    groups = _in_order(column)
    if groups is None:
        groups = _most_frequent(column)
    missing = np.flatnonzero(column.isna().to_numpy())
    return groups | ({MISSING: missing} if len(missing) else {})


def _in_order(column: pd.Series) -> dict[str, NDArray[np.intp]] | None:
    """Of numbers and dates, in their order; None of others."""
    known = column.notna().to_numpy()
    numbers = parse_numbers(column)
    if not known.any() or set(as_names(column[known])) <= {"True", "False"}:
        return None
    if numbers.notna().to_numpy()[known].all():
        values = numbers.to_numpy(np.float64)
        return _cut(values, lambda number: tick_text(float(number)))
    dates = parse_dates(column)
    if not dates.notna().to_numpy()[known].all():
        return None
    days = dates.to_numpy("datetime64[s]")
    seconds = np.where(np.isnat(days), np.nan, days.astype(np.int64).astype(float))
    return _cut(seconds, lambda number: str(np.datetime64(int(number), "s"))[:10])


def _cut(values: NDArray, written: Callable[[float], str]) -> dict[str, NDArray[np.intp]]:
    """Each value, or, where there are many, parts of about as many rows."""
    distinct = np.unique(values[np.isfinite(values)])
    if len(distinct) <= _MOST_VALUES:
        return {written(value): np.flatnonzero(values == value) for value in distinct}
    inner = np.quantile(values[np.isfinite(values)], np.linspace(0, 1, _PARTS + 1)[1:-1])
    part = np.where(np.isfinite(values), np.searchsorted(np.unique(inner), values), -1)
    groups: dict[str, NDArray[np.intp]] = {}
    for number in range(int(part.max()) + 1):
        rows = np.flatnonzero(part == number)
        if len(rows):
            own = values[rows]
            name = GroupName.of(
                translatable("{low} to {high}"), low=written(own.min()), high=written(own.max())
            )
            groups[name] = rows
    return groups


def _most_frequent(column: pd.Series) -> dict[str, NDArray[np.intp]]:
    codes, names = named_values(column)
    groups = {name: np.flatnonzero(codes == at) for at, name in enumerate(names[:MOST_GROUPS])}
    others = len(names) - MOST_GROUPS
    if others > 0:
        rest = GroupName.of(translatable("({count:,} other values)"), count=others)
        groups[rest] = np.flatnonzero(codes >= MOST_GROUPS)
    return groups
