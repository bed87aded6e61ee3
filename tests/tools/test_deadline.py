"""The plugin that ends `make quick` in time."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
def test_first():
    pass

def test_second():
    assert False, "time was up"
"""


@pytest.mark.parametrize("processes", [[], ["--numprocesses", "1"]], ids=["alone", "xdist"])
def test_no_test_begins_after_the_deadline(tmp_path: Path, processes: list[str]) -> None:
    (tmp_path / "test_late.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tools.deadline", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *processes, "--rootdir", str(tmp_path), str(tmp_path / "test_late.py")],
        cwd=ROOT,
        env=os.environ | {"EPOCHAL_TEST_DEADLINE": str(time.time() - 1)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 tests, the furthest from the change, did not begin in time: run 'make test'." in (
        done.stdout
    )
    assert "failed" not in done.stdout


def test_without_a_deadline_every_test_runs(tmp_path: Path) -> None:
    (tmp_path / "test_fast.py").write_text("def test_it():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-p", "tools.deadline", "-p", "no:cacheprovider"]
    environment = {k: v for k, v in os.environ.items() if k != "EPOCHAL_TEST_DEADLINE"}
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path / "test_fast.py")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 passed" in done.stdout
