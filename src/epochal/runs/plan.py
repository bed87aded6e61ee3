"""A table read, its columns and task inferred and its rows split, before anything is trained."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from epochal.data import (
    Column,
    Duplicates,
    Leak,
    Split,
    Task,
    count_duplicates,
    drop_leaks,
    find_leaks,
    has_target,
    infer_columns,
    infer_task,
    read_table,
    split,
)
from epochal.data.tables.columns import check_names
from epochal.data.tables.parsing import hashable_frame
from epochal.errors import InputError
from epochal.models.recipes import member_count
from epochal.runs.command import keep_option
from epochal.runs.predictions import check_targets
from epochal.runs.settings import VALIDATION_SIZE, TrainSettings


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What will be predicted from which columns, and which rows are for what.

    Attributes
    ----------
    source, name : str
        Where the table is from, as it was given, and its file's or data set's name; "frame" for a
        DataFrame.
    settings : TrainSettings
    frame : DataFrame
        The rows with a known target; its index is the row number in the table, from 0.
    task : Task
    columns : tuple of Column
        All columns but the target; unusable ones and leaks are of kind "dropped".
    leaks : tuple of Leak
        The columns that were dropped because they leak the target.
    split : Split
        Positions in `frame`.
    duplicates : Duplicates
        Rows whose features are on both sides of the split.
    fingerprint : str
        SHA-256 of the table as it was read.
    members : int
        How many networks will be trained. Several need no validation part: each leaves out training
        rows of its own.
    """

    source: str
    name: str
    settings: TrainSettings
    frame: pd.DataFrame
    task: Task
    columns: tuple[Column, ...]
    leaks: tuple[Leak, ...]
    split: Split
    duplicates: Duplicates
    fingerprint: str
    members: int

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that are inputs of the network."""
        return tuple(column for column in self.columns if column.kind != "dropped")

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of the training, validation and test parts that have some."""
        parts = self.split
        sizes = {
            "training": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
        }
        return {name: size for name, size in sizes.items() if size}


def plan_table(source: "str | Path | pd.DataFrame", settings: TrainSettings) -> Plan:
    """Read a table, infer its columns and the task, look for leaks, and split it.

    Parameters
    ----------
    source : str, Path or DataFrame
        As `epochal.data.read_table` takes it.
    settings : TrainSettings

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        Whatever is wrong with the table, its columns, its target or the sizes of its parts.

    Examples
    --------
    >>> plan = plan_table("titanic", TrainSettings(target=("survived",)))
    >>> [leak.name for leak in plan.leaks], plan.rows["test"]
    (['alive'], 178)
    """
    frame = read_table(source).reset_index(drop=True)
    check_names(frame, settings.target, "target")
    # The target first: without one there is nothing to say about the columns.
    target = frame[list(settings.target)]
    task = infer_task(target, settings.task)
    check_targets(task)
    known = frame[has_target(target)]
    columns, leaks = _inferred_columns(frame, known, settings)
    members = _member_count(settings, len(known))
    parts = _split_rows(known, task, settings, VALIDATION_SIZE if members == 1 else 0.0)
    if settings.members is not None and members > 1:
        _check_folds(members, known.iloc[parts.train], task)
    used = [column.name for column in columns if column.kind != "dropped"]
    return Plan(
        source=str(source) if isinstance(source, str | Path) else "frame",
        name=Path(source).name if isinstance(source, str | Path) else "frame",
        settings=settings,
        frame=known,
        task=replace(task, missing=len(frame) - len(known)),
        columns=columns,
        leaks=leaks,
        split=parts,
        duplicates=count_duplicates(known[used], parts),
        fingerprint=fingerprint(frame),
        members=members,
    )


def _inferred_columns(
    frame: pd.DataFrame, known: pd.DataFrame, settings: TrainSettings
) -> tuple[tuple[Column, ...], tuple[Leak, ...]]:
    """The columns but the target, leaks dropped, and those leaks; refused where none is left.

    Kinds come from all rows, leaks from the rows with a target.
    """
    columns = infer_columns(
        frame,
        target=settings.target,
        drop=settings.drop,
        keep=settings.keep,
        kinds=settings.kinds,
    )
    found = find_leaks(known, settings.target, columns)
    columns = drop_leaks(columns, found, settings.keep)
    leaks = tuple(leak for leak in found if leak.name not in settings.keep)
    if all(column.kind == "dropped" for column in columns):
        first = leaks[0].name
        others = f" and {len(leaks) - 1} more" if len(leaks) > 1 else ""
        raise InputError(
            "The table must have a column that does not leak the target, got only leaks "
            f"({first!r}{others}): keep one with {keep_option(first)}."
        )
    return columns, leaks


def _member_count(settings: TrainSettings, rows: int) -> int:
    if settings.members is not None:
        return settings.members
    return member_count(settings.network, rows)


def _check_folds(members: int, training: pd.DataFrame, task: Task) -> None:
    """Refuse more members than there are rows of each class: each leaves out some of its own."""
    fewest, what = len(training), "training rows"
    if task.kind in ("binary", "multiclass"):
        counts = training[task.target[0]].astype(str).value_counts()
        fewest, what = int(counts.iloc[-1]), f"training rows of class {counts.index[-1]!r}"
    if members > fewest:
        raise InputError(
            f"members must be at most the number of rows of each class, as each leaves out some of "
            f"its own, got {members} members and {fewest} {what}: give fewer."
        )


def _split_rows(
    known: pd.DataFrame, task: Task, settings: TrainSettings, validation_size: float
) -> Split:
    return split(
        len(known),
        test_size=settings.test_size,
        validation_size=validation_size,
        stratify=known[task.target[0]] if task.kind in ("binary", "multiclass") else None,
        seed=settings.seed,
    )


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the column names and all values of a table, as 64 hexadecimal digits.

    Two tables have the same fingerprint when they hold the same names and values in the same
    order, whatever kind of file they were read from.

    Examples
    --------
    >>> import pandas as pd
    >>> fingerprint(pd.DataFrame({"a": [1, 2]}))[:8] == fingerprint(pd.DataFrame({"a": [2, 1]}))[:8]
    False
    """
    digest = hashlib.sha256("\x1f".join(frame.columns).encode())
    digest.update(
        pd.util.hash_pandas_object(hashable_frame(frame), index=False).to_numpy().tobytes()
    )
    return digest.hexdigest()
