"""`epochal evaluate`: a run's network scored on new rows, and those beside the training's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from numpy.typing import NDArray

from epochal.conformal.conformity import Conformity
from epochal.conformal.verdict import falls_short, on_new_rows
from epochal.data import (
    TablePreprocessor,
    Task,
    encode_target,
    has_target,
    load_preprocessing,
    read_table,
)
from epochal.data.tables.columns import check_names
from epochal.drift.drift import Drift, drift_of
from epochal.errors import InputError, suggest
from epochal.explanation.by_group import ScoresByGroup, scores_by_group
from epochal.runs.conformity import scores_of_distributions, usual_regions
from epochal.runs.distribution_rules import check_counts_of
from epochal.runs.headline import named_scores
from epochal.runs.predict import load_model
from epochal.runs.predicted import Predicted, predict_rows
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.storage.conformity_file import CONFORMITY, read_conformity
from epochal.runs.storage.folder import RunFolder, read_run
from epochal.runs.storage.training_sample import TRAINING_SAMPLE, read_training_sample
from epochal.runs.table_fingerprint import fingerprint
from epochal.runs.tested_coverage import coverage_on, promise_of
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.formatting import score_text
from epochal.scoring.table import score_headings, score_rows
from epochal.scoring.task_metrics import headline_first
from epochal.scoring.tested_coverage import TestedCoverage
from epochal.summary import html_summary
from epochal.translation import translate

_MOST_COMPARED = 10_000
"""Rows of a table that are compared with those of the training; more find no more."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The scores of a run on a table.

    Attributes
    ----------
    scores : tuple of Score
        With 95% intervals; the headline score first. None where the table has no target.
    rows : int
        Rows that were scored.
    rows_without_target : int
        Rows that were dropped.
    on_training_table : bool
        Whether this is the table that the run was trained on: such scores are optimistic.
    by : ScoresByGroup or None
        The scores of the groups of rows that a column makes, where one was named.
    drift : Drift or None
        The rows of the table, at most 10,000, beside those of the training; None where the run
        keeps none of these.
    coverage : tuple of TestedCoverage
        How many of the rows the run's 90% intervals of each target hold, or its sets; none where it
        has none. See `epochal.conformal.verdict.falls_short`.
    """

    scores: tuple[Score, ...]
    rows: int
    rows_without_target: int
    on_training_table: bool
    by: ScoresByGroup | None = None
    drift: Drift | None = None
    coverage: tuple[TestedCoverage, ...] = ()

    def _repr_html_(self) -> str:
        dropped = self.rows_without_target
        if not self.scores:
            return html_summary(
                translate("{rows:,} rows without a target are left out", rows=dropped),
                "" if self.drift is None else self.drift.sentence,
            )
        return html_summary(
            translate("scores on {rows:,} rows, with 95% confidence intervals", rows=self.rows),
            translate("{rows:,} rows without a target are left out", rows=dropped)
            if dropped
            else "",
            translate("this is the table that the run was trained on: the scores are optimistic")
            if self.on_training_table
            else "",
            *_group_lines(self.by),
            *map(on_new_rows, self.coverage),
            "" if self.drift is None else self.drift.sentence,
            table=(score_headings(self.scores), score_rows(self.scores)),
        )


def _group_lines(found: ScoresByGroup | None) -> list[str]:
    """The headline score of each group."""
    if found is None:
        return []
    return [
        translate(
            "{column} {value}, {rows:,} rows: {score} {result}",
            column=found.column,
            value=group.title,
            rows=group.rows,
            score=score.title,
            result=score_text(score.network.value, score.percent),
        )
        for group in found.groups
        for score in group.scores[:1]
    ]


def evaluate_table(
    run: "str | Path",
    source: "str | Path | pd.DataFrame",
    *,
    by: str | None = None,
    sheet: str | None = None,
) -> Evaluation:
    """Score a trained run on a table, and compare its rows with those of the training.

    Beside the scores stands how many of the rows the run's intervals or sets hold. The rows are
    compared column by column, and by a classifier that tells them apart; a table without the target
    is compared only.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on, and the target where it is known.
    by : str, optional
        A column of the table, used by the network or not: the rows of each of its values are scored
        too, numbers and dates of many values in four parts of about as many rows; see
        `epochal.explanation.by_group.scores_by_group`.
    sheet : str, optional
        Name of the sheet of an Excel file; None takes the first.

    Returns
    -------
    Evaluation
        The scores with their intervals, and what they were computed on.

    Raises
    ------
    InputError
        No run folder, no table, or a table that lacks a column; one without the target where
        the run keeps no rows of its training, or with `by`.

    Examples
    --------
    >>> evaluate_table("runs/titanic-survived-1", "titanic").rows  # doctest: +SKIP
    891
    """
    opened = read_run(run)
    record = opened.record
    task = record.load_task()
    frame = read_table(source, sheet=sheet)
    preprocessor = load_preprocessing(opened.preprocessing)
    unknown = _why_not_scored(frame, task.target)
    misspelt = any(suggest(name, frame.columns) for name in task.target if name not in frame)
    kept = (opened.path / TRAINING_SAMPLE).is_file()
    if unknown and (misspelt or by is not None or not kept):
        raise InputError(unknown)
    drift = _drift(opened, preprocessor, frame) if kept else None
    on_training_table = fingerprint(frame) == record.fingerprint
    if unknown:
        return Evaluation(
            scores=(),
            rows=0,
            rows_without_target=len(frame),
            on_training_table=on_training_table,
            drift=drift,
        )
    if by is not None:
        check_names(frame, [by], "by")
    known = has_target(frame[list(task.target)])
    scored = frame[known].reset_index(drop=True)
    truth = targets_for_scoring(task, encode_target(task, scored[list(task.target)]))
    check_counts_of(task, record.settings.get("distribution"), truth)
    headline = record.scores[0].label
    threshold = None if record.threshold is None else record.threshold.value
    metrics = headline_first(named_scores(task, record.settings.get("cost")), asked=headline)
    predicted = predict_rows(load_model(opened), preprocessor.transform(scored))
    outputs, seed = predicted.outputs, record.settings["seed"]
    scores, _ = score_all(
        metrics,
        truth,
        {NETWORK: outputs},
        thresholds=None if threshold is None else {NETWORK: threshold},
        seed=seed,
    )
    conformity = _conformity(opened, task)
    scores += scores_of_distributions(task, conformity, truth, predicted, seed=seed)
    coverage = _coverage(opened, task, conformity, scored, truth, predicted)
    return Evaluation(
        scores=scores,
        rows=len(scored),
        rows_without_target=len(frame) - len(scored),
        on_training_table=on_training_table,
        by=None
        if by is None
        else scores_by_group(scored[by], metrics, truth, outputs, threshold=threshold, seed=seed),
        drift=drift and replace(drift, truth_differs=any(map(falls_short, coverage))),
        coverage=coverage,
    )


def _conformity(run: RunFolder, task: Task) -> Conformity | None:
    """How wrong the networks are on rows left out; None where the run does not keep that."""
    path = run.path / CONFORMITY
    return read_conformity(path, task) if path.is_file() else None


def _coverage(
    run: RunFolder,
    task: Task,
    conformity: Conformity | None,
    frame: pd.DataFrame,
    truth: NDArray,
    predicted: Predicted,
) -> tuple[TestedCoverage, ...]:
    """Whether the intervals or sets hold the truth of the rows as often as promised."""
    regions = usual_regions(task, conformity, predicted)
    if conformity is None or regions is None:
        return ()
    settings = run.record.settings
    group = settings["group"]
    return coverage_on(
        task,
        regions,
        truth,
        left_out=len(conformity),
        holds_for=promise_of(settings["time_column"], group),
        groups=pd.factorize(frame[group])[0] if group in frame else None,
        seed=settings["seed"],
    )


def _drift(run: RunFolder, preprocessor: TablePreprocessor, frame: pd.DataFrame) -> Drift:
    cells, encoded = read_training_sample(run.path / TRAINING_SAMPLE, preprocessor)
    seed = run.record.settings["seed"]
    if len(frame) > _MOST_COMPARED:
        frame = frame.sample(_MOST_COMPARED, random_state=seed)
    return drift_of(
        cells,
        preprocessor.cells(frame),
        preprocessor.kinds_,
        (encoded, preprocessor.transform(frame)),
        seed=seed,
    )


def _why_not_scored(frame: pd.DataFrame, target: Sequence[str]) -> str:
    """The sentence on a table whose rows have no known target; empty for another."""
    for name in target:
        if name not in frame.columns:
            hint = suggest(name, frame.columns) or " To predict without it, use `epochal predict`."
            return (
                f"The table must have the target column {name!r}, got {len(frame.columns)} others."
                f"{hint}"
            )
    if has_target(frame[list(target)]).any():
        return ""
    return (
        f"The target {', '.join(map(repr, target))} must have known values, got none in "
        f"{len(frame)} rows: to predict without it, use `epochal predict`."
    )
