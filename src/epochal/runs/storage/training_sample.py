"""`training_sample.parquet`: some rows of a run's training part, to compare new ones with."""

from pathlib import Path

import numpy as np
import pandas as pd

from epochal.data import TablePreprocessor
from epochal.errors import InputError

TRAINING_SAMPLE = "training_sample.parquet"

MOST_ROWS = 1000


def write_training_sample(
    path: Path, preprocessor: TablePreprocessor, training: pd.DataFrame, seed: int
) -> None:
    """Write at most 1,000 rows, of the columns that are used, in an order that says nothing."""
    rows = np.random.default_rng(seed).permutation(len(training))[:MOST_ROWS]
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
    if not path.is_file():
        raise InputError(
            f"The run must have rows of its training to compare with, got {str(path.parent)!r} "
            f"without {TRAINING_SAMPLE}: train again."
        )
    try:
        frame = pd.read_parquet(path)
        cells, encoded = preprocessor.cells(frame), preprocessor.transform(frame)
        if len(frame) < 2 or len(frame) > MOST_ROWS or not np.isfinite(encoded).all():
            raise ValueError("another number of rows, or numbers that are not finite")
    except Exception as error:  # pyarrow raises whatever its parts raise
        raise InputError(
            f"The run must have a {TRAINING_SAMPLE} that `epochal train` wrote, got {str(path)!r}, "
            f"which cannot be read ({type(error).__name__}): train again."
        ) from error
    return cells, encoded
