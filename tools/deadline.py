"""A plugin of pytest: after a point in time no further test begins. `make quick` uses it.

The time stands in ``EPOCHAL_TEST_DEADLINE``, in seconds since 1970, so that the processes of
pytest-xdist share it.
"""

import os
import time
from typing import Any

import pytest

DEADLINE = float(os.environ.get("EPOCHAL_TEST_DEADLINE", "inf"))
LATE = pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Leave a test out, fixtures and report included, when time is up."""
    if time.time() <= DEADLINE:
        return None
    item.config.stash[LATE] = item.config.stash.get(LATE, 0) + 1
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the count of a process of pytest-xdist to the one that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["late"] = session.config.stash.get(LATE, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take it there."""
    late = getattr(node, "workeroutput", {}).get("late", 0)
    node.config.stash[LATE] = node.config.stash.get(LATE, 0) + late


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were left out."""
    late = terminalreporter.config.stash.get(LATE, 0)
    if late:
        terminalreporter.write_line(
            f"{late} tests, the furthest from the change, did not begin in time: run 'make test'."
        )
