"""Which rows each member of a population is trained on, and which it leaves out."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from epochal.bridge.state import derived_seed
from epochal.data.relations import Relations
from epochal.errors import InputError, suggest

WAYS = ("bootstrap", "folds")
_TAKE = (
    "give None, 'bootstrap', 'folds', weights (members, rows), or the row numbers of each member "
    "(or pairs of those to train on and those to leave out)"
)


class MemberRows(NamedTuple):
    """The rows of one member; None for `taken` and `weights` is all, and each once."""

    taken: NDArray | None = None  # numbers of rows, (rows of this member,)
    left_out: NDArray | None = None  # rising; None where there are none
    weights: NDArray | None = None  # of all rows, float32


def rows_of_members(
    given: Any, rows: int, seeds: Sequence[int], seed: int, classes: NDArray | None = None
) -> list[MemberRows]:
    """The rows of each member.

    Parameters
    ----------
    given : None, "bootstrap", "folds", array or sequence of arrays
        See `train_population`.
    rows : int
        Of the data.
    seeds : sequence of int
        One a member.
    seed : int
        That of the population, which decides the folds.
    classes : numpy.ndarray of shape (rows,), or None
        Folds hold as much of each class.

    Raises
    ------
    InputError
        What is given fits neither the members nor the rows; more folds than rows of a class.
    """
    if given is None:
        return [MemberRows()] * len(seeds)
    if isinstance(given, str):
        if given not in WAYS:
            raise InputError(
                f"rows must be one of {', '.join(WAYS)}, got {given!r}.{suggest(given, WAYS)}"
            )
        if given == "bootstrap":
            return [_taken(_drawn(rows, each), rows) for each in seeds]
        return _folds(rows, len(seeds), seed, classes)
    weights = _as_weights(given)
    if weights is not None:
        _check_weights(weights, len(seeds), rows)
        return [MemberRows(weights=each.astype(np.float32)) for each in weights]
    chosen = list(given) if isinstance(given, Sequence | np.ndarray) else []
    if len(chosen) != len(seeds):
        raise InputError(
            f"rows must hold one array for each of the {len(seeds)} members, got "
            f"{len(chosen) if chosen else repr(given)}: {_TAKE}."
        )
    return [_chosen(each, number, rows) for number, each in enumerate(chosen)]


def _chosen(given: Any, number: int, rows: int) -> MemberRows:
    """From row numbers, or a pair of those to train on and those to leave out."""
    if not (isinstance(given, tuple) and len(given) == 2):
        return _taken(_checked(given, number, rows), rows)
    taken, left_out = (_checked(part, number, rows) for part in given)
    if np.isin(taken, left_out).any():
        raise InputError(
            f"rows[{number}] must leave out other rows than it trains on, got "
            f"{int(np.isin(taken, left_out).sum())} in both: remove them from one."
        )
    return MemberRows(taken, np.unique(left_out))


def _taken(taken: NDArray, rows: int) -> MemberRows:
    left_out = np.setdiff1d(np.arange(rows), taken)
    return MemberRows(taken, left_out if len(left_out) else None)


def _drawn(rows: int, seed: int) -> NDArray:
    """As many rows as there are, with replacement."""
    random = np.random.default_rng(derived_seed(seed, 3))
    return np.sort(random.integers(0, rows, rows))


def _folds(rows: int, count: int, seed: int, classes: NDArray | None) -> list[MemberRows]:
    """Each member leaves out one of `count` parts, which hold as much of each class as can be."""
    if count < 2:
        raise InputError("rows='folds' must have at least 2 members, got 1: give more members.")
    fewest, what = rows, "rows"
    if classes is not None:
        values, sizes = np.unique(classes, return_counts=True)
        fewest, what = int(sizes.min()), f"rows of class {values[sizes.argmin()]}"
    if count > fewest:
        raise InputError(
            f"rows='folds' must have at most as many members as there are rows of each class, got "
            f"{count} members and {fewest} {what}: give fewer members, or rows='bootstrap'."
        )
    relations = Relations(rows=rows, classes=classes)
    return [MemberRows(*fold) for fold in folds_of_rows(relations, count, seed)]


def folds_of_rows(relations: Relations, count: int, seed: int) -> list[tuple[NDArray, NDArray]]:
    """Rows to train on and rows left out, in turns; folds hold as much of each class."""
    return relations.folds(count, np.random.default_rng(derived_seed(seed, 4)))


def _as_weights(given: Any) -> NDArray | None:
    """Floating-point numbers in two dimensions; None for anything else."""
    try:
        array = np.asarray(given)
    except ValueError:  # arrays of several lengths
        return None
    return array if array.ndim == 2 and array.dtype.kind == "f" else None


def _check_weights(weights: NDArray, members: int, rows: int) -> None:
    if weights.shape != (members, rows):
        raise InputError(
            f"rows must have the shape (members, rows) where it holds weights, ({members}, {rows}),"
            f" got {weights.shape}: give a weight for each row of each member."
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any(axis=1).all():
        raise InputError(
            "rows must hold finite weights of at least 0, some of each member above 0, got others: "
            "look at np.argwhere(~(weights >= 0))."
        )


def _checked(given: Any, number: int, rows: int) -> NDArray:
    chosen = np.asarray(given)
    if chosen.dtype == bool and chosen.shape == (rows,):
        chosen = np.flatnonzero(chosen)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not len(chosen):
        raise InputError(
            f"rows[{number}] must be an array of row numbers, got one of {chosen.dtype} in the "
            f"shape {chosen.shape}: {_TAKE}."
        )
    if chosen.min() < 0 or chosen.max() >= rows:
        wrong = chosen[(chosen < 0) | (chosen >= rows)][0]
        raise InputError(
            f"rows[{number}] must hold numbers from 0 to {rows - 1}, got {wrong}: number the rows "
            "of x from 0."
        )
    return chosen
