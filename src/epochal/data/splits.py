"""Training, validation and test rows: stratified, by group, by time, or Keras' last rows."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from epochal.data.relations import Relations, majority_class
from epochal.errors import InputError
from epochal.translation import translate


@dataclass(frozen=True, kw_only=True)
class Split:
    """Row positions of the three parts. No row is in two, and most are in one.

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
    gap: Any = None,
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
        without them; `Split.note` then says so. Of groups, each counts as its most frequent class;
        a split by time draws nothing.
    groups : array of shape (rows,), or None
        The group of each row (a patient, a household): no group is in two parts. The sizes are
        then fractions of the groups.
    order : array of shape (rows,), or None
        The time of each row, dates or numbers: the latest rows are the test part, those before
        them the validation part. Rows of equal time stay together. With `groups` too, earlier rows
        of a group that is in a later part are in no part.
    gap : float or str, optional
        How long before a later part no row is used, in the unit of `order`; of dates a duration,
        such as "7 days".
    seed : int
        Decides which rows are drawn; a split by time draws none.

    Returns
    -------
    Split
        The positions of each part, in ascending order, and a note where a wish could not be met.

    Raises
    ------
    InputError
        A size out of range, a wrong length, a missing time or group, a gap that is no duration, or
        fewer rows, groups or times than parts.

    Examples
    --------
    >>> parts = split(10, test_size=0.2, validation_size=0.2, order=range(10))
    >>> parts.test, parts.validation
    (array([8, 9]), array([6, 7]))
    """
    relations = Relations.of(rows, classes=stratify, groups=groups, order=order, gap=gap)
    return split_related(relations, test_size=test_size, validation_size=validation_size, seed=seed)


def split_related(
    relations: Relations, *, test_size: float, validation_size: float, seed: int
) -> Split:
    """Split rows as `split` does, by what they have to do with one another."""
    _check_sizes(relations.rows, test_size, validation_size)
    if relations.times is not None:
        return _by_time(relations, relations.times, test_size, validation_size)
    if relations.groups is not None:
        return _by_group(relations, relations.groups, test_size, validation_size, seed)
    every = np.arange(relations.rows)
    return _at_random(every, test_size, validation_size, seed, relations.classes, "rows")


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


def _by_time(
    relations: Relations, times: NDArray, test_size: float, validation_size: float
) -> Split:
    every = np.arange(relations.rows)
    test_count, validation_count = _counts(relations.rows, test_size, validation_size, "rows")
    test, earlier = _latest(relations, times, every, test_count)
    validation, train = _latest(relations, times, earlier, validation_count)
    return Split(
        train=train,
        validation=validation,
        test=test,
        note=unused_note(relations.rows - len(test) - len(validation) - len(train)),
    )


def unused_note(rows: int) -> str:
    """What is said of rows that are in no part; "" of none."""
    if not rows:
        return ""
    return translate(
        "{rows:,} rows in a gap, or of a group in a later part, are in no part", rows=rows
    )


def _latest(
    relations: Relations, times: NDArray, rows: NDArray, count: int
) -> tuple[NDArray, NDArray]:
    """The latest `count` of the rows, with all of equal time, and those to train on before them."""
    if not count:
        return rows[:0], rows
    since = np.sort(times[rows])[-min(count, len(rows))]
    latest = rows[times[rows] >= since]
    rest = relations.independent(rows[times[rows] < since], latest)
    if not len(rest):
        together = "" if relations.groups is None else ", of groups that are in no later part"
        raise InputError(
            f"Each part of a split must have rows that are earlier than the next{together}, got "
            f"none for the first, of {len(np.unique(times))} different times: use another column, "
            "a smaller part or a shorter gap."
        )
    return latest, rest


def _by_group(
    relations: Relations, groups: NDArray, test_size: float, validation_size: float, seed: int
) -> Split:
    present, groups = np.unique(groups, return_inverse=True)
    classes = None if relations.classes is None else majority_class(relations.classes, groups)
    parts = _at_random(np.arange(len(present)), test_size, validation_size, seed, classes, "groups")
    train, validation, test = (
        np.flatnonzero(np.isin(groups, part))
        for part in (parts.train, parts.validation, parts.test)
    )
    return Split(train=train, validation=validation, test=test, note=parts.note)


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
        note = translate(
            "{count} classes with a single row were drawn together as one class", count=len(single)
        )
        if len(single) == 1:
            note = translate("a class with a single row was drawn together with the next smallest")
            single = present[np.argsort(sizes[present], kind="stable")[:2]]
        labels = np.where(np.isin(labels, single), single[0], labels)
    distinct = len(np.unique(labels))
    if min(count, len(labels) - count) < distinct:
        return None, translate(
            "the split is not stratified: {count} rows cannot hold {distinct} classes",
            count=count,
            distinct=distinct,
        )
    return labels, note
