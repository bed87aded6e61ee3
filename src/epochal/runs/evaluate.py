"""`epochal evaluate`: a run's network scored on rows with a known target."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from epochal.data import encode_target, has_target, read_table
from epochal.errors import InputError, suggest
from epochal.runs.headline import named_scores
from epochal.runs.plan import fingerprint
from epochal.runs.predict import predict_outputs
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.storage.folder import read_run
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK, score_all
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
    """

    scores: tuple[Score, ...]
    rows: int
    rows_without_target: int
    on_training_table: bool

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
            table=(score_headings(self.scores), score_rows(self.scores)),
        )


def evaluate_table(
    run: "str | Path", source: "str | Path | pd.DataFrame", *, sheet: str | None = None
) -> Evaluation:
    """Score a trained run on a table that holds the target.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on, and the target.
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
    scored = frame[known].reset_index(drop=True)
    truth = targets_for_scoring(task, encode_target(task, scored[list(task.target)]))
    headline = record.scores[0].label
    scores, _ = score_all(
        headline_first(named_scores(task, record.settings.get("cost")), asked=headline),
        truth,
        {NETWORK: predict_outputs(opened, scored)},
        thresholds={NETWORK: record.threshold.value} if record.threshold else None,
        seed=record.settings["seed"],
    )
    return Evaluation(
        scores=scores,
        rows=len(scored),
        rows_without_target=len(frame) - len(scored),
        on_training_table=fingerprint(frame) == record.fingerprint,
    )
