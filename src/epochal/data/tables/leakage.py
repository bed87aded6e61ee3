"""Target leakage: columns that determine the target.

A column determines the target when equal values of it always come with equal targets. That
alone means nothing: a ticket number that occurs once "determines" its row's target trivially.
So the question is how surprising the agreement is. If the target were independent of the column,
the n rows that have a value in common would all have the same target with probability

    sum over targets c of  p_c ** n,        p_c the fraction of rows with target c,

which is 1 for n = 1: a value that occurs once adds no evidence, whatever the number of such
values. The product over the values is the probability that chance alone makes the column
determine the target. It is a leak when that is below 1e-4 divided by the number of columns
(Bonferroni): with two equal classes a recoding of the target is found from about 20 rows on.

For numbers that rarely repeat, the order is tested instead: does the target rise (or fall)
with the column without exception? For classes, each is then one interval of the column; for
numbers, one is a monotone recoding of the other, such as a price in cents. The probability of
that by chance is the number of orders in which it holds over the number of all orders. (Dates are
not tested: many measurements rise with time.)

Equal rows are counted once: copies of a row agree for another reason.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import lgamma, log

import numpy as np
import pandas as pd

from epochal.data.tables.columns import Column
from epochal.data.tables.parsing import hashable_frame, parse_numbers
from epochal.translation import translate

_CHANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A column that determines the target.

    Attributes
    ----------
    name : str
    reason : str
        How it does, as a clause: "each of its 2 values always comes with one value of 'survived'
        (such as yes with 1)".
    """

    name: str
    reason: str


def find_leaks(
    frame: pd.DataFrame, target: str | Sequence[str], columns: Sequence[Column]
) -> tuple[Leak, ...]:
    """Find the columns, of those not dropped, that determine the target exactly.

    How that is told from chance is in the documentation of `epochal.data.tables.leakage`. Rows
    without a target are ignored.

    Parameters
    ----------
    frame : DataFrame
        The table, its target included.
    target : str or sequence of str
        The column, or columns, to predict.
    columns : sequence of Column
        The others, as `infer_columns` returned them.

    Returns
    -------
    tuple of Leak
        One for each such column, with the reason.

    Examples
    --------
    >>> from epochal.data import infer_columns, read_table
    >>> frame = read_table("titanic")
    >>> columns = infer_columns(frame, target="survived")
    >>> [leak.name for leak in find_leaks(frame, "survived", columns)]
    ['alive']
    """
    targets = [target] if isinstance(target, str) else list(target)
    judged = [column for column in columns if column.kind not in ("dropped", "text")]
    known = frame[targets].notna().all(axis=1)
    frame = frame.loc[known, [column.name for column in columns] + targets]
    frame = hashable_frame(frame).drop_duplicates()
    if len(frame) < 2 or not judged:
        return ()
    limit = log(_CHANCE / len(judged))
    reasons: dict[str, str] = {}
    for name in targets:
        outcomes, ranks = pd.factorize(frame[name])[0], _ranks(frame[name])
        for column in judged:
            how = _how(frame[column.name], column.kind, outcomes, ranks, limit)
            if how:
                reasons.setdefault(column.name, _describe(how, frame[column.name], frame[name]))
    return tuple(Leak(name=name, reason=reason) for name, reason in reasons.items())


def drop_leaks(
    columns: Sequence[Column], leaks: Sequence[Leak], keep: Collection[str] = ()
) -> tuple[Column, ...]:
    """Drop the columns that leak the target, or keep them with a note where `keep` names them.

    Parameters
    ----------
    columns : sequence of Column
        The columns of a table.
    leaks : sequence of Leak
        As `find_leaks` returned them.
    keep : collection of str
        Columns to keep although they leak the target.

    Returns
    -------
    tuple of Column
        As many as before, in the same order.

    Examples
    --------
    >>> column = Column(name="alive", kind="category", missing=0, distinct=2)
    >>> drop_leaks([column], [Leak(name="alive", reason="it equals the target")])[0].kind
    'dropped'
    """
    reasons = {leak.name: leak.reason for leak in leaks}

    def decide(column: Column) -> Column:
        if column.name not in reasons:
            return column
        note = translate("target leakage: {reason}", reason=reasons[column.name])
        if column.name in keep:
            return replace(column, note=translate("kept on request: {reason}", reason=note))
        return replace(column, kind="dropped", note=note)

    return tuple(decide(column) for column in columns)


def _how(
    column: pd.Series, kind: str, outcomes: np.ndarray, ranks: np.ndarray, limit: float
) -> str:
    """What of the column determines the target: "values", "order" or ""."""
    codes = pd.factorize(column, use_na_sentinel=False)[0]
    if log_chance_of_agreement(codes, outcomes) < limit:
        return "values"
    if kind == "numeric":
        numbers = parse_numbers(column).to_numpy()
        if not np.isnan(numbers).any() and log_chance_of_order(numbers, ranks) < limit:
            return "order"
    return ""


def _describe(how: str, column: pd.Series, target: pd.Series) -> str:
    if how == "order":
        return translate("{target!r} follows its order without exception", target=target.name)
    return translate(
        "each of its {count} values always comes with one value of {target!r} (such as {value} "
        "with {outcome})",
        count=column.nunique(dropna=False),
        target=target.name,
        value=column.iloc[0],
        outcome=target.iloc[0],
    )


def _ranks(target: pd.Series) -> np.ndarray:
    """Numbers to compare targets by; unordered classes are numbered by their first occurrence."""
    numbers = parse_numbers(target)
    return numbers.to_numpy() if numbers.notna().all() else pd.factorize(target)[0]


def log_chance_of_agreement(codes: np.ndarray, outcomes: np.ndarray) -> float:
    """Log of the probability that rows of equal code all have equal outcomes by chance.

    Parameters
    ----------
    codes, outcomes : int array of shape (rows,)
        From 0 on.

    Returns
    -------
    float
        0 where they do not.
    """
    lowest = np.full(codes.max() + 1, outcomes.max() + 1)
    highest = np.full(codes.max() + 1, -1)
    np.minimum.at(lowest, codes, outcomes)
    np.maximum.at(highest, codes, outcomes)
    if (lowest != highest).any():
        return 0.0
    log_shares = np.log(np.bincount(outcomes) / len(outcomes))
    # Many values have the same number of rows: each number is computed once.
    rows, values = np.unique(np.bincount(codes), return_counts=True)
    # In logarithms: a fraction to the power of thousands of rows underflows.
    agreements = [np.logaddexp.reduce(n * log_shares) for n in rows]
    return float(np.dot(values, agreements))


def log_chance_of_order(numbers: np.ndarray, outcomes: np.ndarray) -> float:
    """Log of the probability that outcomes are sorted by `numbers` by chance.

    Sorted: they rise or fall throughout, or each is one run.

    Of n rows with n_c of outcome c there are n! / (product of n_c!) orders: in 2 the outcomes
    rise or fall, and in as many as the outcomes have orders, each is one run.

    Parameters
    ----------
    numbers, outcomes : array of shape (rows,)

    Returns
    -------
    float
        0 where they are not sorted, or where equal numbers have different outcomes.
    """
    order = np.lexsort((outcomes, numbers))
    numbers, outcomes = numbers[order], outcomes[order]
    changes = outcomes[1:] != outcomes[:-1]
    sizes = np.unique(outcomes, return_counts=True)[1]
    rising = (outcomes[1:] >= outcomes[:-1]).all() or (outcomes[1:] <= outcomes[:-1]).all()
    in_runs = changes.sum() + 1 == len(sizes)
    ties = changes & (numbers[1:] == numbers[:-1])
    if ties.any() or not (rising or in_runs):
        return 0.0
    orders = lgamma(len(outcomes) + 1) - sum(lgamma(size + 1) for size in sizes)
    return (log(2) if rising else lgamma(len(sizes) + 1)) - orders
