"""Targets encoded for a loss, and a network's outputs decoded into values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import parse_booleans, parse_numbers, refuse_cells
from epochal.data.tasks.classes import class_name, plain_class
from epochal.data.tasks.inference import Task

_DTYPES = {
    "binary": np.float32,
    "multiclass": np.int32,
    "multilabel": np.float32,
    "regression": np.float64,  # float32 is too coarse for 1.6e9 + 1
    "unit_interval": np.float64,
}


def encode_target(task: Task, target: "pd.Series | pd.DataFrame") -> np.ndarray:
    """Encode the target for the loss of `task`.

    Parameters
    ----------
    task : Task
        As `infer_task` returned it.
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to predict.

    Returns
    -------
    array
        int32 of shape (rows,) with indices into `task.classes` for "multiclass"; otherwise of
        shape (rows,), or (rows, outputs) for several columns: float64 for numbers, else float32.

    Raises
    ------
    InputError
        A missing value, or one that is not among the classes or not a finite number.

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> target = pd.Series(["no", "yes"] * 10, name="alive")
    >>> encode_target(infer_task(target), target)[:3]
    array([0., 1., 0.], dtype=float32)
    """
    if isinstance(target, pd.DataFrame) and len(task.target) == 1:
        target = target.iloc[:, 0]
    if isinstance(target, pd.DataFrame):
        columns = [_encode_column(task, target[name]) for name in task.target]
        return np.stack(columns, axis=1)
    return _encode_column(task, target)


def decode_target(task: Task, values: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    """Decode a network's outputs, or an encoded target, into classes, labels or numbers.

    Parameters
    ----------
    task : Task
        As `infer_task` returned it.
    values : array of shape (rows, outputs) or (rows,)
        Outputs of the network (probabilities for classes), or the result of `encode_target`.
    threshold : float
        From which probability on a row has the positive one of two classes.

    Returns
    -------
    array of shape (rows,), or (rows, outputs) for "multilabel"
        The classes with the highest probability; 0 and 1 for "multilabel"; numbers otherwise.

    Examples
    --------
    >>> from epochal.data import infer_task
    >>> task = infer_task(pd.Series(["no", "yes"] * 10, name="alive"))
    >>> decode_target(task, np.array([[0.2], [0.9]])).tolist()
    ['no', 'yes']
    """
    values = np.asarray(values)
    if task.outputs == 1 and values.ndim == 2:
        values = values[:, 0]
    if task.kind == "multiclass":
        positions = values.argmax(axis=1) if values.ndim == 2 else values.astype(np.int64)
        labels: np.ndarray = np.asarray(task.classes)[positions]
        return labels
    if task.kind == "binary":
        return np.asarray(task.classes)[(values >= threshold).astype(np.int64)]
    if task.kind == "multilabel":
        return (values >= 0.5).astype(np.int32)
    return values


def _encode_column(task: Task, series: pd.Series) -> np.ndarray:
    if task.kind in ("binary", "multiclass"):
        positions = {value: position for position, value in enumerate(task.classes)}
        encoded = _class_values(task, series).map(positions).astype("float64")
        what = f"one of {_listed(task.classes)}"
    elif task.kind == "multilabel":
        encoded, what = parse_booleans(series), "0 or 1"
    else:
        encoded, what = parse_numbers(series), "a finite number"
    wrong = ~np.isfinite(encoded.to_numpy())
    must = f"The target {series.name!r} must be {what}"
    refuse_cells(series, wrong, must, "correct or drop such rows")
    return encoded.to_numpy(_DTYPES[task.kind])


def _class_values(task: Task, series: pd.Series) -> pd.Series:
    """The cells in the form of the classes; missing ones unchanged."""
    values = series.astype(object).map(plain_class, na_action="ignore")
    if all(isinstance(value, str) for value in task.classes):
        return values.map(class_name, na_action="ignore")
    return values


def _listed(values: Sequence[Any]) -> str:
    first = ", ".join(map(repr, values[:10]))
    return f"{first}, ... ({len(values)} in all)" if len(values) > 10 else first
