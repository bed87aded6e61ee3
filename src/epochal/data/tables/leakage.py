"""Columns that give the target away, and rows that lie on both sides of a split.

A column determines the target when equal values of it always come with equal targets. That
alone says nothing: a ticket number that occurs once "determines" its row's target trivially.
So the question is how surprising the agreement is. Were the target independent of the column,
the n rows that share a value would all have the same target with probability

    sum over targets c of  p_c ** n,        p_c the share of c among the rows,

which is 1 for n = 1: a value that occurs once adds no evidence, whatever the number of such
values. The product over the values is the probability that chance alone makes the column
determine the target. It is a leak when that is below 1e-4 divided by the number of columns
(Bonferroni): with two equal classes a recoding of the target is found from about 20 rows on.

Numbers that hardly repeat are asked for their order instead: does the target rise (or fall)
with the column without a single exception? For classes that means one interval of the
column for each; for numbers that one is a monotone recoding of the other, such as a price in
cents. The chance of that is the number of orders in which it holds over the number of all
orders. (Dates are not asked: much that is measured rises with time.)

Equal rows are counted once: copies of a row agree for another reason.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import lgamma, log

import numpy as np
import pandas as pd

from epochal.data.splits import Split
from epochal.data.tables.columns import Column
from epochal.data.tables.parsing import hashable_frame, parse_numbers

_CHANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Leak:
    """A column that determines the target, and how it does.

    The reason is a clause such as "each of its 2 values always comes with one value of 'survived'
    (such as yes with 1)".
    """

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """How many rows have equal features in a part that should be new to the network.

    Attributes
    ----------
    validation : int
        Rows of the validation part that equal a training row.
    test : int
        Rows of the test part that equal a training or a validation row.
    """

    validation: int
    test: int


def find_leaks(
    frame: pd.DataFrame, target: str | Sequence[str], columns: Sequence[Column]
) -> tuple[Leak, ...]:
    """The columns, of those not dropped, that determine the target exactly.

    The module's text says how that is judged; rows without a target are not looked at.

    Parameters
    ----------
    frame : DataFrame
        The table, its target included.
    target : str or sequence of str
        The column, or columns, to learn.
    columns : sequence of Column
        What `infer_columns` found of the others.

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
                reasons.setdefault(column.name, _in_words(how, frame[column.name], frame[name]))
    return tuple(Leak(name=name, reason=reason) for name, reason in reasons.items())


def drop_leaks(
    columns: Sequence[Column], leaks: Sequence[Leak], keep: Collection[str] = ()
) -> tuple[Column, ...]:
    """The columns with the leaks dropped, or kept with a note where `keep` names them.

    Parameters
    ----------
    columns : sequence of Column
        The columns of a table.
    leaks : sequence of Leak
        What `find_leaks` found of them.
    keep : names
        Columns to keep though they leak the target.

    Returns
    -------
    tuple of Column
        As many as before, in their order.
    """
    reasons = {leak.name: leak.reason for leak in leaks}

    def decided(column: Column) -> Column:
        if column.name not in reasons:
            return column
        note = f"gives the target away: {reasons[column.name]}"
        if column.name in keep:
            return replace(column, note=f"kept on request: {note}")
        return replace(column, kind="dropped", note=note)

    return tuple(decided(column) for column in columns)


def count_duplicates(features: pd.DataFrame, split: Split) -> Duplicates:
    """Count rows with equal features across the parts of a split.

    Parameters
    ----------
    features : DataFrame of shape (rows, columns)
        Without the target: equal features with another target are no less known.
    split : Split
        Of the positions of these rows.

    Returns
    -------
    Duplicates
        Rows of the validation and of the test part whose features stand in an earlier part too.

    Examples
    --------
    >>> import numpy as np
    >>> features = pd.DataFrame({"a": [1, 2, 1, 2]})
    >>> parts = Split(train=np.array([0]), validation=np.array([1]), test=np.array([2, 3]))
    >>> count_duplicates(features, parts)
    Duplicates(validation=0, test=2)
    """
    rows = pd.util.hash_pandas_object(features, index=False).to_numpy()
    train, validation, test = rows[split.train], rows[split.validation], rows[split.test]
    return Duplicates(
        validation=int(np.isin(validation, train).sum()),
        test=int(np.isin(test, np.concatenate([train, validation])).sum()),
    )


def _how(
    column: pd.Series, kind: str, outcomes: np.ndarray, ranks: np.ndarray, limit: float
) -> str:
    """By what the column determines the target, "values" or "order", or ""."""
    codes = pd.factorize(column, use_na_sentinel=False)[0]
    if log_chance_of_agreement(codes, outcomes) < limit:
        return "values"
    if kind == "numeric":
        numbers = parse_numbers(column).to_numpy()
        if not np.isnan(numbers).any() and log_chance_of_order(numbers, ranks) < limit:
            return "order"
    return ""


def _in_words(how: str, column: pd.Series, target: pd.Series) -> str:
    if how == "order":
        return f"{target.name!r} follows from its order without exception"
    return (
        f"each of its {column.nunique(dropna=False)} values always comes with one value of "
        f"{target.name!r} (such as {column.iloc[0]} with {target.iloc[0]})"
    )


def _ranks(target: pd.Series) -> np.ndarray:
    """Numbers to compare targets by; classes without an order are numbered as they come."""
    numbers = parse_numbers(target)
    return numbers.to_numpy() if numbers.notna().all() else pd.factorize(target)[0]


def log_chance_of_agreement(codes: np.ndarray, outcomes: np.ndarray) -> float:
    """Log of the chance that rows of equal code all have equal outcomes; 0 where they do not.

    Parameters
    ----------
    codes, outcomes : int arrays of shape (rows,), from 0 on
    """
    lowest = np.full(codes.max() + 1, outcomes.max() + 1)
    highest = np.full(codes.max() + 1, -1)
    np.minimum.at(lowest, codes, outcomes)
    np.maximum.at(highest, codes, outcomes)
    if (lowest != highest).any():
        return 0.0
    log_shares = np.log(np.bincount(outcomes) / len(outcomes))
    # Many values have the same number of rows: each number is worked out once.
    rows, values = np.unique(np.bincount(codes), return_counts=True)
    # Added as logarithms: a share to the power of thousands of rows is below any float.
    agreements = [np.logaddexp.reduce(n * log_shares) for n in rows]
    return float(np.dot(values, agreements))


def log_chance_of_order(numbers: np.ndarray, outcomes: np.ndarray) -> float:
    """Log of the chance that outcomes are sorted by `numbers`.

    Sorted: they rise or fall throughout, or lie in one run each. 0 where they do neither, or where
    equal numbers have different outcomes.

    Of n rows with n_c of outcome c there are n! / (product of n_c!) orders: in 2 the outcomes
    rise or fall, in as many as the outcomes have orders they lie in runs.

    Parameters
    ----------
    numbers, outcomes : arrays of shape (rows,)
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
