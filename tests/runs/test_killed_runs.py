"""Runs that are killed at moments of their own, and go on: EPOCHAL_KILLS=60 kills more often."""

import json
import multiprocessing
import os
import random
import signal
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.runs import list_runs, read_run
from epochal.runs.storage.workspace import remove_unfinished, unfinished_runs
from tests.runs.killed_run import train

KILLS = int(os.environ.get("EPOCHAL_KILLS", "2"))

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


def ended(context: Any, out: Path, settings: dict[str, Any], kill_at: int | None = None) -> bool:
    """Train in a process that kills itself at a moment: whether it ended before."""
    process = context.Process(target=train, args=(out, settings, kill_at))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode == 0


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
        {"members": 3, "epochs": 5},
        {"members": 1, "epochs": 6},
        {"members": 2, "epochs": 2, "cv": "2x1"},
    ],
    ids=["members", "one", "folds"],
)
def test_a_killed_run_goes_on_where_it_stopped(processes, settings, tmp_path):
    if "cv" in settings and KILLS < 10:
        pytest.skip("tried with EPOCHAL_KILLS alone: it is made of the same fits")
    whole = tmp_path / "whole" / "run"
    assert ended(processes, whole, settings)
    moments = int((whole.parent / "moments").read_text())
    # The first and the last ones are those around the writing of the run.
    chosen = random.Random(str(settings)).sample(range(1, moments), KILLS - 1)  # noqa: S311
    for number, moment in enumerate([*chosen, moments - 3]):
        folder = tmp_path / str(number)
        out = folder / "run"
        assert not ended(processes, out, settings, moment)
        assert all(run.path == out for run in list_runs(folder))
        if out.exists():  # killed behind the rename: the run is whole, what is beside it is named
            check_equal(out, whole)
            assert [each.in_use for each in remove_unfinished(folder)] == [False]
        else:
            assert len(unfinished_runs(folder)) == 1
            assert ended(processes, out, settings, None)
            check_equal(out, whole)
        assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["run"]
