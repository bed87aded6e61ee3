"""`conformity.parquet`: how wrong a run's networks are on the rows that they left out."""

from pathlib import Path

import numpy as np
import pandas as pd

from epochal.conformal.conformity import ClassConformity, Conformity, NumberConformity
from epochal.conformal.sets import ALL_SCORES
from epochal.data import Task
from epochal.errors import InputError

CONFORMITY = "conformity.parquet"

_OF_CLASSES = [*ALL_SCORES, "class", "confidence", "wrong"]


def write_conformity(path: Path, found: Conformity) -> None:
    """Write the scores, each column of which says nothing of the order of the rows."""
    if isinstance(found, NumberConformity):
        frame = pd.DataFrame()
        for at, (size, score) in enumerate(zip(found.predicted.T, found.absolute.T, strict=True)):
            order = np.lexsort((size, score))
            frame[f"predicted_{at}"], frame[f"absolute_{at}"] = size[order], score[order]
    else:
        columns = {**found.scores, "class": found.truth, "confidence": found.confidence}
        frame = pd.DataFrame({**columns, "wrong": found.wrong}).sort_values(_OF_CLASSES)
    frame.to_parquet(path, index=False)


def read_conformity(path: Path, task: Task) -> Conformity:
    """Read what `write_conformity` wrote.

    Raises
    ------
    InputError
        There is no such file, or it is damaged or of another task.
    """
    if not path.is_file():
        raise InputError(
            f"The run must have rows that its training left out, got {str(path.parent)!r} without "
            f"{CONFORMITY}: train again, of classes or numbers, with several members or a "
            "validation part."
        )
    try:
        frame = pd.read_parquet(path)
        found = _conformity(frame, task)
    except Exception as error:  # pyarrow raises whatever its parts raise
        raise InputError(
            f"The run must have a {CONFORMITY} that `epochal train` wrote, got {str(path)!r}, "
            f"which cannot be read ({type(error).__name__}): train again."
        ) from error
    return found


def _conformity(frame: pd.DataFrame, task: Task) -> Conformity:
    if not task.classes:
        predicted, absolute = (
            frame[[f"{name}_{at}" for at in range(len(task.target))]].to_numpy(float)
            for name in ("predicted", "absolute")
        )
        if not np.isfinite(predicted).all() or not np.isfinite(absolute).all():
            raise ValueError("a score is not finite")
        return NumberConformity(predicted=predicted, absolute=absolute)
    numbers = frame[_OF_CLASSES].to_numpy(float)
    truth = frame["class"].to_numpy(int)
    if not np.isfinite(numbers).all() or not np.isin(truth, range(len(task.classes))).all():
        raise ValueError("a score is not finite, or a class is unknown")
    return ClassConformity(
        scores={name: frame[name].to_numpy(float) for name in ALL_SCORES},
        truth=truth,
        confidence=frame["confidence"].to_numpy(float),
        wrong=frame["wrong"].to_numpy(bool),
    )
