"""A table read, its columns and task inferred and its rows split, before anything is trained."""

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
)
from epochal.data.relations import Relations
from epochal.data.tables.columns import check_names
from epochal.errors import InputError
from epochal.explanation.learning_curve import FRACTIONS
from epochal.models.recipes import member_count
from epochal.runs.balance_rules import check_balance
from epochal.runs.command import keep_option
from epochal.runs.distribution_rules import asked_task, check_distribution_of
from epochal.runs.headline import scores_of
from epochal.runs.predictions import check_targets
from epochal.runs.setting_combinations import check_members
from epochal.runs.settings import TrainSettings
from epochal.runs.split_warnings import SplitWarning, split_warnings
from epochal.runs.splitting import (
    Source,
    check_split_columns,
    folds_of_cv,
    read_test_table,
    relations_of,
    split_rows,
)
from epochal.runs.table_fingerprint import fingerprint
from epochal.runs.threshold_rules import threshold_rule
from epochal.scoring.metrics import Metric
from epochal.translation import translatable, translate


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
    metrics : tuple of Metric
        The scores of the test part, the headline first.
    columns : tuple of Column
        All columns but the target; unusable ones and leaks are of kind "dropped".
    leaks : tuple of Leak
        The columns that were dropped because they leak the target.
    relations : Relations
        What the rows have to do with one another.
    split : Split
        Positions in `frame`. Where there is cross-validation, all rows are training rows.
    folds : list of list of Split
        The splits of each draw of cross-validation; none without.
    test_source : str
        The test table as it was given; "" where rows of the table are tested.
    duplicates : Duplicates
        Rows whose features are on both sides of the split.
    warnings : tuple of SplitWarning
        Why the split flatters.
    fingerprint : str
        SHA-256 of the table as it was read.
    members : int
        How many networks will be trained. Several need no validation part: each leaves out training
        rows of its own.
    resume : Path or None
        The folder in which fits are kept, so that a killed run goes on.
    """

    source: str
    name: str
    settings: TrainSettings
    frame: pd.DataFrame
    task: Task
    metrics: tuple[Metric, ...]
    columns: tuple[Column, ...]
    leaks: tuple[Leak, ...]
    relations: Relations
    split: Split
    folds: list[list[Split]]
    test_source: str
    duplicates: Duplicates
    warnings: tuple[SplitWarning, ...]
    fingerprint: str
    members: int
    resume: Path | None = None

    @property
    def used(self) -> tuple[Column, ...]:
        """The columns that are inputs of the network."""
        return tuple(column for column in self.columns if column.kind != "dropped")

    @property
    def seconds(self) -> float | None:
        """For one training: with cross-validation there is one a fold, and one of all rows.

        Those of a learning curve have a share by their rows.
        """
        if self.settings.time is None:
            return None
        if self.settings.learning_curve:
            return self.settings.time / (1 + sum(FRACTIONS))
        folds, draws = self.settings.folds_and_draws
        return self.settings.time / (folds * draws + 1)

    @property
    def tested(self) -> str:
        """Which rows are tested, in words."""
        if self.settings.cv is not None:
            folds, draws = self.settings.folds_and_draws
            if draws > 1:
                return translate(
                    "rows left out, {folds} folds, drawn {draws} times", folds=folds, draws=draws
                )
            return translate("rows left out, {folds} folds", folds=folds)
        if self.test_source:
            return translate("rows of {table}", table=Path(self.test_source).name)
        return translate("held-out rows")

    @property
    def rows(self) -> dict[str, int]:
        """The number of rows of the training, validation and test parts that have some."""
        parts = self.split
        sizes = {
            translatable("training"): len(parts.train),
            translatable("validation"): len(parts.validation),
            translatable("test"): len(parts.test),
        }
        return {name: size for name, size in sizes.items() if size}


def plan_table(source: Source, settings: TrainSettings, *, test: "Source | None" = None) -> Plan:
    """Read a table, infer its columns and the task, look for leaks, and split it.

    Parameters
    ----------
    source : str, Path or DataFrame
        As `epochal.data.read_table` takes it.
    settings : TrainSettings
    test : str, Path or DataFrame, optional
        A table of the rows to test on; None tests rows of `source`.

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
    frame = read_table(source, sheet=settings.sheet).reset_index(drop=True)
    check_names(frame, settings.target, "target")
    check_split_columns(frame, settings, tested=test is not None)
    # The target first: without one there is nothing to say about the columns.
    target = frame[list(settings.target)]
    task = infer_task(target, asked_task(settings, target), settings.positive)
    check_targets(task)
    known = frame[has_target(target)]
    # Refused before anything else is done.
    _check_learning_curve(settings)
    threshold_rule(task, settings)
    check_balance(task, settings)
    check_distribution_of(task, settings, known)
    metrics = scores_of(task, known[list(task.target)], settings.metric, settings.cost)
    columns, leaks = _inferred_columns(frame, known, settings)
    members = _member_count(settings, len(known))
    check_members(settings, members)
    tested = known[:0]
    if test is not None:
        tested = read_test_table(test, frame, task, columns, settings)
    every = pd.concat([known, tested]) if len(tested) else known
    relations = relations_of(every, task, columns, settings)
    parts = split_rows(relations, settings, members=members, given=len(tested))
    if settings.members is not None and members > 1:
        _check_folds(members, every.iloc[parts.train], task)
    used = [column.name for column in columns if column.kind != "dropped"]
    return Plan(
        source=_as_given(source),
        name=Path(_as_given(source)).name,
        settings=settings,
        frame=every,
        task=replace(task, missing=len(frame) - len(known)),
        metrics=metrics,
        columns=columns,
        leaks=leaks,
        relations=relations,
        split=parts,
        folds=folds_of_cv(relations, settings, members),
        test_source="" if test is None else _as_given(test),
        duplicates=count_duplicates(every[used], parts),
        warnings=() if test is not None else split_warnings(known, task, columns, settings),
        fingerprint=fingerprint(frame),
        members=members,
    )


def _check_learning_curve(settings: TrainSettings) -> None:
    if settings.learning_curve and settings.cv is not None:
        raise InputError(
            "learning_curve must not be given with cv, as it is scored on one test part, got "
            f"{settings.cv!r}: leave one of them out."
        )


def _as_given(source: Source) -> str:
    return str(source) if isinstance(source, str | Path) else "frame"


def _inferred_columns(
    frame: pd.DataFrame, known: pd.DataFrame, settings: TrainSettings
) -> tuple[tuple[Column, ...], tuple[Leak, ...]]:
    """The columns but the target, leaks dropped, and those leaks; refused where none is left.

    Kinds come from all rows, leaks from the rows with a target.
    """
    together = () if settings.group is None else (settings.group,)
    columns = infer_columns(
        frame,
        target=settings.target,
        drop=(*settings.drop, *together),
        keep=settings.keep,
        kinds=settings.kinds,
    )
    columns = tuple(
        replace(each, note=translate("its rows stay in one part"))
        if each.name in together
        else each
        for each in columns
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
