"""Targets turned into what a loss wants, and a network's outputs turned back into values."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from epochal.data.tables.parsing import parse_booleans, parse_numbers, shown
from epochal.data.tasks.inference import Task, class_name, plain_class
from epochal.errors import InputError


def encode_target(task: Task, target: "pd.Series | pd.DataFrame") -> np.ndarray:
    """The target as the loss of `task` wants it.

    Parameters
    ----------
    task : Task
        What `infer_task` found.
    target : Series of shape (rows,), or DataFrame of shape (rows, columns)
        The column, or columns, to learn.

    Returns
    -------
    array
        int32 of shape (rows,) with the positions of the classes for "multiclass"; otherwise of
        shape (rows,), or (rows, outputs) for several columns: float64 for numbers, else float32.

    Raises
    ------
    InputError
        A missing value, a value that is none of the classes, or no number: named by its row.

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


def decode_target(task: Task, values: np.ndarray) -> np.ndarray:
    """Classes, labels or numbers, from a network's outputs or an encoded target.

    Parameters
    ----------
    task : Task
        What `infer_task` found.
    values : array of shape (rows, outputs) or (rows,)
        Outputs of the network (probabilities for classes), or what `encode_target` gave.

    Returns
    -------
    array of shape (rows,), or (rows, outputs) for "multilabel"
        The values of the target's column, those with the highest probability; 0 and 1 for
        "multilabel"; numbers otherwise.

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
        return np.asarray(task.classes)[(values >= 0.5).astype(np.int64)]
    if task.kind == "multilabel":
        return (values >= 0.5).astype(np.int32)
    return values


def _encode_column(task: Task, series: pd.Series) -> np.ndarray:
    if task.kind in ("binary", "multiclass"):
        positions = {value: position for position, value in enumerate(task.classes)}
        encoded = _class_values(task, series).map(positions).astype("float64")
    elif task.kind == "multilabel":
        encoded = parse_booleans(series)
    else:
        encoded = parse_numbers(series)
    bad = ~np.isfinite(encoded.to_numpy())
    if bad.any():
        at = int(bad.argmax())
        need = (
            f"one of {_listed(task.classes)}"
            if task.kind in ("binary", "multiclass")
            else ("0 or 1" if task.kind == "multilabel" else "a number")
        )
        raise InputError(
            f"The target {series.name!r} must be {need}, but row {series.index[at]} holds "
            f"{shown(series.iloc[at])} ({int(bad.sum())} such). Correct those rows or leave them "
            "out."
        )
    numbers = task.kind in ("regression", "unit_interval")  # float32 is too coarse for 1.6e9 + 1
    return encoded.to_numpy(
        np.int32 if task.kind == "multiclass" else np.float64 if numbers else np.float32
    )


def _class_values(task: Task, series: pd.Series) -> pd.Series:
    """The cells as the classes are written, missing ones as they are."""
    values = series.astype(object).map(plain_class, na_action="ignore")
    if all(isinstance(value, str) for value in task.classes):
        return values.map(class_name, na_action="ignore")
    return values


def _listed(values: Sequence[Any]) -> str:
    first = ", ".join(map(repr, values[:10]))
    return f"{first}, ... ({len(values)} in all)" if len(values) > 10 else first
