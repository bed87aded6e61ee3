"""Every worker of pytest-xdist must collect the same tests, by the same names."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

WHOLE = 1000  # tests and more are the whole suite


def collected(seed: str) -> list[str]:
    """The names of all tests, in order, in a process that hashes with this seed."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    listed = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
    ).stdout.splitlines()
    names = [line for line in listed if "::" in line]
    assert len(names) > WHOLE, "\n".join(listed[-20:])
    return names


@pytest.mark.slow
def test_names_depend_neither_on_the_hash_seed_nor_on_the_time_or_an_address(
    request: pytest.FixtureRequest,
) -> None:
    names = collected("1")
    # A process of the whole suite has collected them itself, with a hash seed of its own.
    here = [item.nodeid for item in request.session.items]
    chance = os.environ.get("PYTHONHASHSEED", "random") == "random"
    assert names == (here if len(here) > WHOLE and chance else collected("2"))
    assert not [name for name in names if " at 0x" in name]
    assert len(set(names)) == len(names)
