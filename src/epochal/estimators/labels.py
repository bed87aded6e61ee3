"""Class labels as networks take them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from epochal.errors import InputError


def checked_labels(y: NDArray) -> tuple[NDArray, bool]:
    """`y` after scikit-learn's checks, and whether a row may have several labels.

    Raises
    ------
    InputError, ValueError
        Numbers instead of classes, or several outputs of more than two classes.
    """
    check_classification_targets(y)
    kind = type_of_target(y, input_name="y")
    if kind == "multiclass-multioutput":
        raise InputError(
            f"y must have one class per row, or labels of 0 and 1, got {y.shape[1]} columns of "
            "more than two classes: wrap this estimator in "
            "sklearn.multioutput.MultiOutputClassifier."
        )
    several = kind == "multilabel-indicator"
    return y if several else column_or_1d(y, warn=True), several


def classes_of(y: NDArray, several: bool) -> NDArray:
    """The classes in `y`, at least two; of several labels their column numbers."""
    if several:
        return np.arange(y.shape[1])
    classes: NDArray = np.unique(y)
    if len(classes) < 2:
        raise InputError(
            f"y must have at least 2 classes, got 1 class ({classes.tolist()[0]!r}): add "
            "rows of another class."
        )
    return classes


def codes_of(y: NDArray, classes: NDArray, name: str = "y") -> NDArray:
    """The number of each row's class, int (rows,).

    Raises
    ------
    InputError
        A class that is not among `classes`.
    """
    codes = np.searchsorted(classes, y).clip(max=len(classes) - 1)
    unknown = classes[codes] != y
    if unknown.any():
        raise InputError(
            f"{name} must hold known classes only, got {y[unknown].tolist()[0]!r} beside the "
            f"{len(classes)} of the training: name all classes in the first call."
        )
    return codes


def task_of(classes: NDArray, several: bool) -> str:
    """The network's task."""
    if several:
        return "multilabel"
    return "binary" if len(classes) == 2 else "multiclass"


def targets_of(task: str, codes: NDArray) -> NDArray:
    """Codes, or labels of 0 and 1, as a network for `task` takes them."""
    if task == "multilabel":
        return codes.astype(np.float32)
    return codes.astype(np.float32)[:, None] if task == "binary" else codes.astype(np.int32)


def sizes_of(task: str, classes: NDArray) -> dict[str, Any]:
    """What a network for `task` must know of the classes."""
    return {} if task == "binary" else {"classes": len(classes)}
