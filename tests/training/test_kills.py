"""Fits that are killed at random moments, and go on: EPOCHAL_KILLS=200 kills more often."""

import multiprocessing
import os
import random
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

from tests.training.killed_fit import END, EPOCHS, train

KILLS = int(os.environ.get("EPOCHAL_KILLS", "2"))
LIMIT = 120  # seconds, in which a fit of two must end

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "forkserver" not in multiprocessing.get_all_start_methods(), reason="no fork here"
    ),
]


@pytest.fixture(scope="module")
def processes() -> Any:
    """Processes that are forked from one that has imported everything, and computed nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.training.killed_fit"])
    return context


def run_for(context: Any, seconds: float, *arguments: Any) -> bool:
    """Train in a process that is killed after so many seconds: whether it ended before."""
    process = context.Process(target=train, args=arguments)
    process.start()
    process.join(seconds)
    ended = not process.is_alive()
    process.kill()
    process.join()
    assert not ended or process.exitcode == 0
    return ended


def arrays(folder: Path, name: str) -> dict[str, np.ndarray]:
    with np.load(folder / name) as found:
        return dict(found)


def check_equal(folder: Path, expected: Path) -> None:
    for name in (END, "scores.npz"):
        if name != END and not (folder / name).exists():
            continue  # it was killed after the last backup: there was nothing left to train
        theirs, ours = arrays(expected, name), arrays(folder, name)
        assert ours.keys() == theirs.keys()
        for key, value in theirs.items():
            assert_array_equal(ours[key], value, err_msg=f"{name}: {key}")


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_a_killed_fit_goes_on_where_it_stopped(processes, engine, save_freq, tmp_path):
    if engine == "xla" and save_freq == "epoch" and KILLS < 10:
        pytest.skip("tried with EPOCHAL_KILLS alone: each of its processes takes seconds")
    whole = tmp_path / "whole"
    whole.mkdir()
    began = perf_counter()
    assert run_for(processes, LIMIT, whole, engine, save_freq)
    length = perf_counter() - began

    moments = random.Random(f"{engine} {save_freq}")  # noqa: S311
    kills = 0
    for number in count():
        if kills >= KILLS:
            break
        folder = tmp_path / str(number)
        folder.mkdir()
        in_a_row = 0
        while True:
            # Nothing is saved yet in the first half. It would not end, were it always killed.
            seconds = length * moments.uniform(0.5, 1.0) if in_a_row < 3 else LIMIT
            began = perf_counter()
            if run_for(processes, seconds, folder, engine, save_freq):
                length = min(length, perf_counter() - began) if not in_a_row else length
                break
            kills, in_a_row = kills + 1, in_a_row + 1
            best = folder / "best.keras"
            assert not best.exists() or keras.saving.load_model(best).built
        check_equal(folder, whole)
        epochs = [row.split(",")[0] for row in (folder / "log.csv").read_text().splitlines()]
        assert set(epochs) == {"epoch", *map(str, range(EPOCHS))}
