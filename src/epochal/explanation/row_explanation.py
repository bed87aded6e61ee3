"""Shapley values: how much each column contributes to the prediction of one row.

What a column contributes depends on which others are known already. Its Shapley value is the mean
over all orders in which the columns can become known; a column that is not known is filled from
rows to compare with. So the contributions add up to the prediction minus the mean prediction of
those rows.

References
----------
L. S. Shapley, "A value for n-person games", 1953; E. Štrumbelj and I. Kononenko, "Explaining
prediction models and individual predictions with feature contributions", Knowledge and Information
Systems 41, 2014; D. Janzing, L. Minorics and P. Blöbaum, "Feature relevance quantification in
explainable AI: A causal problem", AISTATS 2020, for filling from the rows as they are; R. Mitchell,
J. Cooper, E. Frank and G. Holmes, "Sampling permutations for Shapley value estimation", JMLR 23,
2022, for an order together with its reverse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from epochal.explanation.composed_rows import ComposedRows

MOST_EXACT = 10
"""Columns, or groups of them, for which all sets are looked at."""

MOST_PREDICTED = 50_000
MOST_COMPARED = 100
_FEWEST_COMPARED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Contributions:
    """What each group of columns contributes to the outputs for a row.

    Attributes
    ----------
    groups : tuple of tuple of str
    outputs : float array of shape (outputs,)
        For the row.
    mean : float array of shape (outputs,)
        The mean outputs of the rows that it is compared with.
    values : float array of shape (groups, outputs)
        Their sum over the groups is `outputs` minus `mean`.
    errors : float array of shape (groups, outputs)
        Standard errors: how far they would vary with other rows to compare with, and, where they
        are not exact, with other orders.
    compared : int
        How many rows it is compared with.
    exact : bool
        Whether all orders are looked at; a sample of them otherwise.
    """

    groups: tuple[tuple[str, ...], ...]
    outputs: NDArray[np.float64]
    mean: NDArray[np.float64]
    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    compared: int
    exact: bool


def contributions(
    rows: ComposedRows,
    row: int,
    *,
    groups: Sequence[Sequence[str]] | None = None,
    most_predicted: int = MOST_PREDICTED,
    most_exact: int = MOST_EXACT,
    seed: int = 0,
) -> Contributions:
    """Shapley values of the columns for one row.

    Parameters
    ----------
    rows : ComposedRows
        The row and those to compare it with, at least one.
    row : int
        Its position; all other rows are compared with, or 100 that are drawn.
    groups : sequence of sequence of str, optional
        Columns that become known together; None takes each column alone.
    most_predicted : int
        About how many rows to predict, which limits the rows to compare with and the orders.
    most_exact : int
        Up to so many groups all orders are looked at; of more, orders are drawn, each with its
        reverse, equally many for each row to compare with.
    seed : int
        Decides the rows and the orders that are drawn.

    Returns
    -------
    Contributions

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": [1.0, 3.0], "b": [0.0, 10.0]})
    >>> rows = ComposedRows.of(lambda f: (f["a"] + f["b"]).to_numpy(), frame)
    >>> contributions(rows, 1).values.tolist()
    [[2.0], [10.0]]
    """
    players = [tuple(group) for group in groups or [(name,) for name in rows.columns]]
    exact = len(players) <= most_exact
    cost = 2 ** len(players) if exact else 2 * (len(players) + 1)
    random = np.random.default_rng(seed)
    count = min(MOST_COMPARED, max(_FEWEST_COMPARED, most_predicted // cost))
    others = np.delete(np.arange(len(rows)), row)
    compared = np.sort(random.permutation(others)[:count])
    owner = np.empty(len(rows.columns), np.intp)
    for number, group in enumerate(players):
        owner[rows.positions(group)] = number
    if exact:
        each = _by_sets(rows, row, compared, owner, len(players))
    else:
        pairs = max(1, most_predicted // (cost * len(compared)))
        each = _by_orders(rows, row, compared, owner, len(players), pairs, random)
    deviation = each.std(axis=1, ddof=1) if each.shape[1] > 1 else np.zeros_like(each[:, 0])
    return Contributions(
        groups=tuple(players),
        outputs=rows.outputs(rows.whole(np.array([row])))[0],
        mean=rows.outputs(rows.whole(compared)).mean(axis=0),
        values=each.mean(axis=1),
        errors=deviation / np.sqrt(each.shape[1]),
        compared=len(compared),
        exact=exact,
    )


def _by_sets(
    rows: ComposedRows, row: int, compared: NDArray, owner: NDArray, players: int
) -> NDArray[np.float64]:
    """The exact values, each for every row to compare with: (players, compared, outputs).

    A player's value is the sum over the sets S of the others of |S|! (n - |S| - 1)! / n! times the
    gain from S to S with it.
    """
    sets = np.arange(2**players)
    known = (sets[:, None] >> np.arange(players) & 1).astype(bool)
    value = np.stack(
        [
            rows.outputs(_filled(rows, row, np.full(len(sets), at), known[:, owner]))
            for at in compared
        ],
        axis=1,
    )
    size = known.sum(axis=1)
    weight = np.array([1 / (players * comb(players - 1, k)) for k in range(players)])
    each = np.empty((players, len(compared), value.shape[2]))
    for player in range(players):
        without = sets[~known[:, player]]
        gain = value[without | 1 << player] - value[without]
        each[player] = np.tensordot(weight[size[without]], gain, axes=1)
    return each


def _by_orders(
    rows: ComposedRows,
    row: int,
    compared: NDArray,
    owner: NDArray,
    players: int,
    pairs: int,
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """What players gain in orders that are drawn: (players, compared x pairs, outputs)."""
    steps = np.arange(players + 1)
    each = []
    for at in compared:
        orders = np.stack([random.permutation(players) for _ in range(pairs)])
        place = np.argsort(np.concatenate([orders, orders[:, ::-1]]), axis=1)
        known = place[:, None, owner] < steps[:, None]
        known = known.reshape(-1, len(owner))
        value = rows.outputs(_filled(rows, row, np.full(len(known), at), known))
        steps_of = np.diff(value.reshape(len(place), len(steps), -1), axis=1)
        gains = np.take_along_axis(steps_of, place[:, :, None], axis=1)
        each.append(gains.reshape(2, pairs, players, -1).mean(axis=0))
    return np.concatenate(each).swapaxes(0, 1)


def _filled(rows: ComposedRows, row: int, others: NDArray, known: NDArray) -> NDArray[np.intp]:
    """Sources: the row's own cell where it is known, that of another row elsewhere."""
    return np.where(known, row, rows.whole(others))
