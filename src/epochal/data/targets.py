"""Whether the values of a target suit the loss that it is trained with."""

import re

import numpy as np

from epochal.errors import InputError

_LARGEST_LABEL = np.iinfo(np.int32).max
_INTEGER = {"sparse_categorical_crossentropy"}
_ONE_HOT = {"categorical_crossentropy", "categorical_focal_crossentropy"}
_BINARY = {"binary_crossentropy", "binary_focal_crossentropy", "bce"}


def check_target(y: np.ndarray, loss: str, classes: int | None, name: str = "y") -> None:
    """Refuse a target that `loss` would crash on or silently learn the wrong thing from.

    Parameters
    ----------
    y : array of shape (rows,) or (rows, width), finite
        The target.
    loss : str
        Keras' name of the loss, as a function (``"mse"``) or a class (``"MeanSquaredError"``).
    classes : int or None
        Width of the model's output, of shape (rows, classes). None where it is unknown or the
        output has another rank: a row may then hold the labels of several steps, and 0 may be
        reserved for padding, so that only values that cannot be labels are refused.
    name : str
        What errors call `y`.

    Raises
    ------
    InputError
        Labels that are not integers, are negative, start at 1, exceed the outputs or int32;
        one-hot rows with a sparse loss and the reverse; values outside [0, 1] for a
        cross-entropy; a width that differs from the outputs.
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
                f"{name} must hold integer labels for {loss}, got one-hot rows (shape {y.shape}): "
                f"use categorical_crossentropy, or {name}.argmax(axis=1)."
            )
        raise InputError(
            f"{name} must hold one integer label per row for {loss}, got shape {y.shape}: "
            "use a loss for several outputs, such as binary_crossentropy."
        )
    if y.dtype.kind == "f" and (y != np.rint(y)).any():
        at = _first(y != np.rint(y))
        raise InputError(
            f"{name} must hold integer labels for {loss}, got {y[at]} at {list(at)}: "
            "use a regression loss such as mse, or turn the values into classes."
        )
    low, high = int(y.min()), int(y.max())  # of bool and uint8 too, without overflow
    if low < 0:
        raise InputError(
            f"{name} must hold labels from 0 on for {loss}, got {int(y[_first(y < 0)])} at "
            f"{list(_first(y < 0))}: number the classes 0, 1, 2, ..."
        )
    if low > 0 and high == classes:
        raise InputError(
            f"{name} must hold labels from 0 on for {loss}, got labels from {low} to {high}: "
            f"number the classes from 0 with {name} - {low}."
        )
    if classes is not None and high >= classes:
        at = _first(y >= classes)
        raise InputError(
            f"{name} must hold labels from 0 to {classes - 1}, as the model has {classes} outputs, "
            f"got {int(y[at])} at {list(at)}: give the model {high + 1} outputs, or check the "
            "labels."
        )
    if high > _LARGEST_LABEL:
        at = _first(y > _LARGEST_LABEL)
        raise InputError(
            f"{name} must hold labels that fit into int32 for {loss}, got {int(y[at])} at "
            f"{list(at)}: number the classes 0, 1, 2, ..."
        )


def _check_one_hot(y: np.ndarray, loss: str, classes: int | None, name: str) -> None:
    width = 1 if y.ndim == 1 else y.shape[-1]
    if width == 1 and classes != 1:
        raise InputError(
            f"{name} must be one-hot for {loss}, got one value per row (shape {y.shape}): "
            f"use sparse_categorical_crossentropy, or keras.utils.to_categorical({name})."
        )


def _check_width(y: np.ndarray, classes: int | None, name: str) -> None:
    width = 1 if y.ndim == 1 else y.shape[-1]
    if classes is not None and width != classes:
        raise InputError(
            f"{name} must have as many columns as the model has outputs ({classes}), got shape "
            f"{y.shape}: give the last layer {width} units, or reshape {name}."
        )


def _check_unit_interval(y: np.ndarray, loss: str, name: str) -> None:
    if y.min() < 0 or y.max() > 1:
        at = _first((y < 0) | (y > 1))
        remedy = (
            f"turn -1 and 1 into 0 and 1 with ({name} + 1) / 2."
            if np.isin(y, (-1, 1)).all()
            else "use a loss for such values (mse, or sparse_categorical_crossentropy for labels)."
        )
        raise InputError(
            f"{name} must be between 0 and 1 for {loss}, got {y[at]:g} at {list(at)}: {remedy}"
        )


def _is_one_hot(y: np.ndarray) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def _first(mask: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(mask.argmax()), mask.shape))
