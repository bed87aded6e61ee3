"""Predictions as named columns of a table: values, probabilities, intervals and sets."""

import numpy as np
from numpy.typing import NDArray

from epochal.characters import join_names
from epochal.data.tasks.encoding import decode_target
from epochal.data.tasks.inference import Task

_ANSWERS = np.array(["", "out", "in", "unsure"], object)
"""What the set of a label says, by whether it holds 0 (1) and 1 (2)."""


def prediction_columns(task: Task, outputs: NDArray, threshold: float = 0.5) -> dict[str, NDArray]:
    """A network's outputs as named columns, each of shape (rows,).

    For classes "prediction" and a "probability_<class>" per class; for several labels a "<label>"
    and a "probability_<label>" per label; for numbers "prediction", or a "prediction_<target>" per
    target where there are several.

    Parameters
    ----------
    task : Task
    outputs : array of shape (rows, outputs)
    threshold : float
        From which probability on a row has the positive one of two classes.
    """
    outputs = np.asarray(outputs).reshape(len(outputs), -1)
    if task.kind in ("binary", "multiclass"):
        shown = probabilities(task, outputs)
        columns = {f"probability_{c}": shown[:, i] for i, c in enumerate(task.classes)}
        return {"prediction": decode_target(task, outputs, threshold), **columns}
    if task.kind == "multilabel":
        decided = decode_target(task, outputs).reshape(outputs.shape)
        columns = {label: decided[:, i] for i, label in enumerate(task.classes)}
        return columns | {f"probability_{c}": outputs[:, i] for i, c in enumerate(task.classes)}
    if len(task.target) == 1:
        return {"prediction": outputs[:, 0]}
    return {f"prediction_{t}": outputs[:, i] for i, t in enumerate(task.target)}


def probabilities(task: Task, outputs: NDArray) -> NDArray:
    """The probability of each class, shape (rows, classes); of two, one output gives both."""
    if task.kind == "binary":
        return np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
    return outputs


def columns_by_target(task: Task, **values: NDArray) -> dict[str, NDArray]:
    """Values of each target (rows, targets) as columns, "<name>" or "<name>_<target>" of several.

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> import pandas as pd
    >>> price = infer_task(pd.Series(range(100), name="price"))
    >>> columns_by_target(price, low=np.array([[1], [2]]))
    {'low': array([1, 2])}
    """
    several = len(task.target) > 1
    return {
        f"{name}_{target}" if several else name: columns[:, at]
        for at, target in enumerate(task.target)
        for name, columns in values.items()
    }


def set_columns(task: Task, held: NDArray) -> dict[str, NDArray]:
    """Sets as columns of texts (rows,).

    Of classes (rows, classes) "set", the classes separated by commas; a comma in the name of a
    class is escaped by a backslash. Of labels (rows, labels, 2), whether 0 and 1 are held,
    a "set_<label>" each: "in", "out" or "unsure".

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> import pandas as pd
    >>> tags = infer_task(pd.DataFrame({"old": [0, 1] * 9, "red": [1, 0] * 9}))
    >>> set_columns(tags, np.array([[[True, False], [True, True]]]))
    {'set_old': array(['out'], dtype=object), 'set_red': array(['unsure'], dtype=object)}
    """
    if task.kind == "multilabel":
        words = _ANSWERS[held[..., 0] + 2 * held[..., 1]]
        return {f"set_{label}": words[:, at] for at, label in enumerate(task.classes)}
    names = np.array([str(name) for name in task.classes], object)
    return {"set": np.array([join_names(names[row]) for row in held], object)}
