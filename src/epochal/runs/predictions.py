"""A network's outputs as a table: what it predicts, and how sure it is."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.data import Task, decode_target, encode_target


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
    if task.kind in ("binary", "classes"):
        shown = probabilities(task, outputs)
        columns = {f"probability_{c}": shown[:, i] for i, c in enumerate(task.classes)}
        return pd.DataFrame({"prediction": decode_target(task, outputs), **columns})
    if task.kind == "labels":
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
    return encoded if task.kind == "classes" else encoded.reshape(len(encoded), -1)
