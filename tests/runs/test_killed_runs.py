"""Runs that are killed at random moments, and go on: EPOCHAL_KILLS=200 kills more often."""

import json
import multiprocessing
import os
import random
from pathlib import Path
from time import perf_counter
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.runs import list_runs, read_run
from epochal.runs.storage.workspace import unfinished_runs
from tests.runs.killed_run import train

KILLS = int(os.environ.get("EPOCHAL_KILLS", "3"))
LIMIT = 240  # seconds, in which a run of a few must end

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
    context.set_forkserver_preload(["tests.runs.killed_run"])
    return context


def run_for(context: Any, seconds: float, out: Path, settings: dict[str, Any]) -> bool:
    """Train in a process that is killed after so many seconds: whether it ended before."""
    process = context.Process(target=train, args=(out,), kwargs=settings)
    process.start()
    process.join(seconds)
    ended = not process.is_alive()
    process.kill()
    process.join()
    assert not ended or process.exitcode == 0
    return ended


def content(run: Path) -> dict[str, Any]:
    """All of a run but its times."""
    record = json.loads((run / "run.json").read_text("utf-8"))
    del record["created"], record["training"]["seconds"]
    return record


def check_equal(run: Path, expected: Path) -> None:
    assert content(run) == content(expected)
    assert (run / "history.csv").read_bytes() == (expected / "history.csv").read_bytes()
    for name in ("predictions.parquet", "conformity.parquet"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(run / name), pd.read_parquet(expected / name), check_exact=True
        )
    ours, theirs = (keras.saving.load_model(path / "model.keras") for path in (run, expected))
    for mine, yours in zip(ours.weights, theirs.weights, strict=True):
        assert np.array_equal(mine, yours), mine.path
    assert read_run(run).report.is_file()


@pytest.mark.parametrize(
    "settings",
    [
        {"members": 3, "epochs": 8},
        {"members": 1, "epochs": 40, "patience": 30},
        {"members": 2, "epochs": 4, "cv": "2x1"},
    ],
    ids=["members", "one", "folds"],
)
def test_a_killed_run_goes_on_where_it_stopped(processes, settings, tmp_path):
    began = perf_counter()
    whole = tmp_path / "whole" / "run"
    assert run_for(processes, LIMIT, whole, settings)
    length = perf_counter() - began

    moments = random.Random(str(settings))  # noqa: S311
    kills, number = 0, 0
    while kills < KILLS:
        folder = tmp_path / str(number)
        out, number, in_a_row = folder / "run", number + 1, 0
        while True:
            # It would not end, were it always killed.
            seconds = length * moments.uniform(0.3, 1.0) if in_a_row < 3 else LIMIT
            if run_for(processes, seconds, out, settings):
                break
            kills, in_a_row = kills + 1, in_a_row + 1
            if folder.is_dir():
                assert all(run.path == out for run in list_runs(folder))
                assert len(unfinished_runs(folder)) <= 1
        check_equal(out, whole)
        if not unfinished_runs(folder):  # killed behind the rename, it is whole all the same
            assert [path.name for path in folder.iterdir()] == ["run"]
