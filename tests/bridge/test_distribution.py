"""A fit whose rows `keras.distribution` shares between several devices."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

SCRIPT = Path(__file__).parent / "fit_on_devices.py"


@pytest.mark.slow
def test_rows_shared_between_devices_train_the_same_network():
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    alone, shared = found["alone"], found["shared"]
    assert found["devices"] == 4
    assert set(alone["devices"]) == {1}
    assert set(shared["devices"]) == {4}
    # Gradients are summed over devices: nothing of this sort is in a program of one device.
    assert found["all_reduces"][0] == 0
    assert found["all_reduces"][1] > 0
    assert shared["engine"] == "xla"
    assert shared["reason"].endswith("a keras.distribution shares the rows between devices")
    for name, values in alone["history"].items():
        assert_allclose(shared["history"][name], values, rtol=1e-5, err_msg=name)
    for name in ("predicted", "kernel"):
        assert_allclose(shared[name], alone[name], rtol=1e-4, atol=1e-6, err_msg=name)
    for name, value in alone["scored"].items():
        assert_allclose(shared["scored"][name], value, rtol=1e-5, err_msg=name)
