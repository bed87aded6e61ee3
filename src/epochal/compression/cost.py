"""The cost of a model: bytes of its file, milliseconds of its predictions."""

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
# A row takes microseconds: each reading is of many calls, so that the clock's cost vanishes.
_CALLS = 20


def sizes_of(model: keras.Model) -> tuple[int, int]:
    """Bytes of the `.keras` file, without the optimiser's variables, and of that file deflated.

    Keras does not compress its files: runs of zeros make a difference to the second alone.
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

    Each number is the median of readings in interleaved rounds, so that other load on the machine
    affects all predictors alike.
    """
    readings: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in predictors}
    for predictor in predictors.values():  # compiles what is to be compiled
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
