"""A network's outputs as a table of predictions and probabilities."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import Task, decode_target
from epochal.data.tasks.columns import prediction_columns
from epochal.errors import InputError
from epochal.scoring.threshold import DEFAULT_THRESHOLD


def prediction_frame(
    task: Task, outputs: NDArray, threshold: float = DEFAULT_THRESHOLD
) -> pd.DataFrame:
    """One row per prediction, with the class names of the training table.

    Parameters
    ----------
    task : Task
    outputs : array of shape (rows, outputs)
        The network's outputs.
    threshold : float
        From which probability on a row has the positive one of two classes.

    Returns
    -------
    DataFrame
        For classes "prediction" and a "probability_<class>" per class; for several labels a
        "<label>" and a "probability_<label>" per label; for numbers "prediction", or a
        "prediction_<target>" per target where there are several.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_task
    >>> task = infer_task(pd.Series(["no", "yes"] * 10, name="alive"))
    >>> prediction_frame(task, np.array([[0.25]])).to_dict("records")
    [{'prediction': 'no', 'probability_no': 0.75, 'probability_yes': 0.25}]
    """
    return pd.DataFrame(prediction_columns(task, outputs, threshold))


def targets_for_scoring(task: Task, encoded: NDArray) -> NDArray:
    """Encoded targets in the shape that scores take: (rows,) for multiclass, else 2-D."""
    return encoded if task.kind == "multiclass" else encoded.reshape(len(encoded), -1)


def frame_of_test(
    task: Task,
    outputs: NDArray,
    truth: NDArray,
    rows: NDArray,
    threshold: float = DEFAULT_THRESHOLD,
) -> pd.DataFrame:
    """What a run keeps of its test: the number, the true targets and the prediction of each row.

    Parameters
    ----------
    task : Task
    outputs : array of shape (rows, outputs)
    truth : array
        As `targets_for_scoring` gives it.
    rows : array of shape (rows,)
        Row numbers in the table.
    threshold : float
        As `prediction_frame` takes it.
    """
    true = decode_target(task, truth).reshape(len(rows), -1)
    named = {f"true_{name}": true[:, i] for i, name in enumerate(task.target)}
    return pd.concat(
        [pd.DataFrame({"row": rows, **named}), prediction_frame(task, outputs, threshold)], axis=1
    )


def check_targets(task: Task) -> None:
    """Refuse targets that share a name with another column of the predictions."""
    if task.kind not in ("multilabel", "regression", "unit_interval") or len(task.target) == 1:
        return
    true = {"row", *(f"true_{name}" for name in task.target)}
    frame = prediction_frame(task, np.zeros((1, task.outputs)))
    taken = [name for name in frame.columns if name in true]
    if task.kind == "multilabel":
        taken += [name for name in task.target if f"probability_{name}" in task.target]
    if taken:
        raise InputError(
            "target must not share a name with another column of the predictions, got "
            f"{taken[0]!r}: rename that column."
        )
