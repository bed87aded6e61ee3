"""`conformity.parquet`: how wrong a run's networks are on the rows that they left out."""

from pathlib import Path

import numpy as np
import pandas as pd

from epochal.conformal.conformity import ClassConformity, Conformity, NumberConformity
from epochal.conformal.labels import LabelConformity
from epochal.conformal.sets import ALL_SCORES
from epochal.data import Task
from epochal.runs.storage.parquet_part import read_part

CONFORMITY = "conformity.parquet"

_OF_VARIANCES = ["noise", "spread", "excess"]  # as far as they are known
_OF_CLASSES = [*ALL_SCORES, "class", "confidence", "wrong"]


def write_conformity(path: Path, found: Conformity) -> None:
    """Write the scores, each column of which says nothing of the order of the rows."""
    if isinstance(found, NumberConformity):
        frame = pd.DataFrame()
        for at, (size, score) in enumerate(zip(found.predicted.T, found.absolute.T, strict=True)):
            order = np.lexsort((size, score))
            frame[f"predicted_{at}"], frame[f"absolute_{at}"] = size[order], score[order]
            for name in _OF_VARIANCES:
                part = getattr(found, name)
                if part is not None:
                    frame[f"{name}_{at}"] = part[order, at]
    elif isinstance(found, LabelConformity):
        frame = pd.DataFrame()
        for at, (score, has) in enumerate(zip(found.scores.T, found.truth.T, strict=True)):
            order = np.lexsort((has, score))
            frame[f"lac_{at}"], frame[f"has_{at}"] = score[order], has[order]
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
    return read_part(
        path,
        lambda frame: _conformity(frame, task),
        needed="rows that its training left out",
        how="train again, with several members or a validation part",
    )


def _conformity(frame: pd.DataFrame, task: Task) -> Conformity:
    if not task.classes:
        known = [name for name in _OF_VARIANCES if f"{name}_0" in frame]
        columns = {
            name: frame[[f"{name}_{at}" for at in range(len(task.target))]].to_numpy(float)
            for name in ["predicted", "absolute", *known]
        }
        if not all(np.isfinite(values).all() for values in columns.values()):
            raise ValueError("a score is not finite")
        if (columns.get("noise", np.ones(1)) <= 0).any():
            raise ValueError("a variance is not above 0")
        return NumberConformity(**columns)
    if task.kind == "multilabel":
        return _of_labels(frame, len(task.target))
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


def _of_labels(frame: pd.DataFrame, labels: int) -> LabelConformity:
    scores = frame[[f"lac_{at}" for at in range(labels)]].to_numpy(float)
    if not np.isfinite(scores).all():
        raise ValueError("a score is not finite")
    truth = frame[[f"has_{at}" for at in range(labels)]].to_numpy(bool)
    return LabelConformity(scores=scores, truth=truth)
