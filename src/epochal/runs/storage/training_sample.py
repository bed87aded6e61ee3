"""`training_sample.parquet`: some rows of a run's training part, to compare new ones with."""

from pathlib import Path

import numpy as np
import pandas as pd

from epochal.data import TablePreprocessor
from epochal.drift.nearest import MOST_KNOWN, drawn_to_know
from epochal.runs.storage.parquet_part import read_part

TRAINING_SAMPLE = "training_sample.parquet"


def write_training_sample(
    path: Path, preprocessor: TablePreprocessor, training: pd.DataFrame, seed: int
) -> None:
    """Write at most 1,000 rows, of the columns that are used, in an order that says nothing."""
    rows = drawn_to_know(len(training), seed)
    cells = preprocessor.cells(training.iloc[rows]).reset_index(drop=True)
    cells.to_parquet(path, index=False)


def read_training_sample(
    path: Path, preprocessor: TablePreprocessor
) -> tuple[pd.DataFrame, np.ndarray]:
    """Those rows, and how the networks take them; of shapes (rows, columns), (rows, features).

    Raises
    ------
    InputError
        There is no such file, or it is damaged or of another run.
    """

    def understood(frame: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
        cells, encoded = preprocessor.cells(frame), preprocessor.transform(frame)
        if not 2 <= len(frame) <= MOST_KNOWN or not np.isfinite(encoded).all():
            raise ValueError("another number of rows, or numbers that are not finite")
        return cells, encoded

    return read_part(
        path, understood, needed="rows of its training to compare with", how="train again"
    )
