"""A network's outputs as a table: what it predicts, and how sure it is."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import Task, decode_target, encode_target
from epochal.errors import InputError


def prediction_frame(task: Task, outputs: NDArray) -> pd.DataFrame:
    """One row a prediction, in the words of the table that was trained on.

    Parameters
    ----------
    task : Task
    outputs : array of shape (rows, outputs)
        What the network gave.

    Returns
    -------
    DataFrame
        For classes the column "prediction" and "probability_<class>" for each class; for labels
        "<label>" and "probability_<label>" for each; for numbers "prediction", or
        "prediction_<target>" where there are several targets.

    Examples
    --------
    >>> import pandas as pd
    >>> from epochal.data import infer_task
    >>> task = infer_task(pd.Series(["no", "yes"] * 10, name="alive"))
    >>> prediction_frame(task, np.array([[0.25]])).to_dict("records")
    [{'prediction': 'no', 'probability_no': 0.75, 'probability_yes': 0.25}]
    """
    outputs = np.asarray(outputs).reshape(len(outputs), -1)
    if task.kind in ("binary", "multiclass"):
        shown = probabilities(task, outputs)
        columns = {f"probability_{c}": shown[:, i] for i, c in enumerate(task.classes)}
        return pd.DataFrame({"prediction": decode_target(task, outputs), **columns})
    if task.kind == "multilabel":
        decided = decode_target(task, outputs).reshape(outputs.shape)
        named = {label: decided[:, i] for i, label in enumerate(task.classes)}
        sure = {f"probability_{label}": outputs[:, i] for i, label in enumerate(task.classes)}
        return pd.DataFrame({**named, **sure})
    if len(task.target) == 1:
        return pd.DataFrame({"prediction": outputs[:, 0]})
    return pd.DataFrame({f"prediction_{t}": outputs[:, i] for i, t in enumerate(task.target)})


def probabilities(task: Task, outputs: NDArray) -> NDArray:
    """The probability of every class, shape (rows, K), where one output may stand for two."""
    if task.kind == "binary":
        return np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
    return outputs


def truth_of(task: Task, frame: pd.DataFrame) -> NDArray:
    """The encoded target in the shape in which it is scored: (rows,) for classes, else 2-D."""
    encoded = encode_target(task, frame[list(task.target)])
    return encoded if task.kind == "multiclass" else encoded.reshape(len(encoded), -1)


def tested_frame(task: Task, outputs: NDArray, truth: NDArray, rows: NDArray) -> pd.DataFrame:
    """What a run keeps of its test: each row's number, its true targets and its prediction.

    Parameters
    ----------
    task : Task
    outputs : array of shape (rows, outputs)
    truth : array
        As `truth_of` gives it; written in the words of the predictions.
    rows : array of shape (rows,)
        Numbers of the rows in the table.
    """
    true = decode_target(task, truth).reshape(len(rows), -1)
    named = {f"true_{name}": true[:, i] for i, name in enumerate(task.target)}
    return pd.concat(
        [pd.DataFrame({"row": rows, **named}), prediction_frame(task, outputs)], axis=1
    )


def check_targets(task: Task) -> None:
    """Refuse targets whose names are those of other columns of the predictions."""
    if task.kind not in ("multilabel", "regression", "unit_interval") or len(task.target) == 1:
        return
    true = {"row", *(f"true_{name}" for name in task.target)}
    frame = prediction_frame(task, np.zeros((1, task.outputs)))
    taken = [name for name in frame.columns if name in true]
    if task.kind == "multilabel":
        taken += [name for name in task.target if f"probability_{name}" in task.target]
    if taken:
        raise InputError(
            f"target must name columns that the table of predictions can hold beside its own, got "
            f"{taken[0]!r}: rename that column."
        )
