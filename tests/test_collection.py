"""Every worker of pytest-xdist must collect the same tests, by the same names."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_names_depend_neither_on_the_hash_seed_nor_on_the_time_or_an_address():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    collected = [
        subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    names, others = ([line for line in lines if "::" in line] for lines in collected)
    assert len(names) > 1000, "\n".join(collected[0][-20:])
    assert names == others
    assert not [name for name in names if " at 0x" in name]
    assert len(set(names)) == len(names)
