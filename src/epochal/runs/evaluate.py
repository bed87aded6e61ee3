"""`epochal evaluate`: a run's network on rows whose target is known."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from epochal.data import has_target, read_table
from epochal.errors import InputError, suggest
from epochal.runs.loading import outputs_of
from epochal.runs.plan import fingerprint
from epochal.runs.predictions import truth_of
from epochal.runs.storage.folder import read_run
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK, score_all


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The scores of a run on a table.

    Attributes
    ----------
    scores : tuple of Score
        With 95% intervals; the headline first.
    rows : int
        Rows that were scored.
    left_out : int
        Rows without a target.
    learnt_from : bool
        Whether it is the very table that the run learnt from: scores on it flatter.
    """

    scores: tuple[Score, ...]
    rows: int
    left_out: int
    learnt_from: bool


def evaluate_table(run: "str | Path", source: "str | Path | pd.DataFrame") -> Evaluation:
    """Score a trained run on a table that holds the target.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that were trained on, and the target.

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
    task = opened.record.task_again()
    frame = read_table(source)
    for name in task.target:
        if name not in frame.columns:
            raise InputError(
                f"The table must have the target {name!r} to be scored, but it has no such column."
                f"{suggest(name, frame.columns) or ' To predict without it: `epochal predict`.'}"
            )
    known = has_target(frame[list(task.target)])
    if not known.any():
        raise InputError(
            f"The target {', '.join(map(repr, task.target))} must have values to be scored, but "
            f"all {len(frame)} rows of it are missing. To predict without it: `epochal predict`."
        )
    scored = frame[known].reset_index(drop=True)
    truth = truth_of(task, scored)
    scores, _ = score_all(
        task.kind,
        truth,
        {NETWORK: outputs_of(opened, scored)},
        seed=opened.record.settings["seed"],
    )
    return Evaluation(
        scores=scores,
        rows=len(scored),
        left_out=int((~known).sum()),
        learnt_from=fingerprint(frame) == opened.record.fingerprint,
    )
