"""Training, validation and test rows: stratified, by group, by time, or Keras' last rows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from epochal.data.tables.parsing import parse_dates, parse_numbers, refuse_cells
from epochal.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Split:
    """Row positions of the three parts, which together hold each row once.

    Attributes
    ----------
    train, validation, test : int array of shape (rows of the part,)
        Ascending.
    note : str
        In what the split differs from what was asked for; "" for nothing.
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    note: str = ""


def split(
    rows: int,
    *,
    test_size: float = 0.2,
    validation_size: float = 0.2,
    stratify: Any = None,
    groups: Any = None,
    order: Any = None,
    seed: int = 0,
) -> Split:
    """Split row positions into a training, a validation and a test part.

    Parameters
    ----------
    rows : int
        Number of rows, at least 2, and one for each part that is not empty.
    test_size, validation_size : float in [0, 1)
        Fractions of *all* rows; 0 leaves the part empty. Their sum must be below 1.
    stratify : array of shape (rows,), or None
        The class of each row: each part gets the classes in the same proportions. Classes of a
        single row are drawn as one class, and a part with fewer rows than classes is drawn
        without them; `Split.note` then says so.
    groups : array of shape (rows,), or None
        The group of each row (a patient, a household): no group is in two parts. The sizes are
        then fractions of the groups.
    order : array of shape (rows,), or None
        The time of each row, dates or numbers: the latest rows are the test part, those before
        them the validation part. Equal times keep the order of the rows.
    seed : int
        Decides which rows are drawn; a split by time draws none.

    Returns
    -------
    Split
        The positions of each part, in ascending order, and a note where a wish could not be met.

    Raises
    ------
    InputError
        A size out of range, more than one of `stratify`, `groups` and `order`, a wrong length, a
        missing time or group, or fewer rows or groups than parts.

    Examples
    --------
    >>> parts = split(10, test_size=0.2, validation_size=0.2, order=range(10))
    >>> parts.test, parts.validation
    (array([8, 9]), array([6, 7]))
    """
    _check_sizes(rows, test_size, validation_size)
    given = {"stratify": stratify, "groups": groups, "order": order}
    chosen = {
        name: _checked(values, name, rows) for name, values in given.items() if values is not None
    }
    if len(chosen) > 1:
        raise InputError(
            f"split must be given at most one of stratify, groups and order, got "
            f"{' and '.join(chosen)}: choose one."
        )
    sizes = (test_size, validation_size)
    if "order" in chosen:
        return _by_time(chosen["order"], *sizes)
    if "groups" in chosen:
        return _by_group(chosen["groups"], *sizes, seed)
    return _at_random(np.arange(rows), *sizes, seed, chosen.get("stratify"), "rows")


def validation_split(rows: int, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Split off the last rows, as Keras' `validation_split` does.

    The validation rows are the last ones, before any shuffling; the first
    ``floor(rows * (1 - fraction))`` are the training rows.

    Parameters
    ----------
    rows : int
        Number of rows.
    fraction : float in (0, 1)
        The fraction of rows to validate on.

    Returns
    -------
    tuple of two int arrays
        Training and validation positions.

    Raises
    ------
    InputError
        A fraction outside (0, 1), or a part without rows.

    Examples
    --------
    >>> validation_split(5, 0.4)
    (array([0, 1, 2]), array([3, 4]))
    """
    if not 0 < fraction < 1:
        raise InputError(
            f"validation_split must be above 0 and below 1, got {fraction}: give the fraction of "
            "rows to validate on, such as 0.1."
        )
    boundary = math.floor(rows * (1 - fraction))
    if not 0 < boundary < rows:
        raise InputError(
            f"validation_split must leave rows to train and to validate on, got {fraction}, which "
            f"splits {rows} rows into {boundary} and {rows - boundary}: give validation_data, or "
            "another fraction."
        )
    return np.arange(boundary), np.arange(boundary, rows)


def _check_sizes(rows: int, test_size: float, validation_size: float) -> None:
    for name, size in (("test_size", test_size), ("validation_size", validation_size)):
        if not 0 <= size < 1:
            raise InputError(
                f"{name} must be at least 0 and below 1, got {size}: give a fraction of the rows, "
                "such as 0.2."
            )
    if test_size + validation_size >= 1:
        raise InputError(
            "test_size and validation_size must leave rows to train on, got "
            f"{test_size} and {validation_size}: make their sum less than 1."
        )
    if rows < 2:
        raise InputError(
            f"A table must have at least 2 rows to be split, got {rows}: give more rows."
        )


def _checked(given: Any, name: str, rows: int) -> np.ndarray:
    values = pd.Series(given).reset_index(drop=True)
    if len(values) != rows:
        raise InputError(
            f"{name} must have one value for each of the {rows} rows, got {len(values)}: use a "
            "column of the same table."
        )
    if values.isna().any():
        raise InputError(
            f"{name} must have no missing values, got {int(values.isna().sum())}, the first in "
            f"row {int(values.isna().argmax())}: fill them, or drop such rows."
        )
    if name == "order":
        values = _times(values)
    # Classes and groups are only told apart, times only compared.
    return pd.factorize(values, sort=name == "order")[0]


def _times(values: pd.Series) -> pd.Series:
    for parse in (parse_numbers, parse_dates):
        times = parse(values)
        if times.notna().all():
            return times
    wrong = times.isna().to_numpy()
    refuse_cells(values, wrong, "order must hold dates or numbers", "write dates as 2020-12-31")
    return times


def _counts(total: int, test_size: float, validation_size: float, what: str) -> tuple[int, int]:
    """How many of `total` the test and the validation part get: at least one each if any."""
    test = max(1, round(total * test_size)) if test_size else 0
    validation = max(1, round(total * validation_size)) if validation_size else 0
    if test + validation >= total:
        raise InputError(
            f"Each part of a split must have at least one of the {what}, got {total}, of which "
            f"{test} to test and {validation} to validate on leave none to train on: give more "
            f"{what}, or smaller parts."
        )
    return test, validation


def _by_time(order: np.ndarray, test_size: float, validation_size: float) -> Split:
    rows = len(order)
    test, validation = _counts(rows, test_size, validation_size, "rows")
    ranked = np.argsort(order, kind="stable")
    train, chosen, latest = np.split(ranked, [rows - test - validation, rows - test])
    return Split(train=np.sort(train), validation=np.sort(chosen), test=np.sort(latest))


def _by_group(groups: np.ndarray, test_size: float, validation_size: float, seed: int) -> Split:
    unique = np.arange(groups.max() + 1)
    parts = _at_random(unique, test_size, validation_size, seed, None, "groups")
    train, validation, test = (
        np.flatnonzero(np.isin(groups, part))
        for part in (parts.train, parts.validation, parts.test)
    )
    return Split(train=train, validation=validation, test=test)


def _at_random(
    positions: np.ndarray,
    test_size: float,
    validation_size: float,
    seed: int,
    classes: np.ndarray | None,
    what: str,
) -> Split:
    test_count, validation_count = _counts(len(positions), test_size, validation_size, what)
    rest, test, test_note = _draw(positions, test_count, classes, seed)
    train, validation, validation_note = _draw(rest, validation_count, classes, seed)
    return Split(train=train, validation=validation, test=test, note=test_note or validation_note)


def _draw(
    positions: np.ndarray, count: int, classes: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray, str]:
    """`positions` without `count` drawn ones, the drawn ones, both ascending, and a note."""
    if count == 0:
        return positions, positions[:0], ""
    labels, note = None, ""
    if classes is not None:
        labels, note = _drawable(classes[positions], count)
    rest, drawn = train_test_split(positions, test_size=count, random_state=seed, stratify=labels)
    return np.sort(rest), np.sort(drawn), note


def _drawable(labels: np.ndarray, count: int) -> tuple[np.ndarray | None, str]:
    """Labels by which `count` rows can be drawn in proportion, or None; and a note.

    A class of one row cannot be in both parts; such classes are drawn as one, together with the
    next smallest where there is a single such row. Where the drawn part has fewer rows than there
    are classes, the split is not stratified.
    """
    sizes = np.bincount(labels)
    present = np.flatnonzero(sizes)
    single = np.flatnonzero(sizes == 1)
    note = ""
    if len(single) and len(present) > 1:
        note = f"{len(single)} classes with a single row were drawn together as one class"
        if len(single) == 1:
            note = "a class with a single row was drawn together with the next smallest"
            single = present[np.argsort(sizes[present], kind="stable")[:2]]
        labels = np.where(np.isin(labels, single), single[0], labels)
    distinct = len(np.unique(labels))
    if min(count, len(labels) - count) < distinct:
        return None, f"the split is not stratified: {count} rows cannot hold {distinct} classes"
    return labels, note
