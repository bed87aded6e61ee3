"""`epochal evaluate`: a run's network scored on rows with a known target."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from epochal.data import encode_target, has_target, read_table
from epochal.data.tables.columns import check_names
from epochal.errors import InputError, suggest
from epochal.explanation.by_group import ScoresByGroup, scores_by_group
from epochal.runs.headline import named_scores
from epochal.runs.predict import predict_outputs
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.storage.folder import read_run
from epochal.runs.table_fingerprint import fingerprint
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK, score_all
from epochal.scoring.formatting import score_text
from epochal.scoring.table import score_headings, score_rows
from epochal.scoring.task_metrics import headline_first
from epochal.summary import html_summary
from epochal.translation import translate


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The scores of a run on a table.

    Attributes
    ----------
    scores : tuple of Score
        With 95% intervals; the headline score first.
    rows : int
        Rows that were scored.
    rows_without_target : int
        Rows that were dropped.
    on_training_table : bool
        Whether this is the table that the run was trained on: such scores are optimistic.
    by : ScoresByGroup or None
        The scores of the groups of rows that a column makes, where one was named.
    """

    scores: tuple[Score, ...]
    rows: int
    rows_without_target: int
    on_training_table: bool
    by: ScoresByGroup | None = None

    def _repr_html_(self) -> str:
        dropped = self.rows_without_target
        return html_summary(
            translate("scores on {rows:,} rows, with 95% confidence intervals", rows=self.rows),
            translate("{rows:,} rows without a target are left out", rows=dropped)
            if dropped
            else "",
            translate("this is the table that the run was trained on: the scores are optimistic")
            if self.on_training_table
            else "",
            *_group_lines(self.by),
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
    """Score a trained run on a table that holds the target.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on, and the target.
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
        No run folder, no table, or a table that lacks a column or any value of the target.

    Examples
    --------
    >>> evaluate_table("runs/titanic-survived-1", "titanic").rows  # doctest: +SKIP
    891
    """
    opened = read_run(run)
    record = opened.record
    task = record.load_task()
    frame = read_table(source, sheet=sheet)
    for name in task.target:
        if name not in frame.columns:
            hint = suggest(name, frame.columns) or " To predict without it, use `epochal predict`."
            raise InputError(
                f"The table must have the target column {name!r}, got {len(frame.columns)} others."
                f"{hint}"
            )
    known = has_target(frame[list(task.target)])
    if not known.any():
        raise InputError(
            f"The target {', '.join(map(repr, task.target))} must have known values, got none in "
            f"{len(frame)} rows: to predict without it, use `epochal predict`."
        )
    if by is not None:
        check_names(frame, [by], "by")
    scored = frame[known].reset_index(drop=True)
    truth = targets_for_scoring(task, encode_target(task, scored[list(task.target)]))
    headline = record.scores[0].label
    threshold = None if record.threshold is None else record.threshold.value
    metrics = headline_first(named_scores(task, record.settings.get("cost")), asked=headline)
    outputs, seed = predict_outputs(opened, scored), record.settings["seed"]
    scores, _ = score_all(
        metrics,
        truth,
        {NETWORK: outputs},
        thresholds=None if threshold is None else {NETWORK: threshold},
        seed=seed,
    )
    return Evaluation(
        scores=scores,
        rows=len(scored),
        rows_without_target=len(frame) - len(scored),
        on_training_table=fingerprint(frame) == record.fingerprint,
        by=None
        if by is None
        else scores_by_group(scored[by], metrics, truth, outputs, threshold=threshold, seed=seed),
    )
