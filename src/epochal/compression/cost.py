"""What a model costs: bytes of its file, milliseconds of its predictions."""

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import keras

from epochal.bridge.cloning import clone_model

_ROUNDS = 15
# A row takes microseconds: many calls a reading, so that the clock's own cost is none of it.
_CALLS = 20


def sizes_of(model: keras.Model) -> tuple[int, int]:
    """Bytes of the `.keras` file, without the optimiser's variables, and of that file deflated.

    Keras stores its files without compression; runs of zeros show in the second number alone.
    """
    with TemporaryDirectory() as folder:
        file, packed = Path(folder, "model.keras"), Path(folder, "model.zip")
        clone_model(model).save(file)
        with zipfile.ZipFile(file) as parts, zipfile.ZipFile(packed, "w") as out:
            for name in parts.namelist():
                out.writestr(name, parts.read(name), zipfile.ZIP_DEFLATED)
        return file.stat().st_size, packed.stat().st_size


def milliseconds(
    predictors: Mapping[str, Callable[[Any], Any]], batch: Any, row: Any
) -> dict[str, tuple[float, float]]:
    """For each predictor the milliseconds of a batch and of a single row.

    The readings are taken in turns, so that what else the machine does meets all of them alike,
    and each number is the median of its readings.
    """
    readings: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in predictors}
    for predictor in predictors.values():  # what is compiled, is compiled here
        predictor(batch), predictor(row)
    for _ in range(_ROUNDS):
        for name, predictor in predictors.items():
            readings[name][0].append(_reading(predictor, batch, 1))
            readings[name][1].append(_reading(predictor, row, _CALLS))
    return {name: (median(batches), median(rows)) for name, (batches, rows) in readings.items()}


def _reading(predictor: Callable[[Any], Any], x: Any, calls: int) -> float:
    began = perf_counter()
    for _ in range(calls):
        predictor(x)
    return 1000 * (perf_counter() - began) / calls
