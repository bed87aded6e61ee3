"""Loaded data sets: a table with its target, or images with their labels."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, kw_only=True)
class TableDataset:
    """A table to learn from.

    Attributes
    ----------
    frame : DataFrame
        All rows, or the training rows where the data set has official test rows.
    target : str
        The column to predict.
    task : str
        One of `epochal.data.TASKS`.
    test_frame : DataFrame or None
        The official test rows, with the columns of `frame`.
    """

    frame: pd.DataFrame
    target: str
    task: str
    test_frame: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class ImageDataset:
    """Images and labels in the official order.

    Attributes
    ----------
    x_train, x_test : uint8 array of shape (rows, height, width) or (rows, height, width, 3)
    y_train, y_test : uint8 array of shape (rows,)
        Index into `class_names`.
    class_names : tuple of str
    note : str
        In what it differs from the official data set; "" for nothing.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    note: str = ""
