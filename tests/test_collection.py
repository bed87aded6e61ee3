"""Every worker of pytest-xdist must collect the same tests, by the same names."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_names_depend_neither_on_the_hash_seed_nor_on_the_time_or_an_address(request):
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    collected = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
    ).stdout.splitlines()
    names = [line for line in collected if "::" in line]
    assert len(names) > 1000, "\n".join(collected[-20:])
    assert not [name for name in names if " at 0x" in name]
    assert len(set(names)) == len(names)
    # This process has another seed, and began at another time.
    assert {item.nodeid for item in request.session.items} <= set(names)
