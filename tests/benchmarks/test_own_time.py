"""A clock that stands while a process waits for a core."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.own_time import own_time, without_a_core


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this system does not say")
def test_it_stands_while_others_have_the_core():
    """Three processes on one core: each of them waits two thirds of the time."""
    core = min(os.sched_getaffinity(0))
    code = f"import os\nos.sched_setaffinity(0, {{{core}}})\nwhile True: pass"
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    try:
        time.sleep(0.5)  # they have begun
        first, began = own_time(children[0].pid), time.monotonic()
        time.sleep(0.5)
        own, wall = own_time(children[0].pid) - first, time.monotonic() - began
    finally:
        for child in children:
            child.kill()
            child.wait()
    assert 0 <= own < 0.6 * wall


def test_sleep_counts():
    began, first = time.monotonic(), own_time()
    time.sleep(0.2)
    assert 0.19 < own_time() - first <= time.monotonic() - began + 1e-3


def test_a_process_that_has_ended_says_nothing():
    assert without_a_core(2**22 + 1) == 0.0
