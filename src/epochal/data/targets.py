"""Whether the values of a target suit the loss that it is trained with."""

import re

import numpy as np

from epochal.errors import InputError

_INTEGER = {"sparse_categorical_crossentropy"}
_ONE_HOT = {"categorical_crossentropy", "categorical_focal_crossentropy"}
_BINARY = {"binary_crossentropy", "binary_focal_crossentropy", "bce"}


def check_target(y: np.ndarray, loss: str, classes: int | None, name: str = "y") -> None:
    """Refuse a target that `loss` would silently learn wrongly from, or crash on.

    Parameters
    ----------
    y : array of shape (rows,) or (rows, width), finite
        The target.
    loss : str
        Keras' name of the loss, as a function (``"mse"``) or a class (``"MeanSquaredError"``).
    classes : int or None
        Width of the model's output, of shape (rows, classes). None where it is not known or the
        output has another rank: then a row may hold labels of several steps, and 0 may stand
        for padding that does not occur, so that only what no label can be is refused.
    name : str
        What the sentence calls `y`.

    Raises
    ------
    InputError
        Labels that are no integers, below 0, from 1 on, or beyond the outputs; one-hot rows
        with an integer loss and the reverse; values outside 0..1 for a cross-entropy; a width
        that differs from the outputs.
    """
    loss_name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", loss).lower()
    if loss_name in _INTEGER:
        _check_labels(y, loss_name, classes, name)
        return
    if loss_name in _ONE_HOT:
        _check_one_hot(y, loss_name, classes, name)
    _check_width(y, classes, name)
    if loss_name in _ONE_HOT | _BINARY:
        _check_unit_interval(y, loss_name, name)


def _check_labels(y: np.ndarray, loss: str, classes: int | None, name: str) -> None:
    if classes is not None and y.ndim == 2 and y.shape[1] > 1:
        if _is_one_hot(y):
            raise InputError(
                f"{name} must hold integer labels for {loss}, but it is one-hot (shape {y.shape}). "
                f"Use categorical_crossentropy, or {name}.argmax(axis=1)."
            )
        raise InputError(
            f"{name} must hold one integer label a row for {loss}, but its shape is {y.shape}. "
            f"Use a loss for several outputs, such as binary_crossentropy."
        )
    if y.dtype.kind == "f" and (y != np.rint(y)).any():
        at = _first(y != np.rint(y))
        raise InputError(
            f"{name} must hold integer labels for {loss}, but {name}{list(at)} is {y[at]}. "
            "Use a regression loss such as mse, or turn the values into classes."
        )
    low, high = int(y.min()), int(y.max())  # of bool and uint8 too, without overflow
    if low < 0:
        raise InputError(
            f"{name} must hold labels from 0 on for {loss}, but {name}{list(_first(y < 0))} is "
            f"{int(y[_first(y < 0)])}. Number the classes 0, 1, 2, ..."
        )
    if low > 0 and high == classes:
        raise InputError(
            f"{name} must hold labels from 0 on for {loss}, but its labels go from {low} to "
            f"{high}. Number the classes from 0: {name} - {low}."
        )
    if classes is not None and high >= classes:
        at = _first(y >= classes)
        raise InputError(
            f"{name} must hold labels from 0 to {classes - 1}, as the model has {classes} outputs, "
            f"but {name}{list(at)} is {int(y[at])}. Give the model {high + 1} outputs, or check "
            "the labels."
        )


def _check_one_hot(y: np.ndarray, loss: str, classes: int | None, name: str) -> None:
    width = 1 if y.ndim == 1 else y.shape[-1]
    if width == 1 and classes != 1:
        raise InputError(
            f"{name} must be one-hot for {loss}, but it holds one value a row (shape {y.shape}). "
            f"Use sparse_categorical_crossentropy, or keras.utils.to_categorical({name})."
        )


def _check_width(y: np.ndarray, classes: int | None, name: str) -> None:
    width = 1 if y.ndim == 1 else y.shape[-1]
    if classes is not None and width != classes:
        raise InputError(
            f"{name} must have as many columns as the model has outputs ({classes}), "
            f"but its shape is {y.shape}. Give the last layer {width} units, or reshape {name}."
        )


def _check_unit_interval(y: np.ndarray, loss: str, name: str) -> None:
    if y.min() < 0 or y.max() > 1:
        at = _first((y < 0) | (y > 1))
        remedy = (
            f"Turn -1 and 1 into 0 and 1: ({name} + 1) / 2."
            if np.isin(y, (-1, 1)).all()
            else "Use a loss for such values (mse, or sparse_categorical_crossentropy for labels)."
        )
        raise InputError(
            f"{name} must lie between 0 and 1 for {loss}, but {name}{list(at)} is {y[at]:g}. "
            f"{remedy}"
        )


def _is_one_hot(y: np.ndarray) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(mask.argmax()), mask.shape))
