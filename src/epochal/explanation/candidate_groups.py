"""Of very many columns those that predictions seem to rest on most, to be measured well."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.explanation.composed_rows import ComposedRows

_MOST_ROWS = 50
_FEWEST_ROWS = 8
_ROWS_TO_FOLLOW = 500
_CELLS_AT_ONCE = 4_000_000


def candidate_groups(
    rows: ComposedRows,
    groups: list[tuple[str, ...]],
    most: int,
    most_predicted: int,
    seed: int,
) -> list[tuple[str, ...]]:
    """At most so many of the groups, in their order.

    Those are taken whose shuffling changes the predictions of some rows most. Where there are too
    many to shuffle each, only those are shuffled that go along with the predictions most: of each
    group's first column the correlation ratio with the predictions, or the rank correlation.

    Parameters
    ----------
    rows : ComposedRows
    groups : list of tuple of str
    most : int
        How many to take.
    most_predicted : int
        About how many rows to predict.
    seed : int
        Decides rows and shuffles.
    """
    if len(groups) <= most:
        return groups
    shuffled_at_most = max(most, most_predicted // _FEWEST_ROWS)
    random = np.random.default_rng(seed)
    chosen = np.arange(len(groups))
    if len(groups) > shuffled_at_most:
        taken = _some(rows, min(_ROWS_TO_FOLLOW, max(_FEWEST_ROWS, most_predicted // 2)), random)
        along = followed(rows, taken, [group[0] for group in groups])
        chosen = np.sort(np.argsort(-along, kind="stable")[:shuffled_at_most])
    count = min(_MOST_ROWS, max(_FEWEST_ROWS, most_predicted // len(chosen)))
    taken = _some(rows, count, random)
    others = np.roll(np.arange(len(taken)), 1)  # no row keeps its own cells
    changes = _changes(rows, taken, [groups[at] for at in chosen], others)
    first = np.sort(chosen[np.argsort(-changes, kind="stable")[:most]])
    return [groups[at] for at in first]


def shuffled(
    rows: ComposedRows, taken: NDArray, group: Sequence[str], orders: NDArray[np.intp]
) -> NDArray:
    """The outputs with a group's cells shuffled among rows: (shuffles, rows, outputs).

    Parameters
    ----------
    rows : ComposedRows
    taken : int array of shape (rows,)
        Positions of the rows.
    group : sequence of str
    orders : int array of shape (shuffles, rows)
        For each shuffle and row, the number in `taken` of the row that the cells are from.
    """
    outputs = rows.outputs(_sources(rows, taken, group, orders))
    shaped: NDArray = outputs.reshape(*orders.shape, -1)
    return shaped


def _sources(
    rows: ComposedRows, taken: NDArray, group: Sequence[str], orders: NDArray[np.intp]
) -> NDArray[np.integer]:
    sources = rows.whole(np.tile(taken, len(orders)))
    sources[:, rows.positions(group)] = taken[orders].reshape(-1, 1)
    return sources


def _some(rows: ComposedRows, count: int, random: np.random.Generator) -> NDArray[np.intp]:
    return np.sort(random.permutation(len(rows))[:count])


def _changes(
    rows: ComposedRows, taken: NDArray, groups: list[tuple[str, ...]], order: NDArray
) -> NDArray[np.float64]:
    """How much the shuffling of each group changes the predictions, in their deviations."""
    whole = rows.outputs(rows.whole(taken))
    deviation = whole.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1)
    # Many groups in one prediction: to read the weights of a wide network takes the time.
    block = max(1, _CELLS_AT_ONCE // (len(rows.columns) * len(taken)))
    found = []
    for start in range(0, len(groups), block):
        some = groups[start : start + block]
        sources = [_sources(rows, taken, group, order[None]) for group in some]
        outputs = rows.outputs(np.concatenate(sources)).reshape(len(some), len(taken), -1)
        found.append(np.mean(np.abs(outputs - whole) / scale, axis=(1, 2)))
    return np.concatenate(found)


def followed(rows: ComposedRows, taken: NDArray, columns: Sequence[str]) -> NDArray[np.float64]:
    """How far the predictions go along with each column, of the output that does most: 0 to 1.

    Parameters
    ----------
    rows : ComposedRows
    taken : int array of shape (rows,)
        Positions of the rows.
    columns : sequence of str

    Returns
    -------
    float array of shape (columns,)
    """
    outputs = _standardized(_ranks(rows.outputs(rows.whole(taken))))
    cells = rows.frame.iloc[taken][list(columns)]
    numeric = np.array([pd.api.types.is_numeric_dtype(dtype) for dtype in cells.dtypes])
    found = np.empty(len(columns))
    numbers = cells.loc[:, numeric].astype(float).to_numpy()
    ranks = _ranks(np.nan_to_num(numbers, nan=-np.inf))
    found[numeric] = np.abs(_standardized(ranks).T @ outputs).max(axis=1) / len(outputs)
    found[~numeric] = [
        _correlation_ratio(column, outputs) for _, column in cells.loc[:, ~numeric].items()
    ]
    return found


def _ranks(values: NDArray) -> NDArray[np.float64]:
    """From 1 in each column, the mean of those of equal values; SciPy's take a second to import."""
    ranks: NDArray = pd.DataFrame(values).rank().to_numpy()
    return ranks


def _correlation_ratio(column: pd.Series, outputs: NDArray) -> float:
    codes = pd.factorize(column)[0] + 1
    counts = np.bincount(codes)
    sums = np.stack([np.bincount(codes, weights=output) for output in outputs.T])
    explained = (np.square(sums) / np.maximum(counts, 1)).sum(axis=1) / len(outputs)
    free = len(codes) - int((counts > 0).sum())
    if not free:  # each value of its own explains all, by chance alone
        return 0.0
    corrected = 1 - (1 - explained) * (len(codes) - 1) / free
    return float(np.sqrt(np.clip(corrected, 0, 1)).max())


def _standardized(values: NDArray) -> NDArray[np.float64]:
    """Of mean 0 and variance 1, (rows, ...); a constant is 0."""
    centred = values - values.mean(axis=0)
    deviation = centred.std(axis=0)
    scaled: NDArray[np.float64] = centred / np.where(deviation > 0, deviation, 1)
    return scaled
