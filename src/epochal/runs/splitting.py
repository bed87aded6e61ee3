"""Which rows of a planned table train, choose the epoch and test; and those of each fold."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from epochal.data import Column, Split, Task, encode_target, has_target, read_table
from epochal.data.dependence import joined_groups, near_duplicates
from epochal.data.relations import Relations
from epochal.data.splits import split_related, unused_note
from epochal.data.tables.columns import check_names
from epochal.data.tables.reading import is_workbook
from epochal.errors import InputError, suggest
from epochal.runs.setting_checks import VALIDATION_SIZE
from epochal.runs.settings import TrainSettings

Source: TypeAlias = "str | Path | pd.DataFrame"


def check_split_columns(frame: pd.DataFrame, settings: TrainSettings, *, tested: bool) -> None:
    """Refuse columns to split by that are not there; `tested`: there is a test table."""
    for option in ("group", "time_column"):
        name = getattr(settings, option)
        if name is None:
            continue
        check_names(frame, [name], option)
        if name in settings.target:
            raise InputError(f"{option} must not be the target, got {name!r}: name another column.")
    if tested and settings.cv is not None:
        raise InputError(
            f"cv must not be given with a test table, got {settings.cv!r}: leave one of them out."
        )


def read_test_table(
    source: Source,
    frame: pd.DataFrame,
    task: Task,
    columns: Sequence[Column],
    settings: TrainSettings,
) -> pd.DataFrame:
    """The rows with a target of a table to test on, with the columns of the training table.

    Of a workbook the sheet is read that is named for the table, too.

    Raises
    ------
    InputError
        A column is missing, no row has a target, or one that the training table has not.
    """
    sheet = settings.sheet if is_workbook(source) else None
    tested = read_table(source, sheet=sheet).reset_index(drop=True)
    needed = [column.name for column in columns if column.kind != "dropped"]
    named = (settings.group, settings.time_column)
    needed += [*settings.target, *(name for name in named if name)]
    missing = [name for name in dict.fromkeys(needed) if name not in tested.columns]
    if missing:
        raise InputError(
            f"The test table must have the columns of the table, got one without "
            f"{', '.join(map(repr, missing))}.{suggest(missing[0], tested.columns)}"
        )
    tested = tested[has_target(tested[list(settings.target)])]
    if not len(tested):
        raise InputError(
            "The test table must have rows with a target, got none: give another table."
        )
    encode_target(task, tested[list(task.target)])  # refused before anything is trained
    return tested.reindex(columns=frame.columns)


def relations_of(
    frame: pd.DataFrame, task: Task, columns: Sequence[Column], settings: TrainSettings
) -> Relations:
    """What the rows have to do with one another, by the columns that the settings name."""
    groups: Any = None if settings.group is None else frame[settings.group]
    if settings.group_duplicates:
        groups = joined_groups(near_duplicates(frame, columns), groups)
    return Relations.of(
        len(frame),
        classes=frame[task.target[0]] if task.kind in ("binary", "multiclass") else None,
        groups=groups,
        order=None if settings.time_column is None else frame[settings.time_column],
        gap=settings.gap,
    )


def split_rows(
    relations: Relations, settings: TrainSettings, *, members: int, given: int = 0
) -> Split:
    """The parts of a table, of which the last `given` rows are those of a test table.

    Raises
    ------
    InputError
        Too few rows, groups or times.
    """
    own = np.arange(relations.rows - given)
    test = np.arange(relations.rows)[len(own) :]
    test_size = 0.0 if given or settings.cv else settings.test_size
    rows = relations.independent(own, test) if given else own
    if given and not len(rows):
        raise InputError(
            "The table must have rows to train on that are earlier than the test table's, and of "
            "other groups, got none: give another test table, or split without the column."
        )
    parts = _parts(relations, rows, test_size, members, settings)
    if not given:
        return parts
    note = parts.note or unused_note(len(own) - len(rows))
    return replace(parts, test=test, note=note)


def folds_of_cv(relations: Relations, settings: TrainSettings, members: int) -> list[list[Split]]:
    """The splits of each draw of folds, if any: every row is tested once a draw.

    Of times there is one draw, in which earlier rows are trained on and later ones tested.

    Raises
    ------
    InputError
        Too few rows, groups or times.
    """
    count, draws = settings.folds_and_draws
    if not draws:
        return []
    most = relations.folds_at_most - (relations.times is not None)
    if count > most:
        what = "rows" if relations.groups is None else "groups"
        raise InputError(
            f"cv must have at most as many folds as there are "
            f"{'times to test on' if relations.times is not None else what}, {most}, got {count}: "
            "give fewer."
        )
    if relations.times is not None and draws > 1:
        raise InputError(
            f"cv must draw the folds once where rows are split by time, got {settings.cv!r}: give "
            f"{count}."
        )
    return [
        [
            replace(_parts(relations, train, 0.0, members, settings), test=left_out)
            for train, left_out in relations.forward_folds(
                count, np.random.default_rng([settings.seed, draw])
            )
        ]
        for draw in range(draws)
    ]


def validation_size_of(settings: TrainSettings, members: int) -> float:
    """The fraction of the rows that a single network stops by; several have none.

    Examples
    --------
    >>> validation_size_of(TrainSettings(target="y", validation_size=0.3), members=1)
    0.3
    """
    return (settings.validation_size or VALIDATION_SIZE) if members == 1 else 0.0


def folds_of_training(
    plan_rows: np.ndarray,
    relations: Relations,
    count: int,
    members: int,
    settings: TrainSettings,
) -> list[Split]:
    """Folds of the rows that may be trained on, whose left-out rows stand where test rows do.

    Parameters
    ----------
    plan_rows : int array
        Numbers of those rows.
    relations : Relations
        Of all rows.
    count : int
        How many folds, at least 2; of times there are so many stretches after a first one.
    members : int
    settings : TrainSettings
    """
    taken = relations.taken(plan_rows)
    random = np.random.default_rng([settings.seed, 1])
    return [
        replace(
            _parts(relations, plan_rows[train], 0.0, members, settings), test=plan_rows[left_out]
        )
        for train, left_out in taken.forward_folds(count, random)
    ]


def _parts(
    relations: Relations,
    rows: np.ndarray,
    test_size: float,
    members: int,
    settings: TrainSettings,
) -> Split:
    """The parts of some of the rows; several networks leave out training rows of their own."""
    parts = split_related(
        relations.taken(rows),
        test_size=test_size,
        validation_size=validation_size_of(settings, members),
        seed=settings.seed,
    )
    return replace(
        parts,
        train=rows[parts.train],
        validation=rows[parts.validation],
        test=rows[parts.test],
    )
