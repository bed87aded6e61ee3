"""A table read and understood, before anything is trained."""

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
from epochal.runs.predictions import check_targets
from epochal.runs.settings import VALIDATION_SIZE, TrainSettings, keep_option, source_name


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What will be learnt from what.

    Attributes
    ----------
    source, name : str
        Where the table is from, as it was given, and what it is called.
    settings : TrainSettings
    frame : DataFrame
        The rows that have a target; its index is the row in the table, from 0.
    task : Task
    columns : tuple of Column
        All columns but the target, leaks dropped.
    leaks : tuple of Leak
        The columns that give the target away and were left out.
    split : Split
        Positions in `frame`.
    duplicates : Duplicates
        Rows that lie on both sides of the split.
    fingerprint : str
        sha256 of the table as it was read.
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

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that the network will see."""
        return tuple(column for column in self.columns if column.kind != "dropped")

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of each part."""
        parts = self.split
        return {
            "training": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
        }


def plan_table(source: "str | Path | pd.DataFrame", settings: TrainSettings) -> Plan:
    """Read a table, infer its columns and the task, look for leaks, and split it.

    Parameters
    ----------
    source : str, Path or DataFrame
        As `epochal.data.read_table` takes it.
    settings : TrainSettings

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
    columns = infer_columns(
        frame,
        target=settings.target,
        drop=settings.drop,
        keep=settings.keep,
        kinds=settings.kinds,
    )
    known = frame[has_target(target)]
    leaks = find_leaks(known, settings.target, columns)
    columns = drop_leaks(columns, leaks, settings.keep)
    _check_left(columns, leaks)
    parts = split(
        len(known),
        test_size=settings.test_size,
        validation_size=VALIDATION_SIZE,
        stratify=known[task.target[0]] if task.kind in ("binary", "multiclass") else None,
        seed=settings.seed,
    )
    named = isinstance(source, str | Path)
    used = [column.name for column in columns if column.kind != "dropped"]
    return Plan(
        source=str(source) if named else "frame",
        name=source_name(str(source)) if named else "frame",
        settings=settings,
        frame=known,
        task=replace(task, missing=int((~has_target(target)).sum())),
        columns=columns,
        leaks=tuple(leak for leak in leaks if leak.name not in settings.keep),
        split=parts,
        duplicates=count_duplicates(known[used], parts),
        fingerprint=fingerprint(frame),
    )


def _check_left(columns: tuple[Column, ...], leaks: tuple[Leak, ...]) -> None:
    """Refuse a table of which the leaks leave nothing."""
    if any(column.kind != "dropped" for column in columns):
        return
    first = leaks[0].name
    others = f" (and {len(leaks) - 1} more columns do)" if len(leaks) > 1 else ""
    raise InputError(
        f"No column is left: {first!r} gives the target away{others}. Keep it with "
        f"{keep_option(first)}."
    )


def fingerprint(frame: pd.DataFrame) -> str:
    """sha256 over the names and all values of a table, as 64 hexadecimal digits.

    Two tables have the same one when they hold the same names and values in the same order,
    whatever kind of file they were read from.

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
