"""What a loaded data set is: a table with its target, or images with their labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class TableDataset:
    """A table to learn from.

    Attributes
    ----------
    frame : DataFrame
        All rows, or the training rows where the set has a test part of its own.
    target : str
        The column to learn.
    task : str
        Kind of task, as `epochal.data.infer_task` names it.
    test_frame : DataFrame or None
        The set's own test rows, with the columns of `frame`.
    """

    frame: pd.DataFrame
    target: str
    task: str
    test_frame: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class ImageDataset:
    """Images in the original order.

    Attributes
    ----------
    x_train, x_test : uint8 array of shape (rows, height, width) or (rows, height, width, 3)
    y_train, y_test : uint8 array of shape (rows,)
        Position of the class in `class_names`.
    class_names : tuple of str
    note : str
        What differs from the official set, or "".
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    note: str = ""
