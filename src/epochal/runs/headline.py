"""The scores of a task, with the headline that its classes ask for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from epochal.data import Task, encode_target
from epochal.scoring.metrics import Metric
from epochal.scoring.task_metrics import COST_PER_ROW, headline_first, metrics_of


def scores_of(
    task: Task,
    target: pd.DataFrame,
    asked: str | None = None,
    cost: Mapping[str, float] | None = None,
) -> tuple[Metric, ...]:
    """The scores of a task, the headline first.

    Parameters
    ----------
    task : Task
    target : DataFrame of shape (rows, targets)
        Without missing values.
    asked : str, optional
        The name of the headline; None takes the cost where there is one, and chooses by the rarest
        class otherwise.
    cost : mapping of str to float, optional
        That of `TrainSettings`.

    Raises
    ------
    InputError
        `asked` is no score of this task.

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> target = pd.DataFrame({"state": ["ok"] * 95 + ["fraud"] * 5})
    >>> scores_of(infer_task(target), target)[0].label
    'average precision of fraud'
    """
    if cost and asked is None:
        asked = COST_PER_ROW
    return headline_first(named_scores(task, cost), asked=asked, rarest=_rarest(task, target))


def named_scores(task: Task, cost: Mapping[str, float] | None = None) -> tuple[Metric, ...]:
    """The scores of a task, each with what it is of, such as the positive class."""
    costs = (cost["fp"], cost["fn"]) if cost else None
    positive = str(task.classes[1]) if task.kind == "binary" else None
    return metrics_of(task.kind, targets=task.target, positive=positive, costs=costs)


def _rarest(task: Task, target: pd.DataFrame) -> float:
    """The fraction of the rows that the rarest class, or value of a label, has; 1 for numbers."""
    if task.kind not in ("binary", "multiclass", "multilabel"):
        return 1.0
    encoded = encode_target(task, target)
    if task.kind == "multiclass":
        return float(np.bincount(encoded, minlength=len(task.classes)).min() / len(encoded))
    with_label = encoded.mean(axis=0)
    return float(np.minimum(with_label, 1 - with_label).min())
