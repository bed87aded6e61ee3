"""Without the compiled engine its tests are skipped, or fail where it is required."""

import re
import subprocess
import sys

import pytest

from tests import engines
from tests.conftest import ROOT

SENTENCE = (
    "EPOCHAL_REQUIRE_NATIVE=1 requires the native engine, but it cannot be imported (no symbol): "
    "install epochal again, where a C++20 compiler is found."
)


@pytest.mark.parametrize("required", ["1", "0", ""])
def test_a_missing_engine_skips_a_test_or_where_required_fails_it(required, monkeypatch):
    monkeypatch.setenv("EPOCHAL_REQUIRE_NATIVE", required)
    monkeypatch.setattr(engines, "_missing", "no symbol")
    kind = pytest.fail.Exception if required == "1" else pytest.skip.Exception
    with pytest.raises(kind) as stopped:
        engines.stop_without_native()
    reason = SENTENCE if required == "1" else "the native engine was not built (no symbol)"
    assert str(stopped.value) == reason


# A network of the engine, the engine beside `xla`, and an engine by a fixture.
TESTS = [
    "tests/engine/native/test_gradients.py",
    "tests/training/test_native_graphs.py",
    "tests/transfer/test_reuse.py",
]
WITHOUT_IT = """
import sys
import pytest
sys.modules["epochal.engine.native._native"] = None
sys.exit(pytest.main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_in_a_run_without_the_engine_no_test_of_it_passes_or_is_skipped(monkeypatch):
    monkeypatch.setenv("EPOCHAL_REQUIRE_NATIVE", "1")
    options = ["-p", "no:cacheprovider", "-m", "native", *TESTS]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_IT, *options], capture_output=True, text=True, cwd=ROOT
    )
    assert ran.returncode == 1
    stopped = re.search(r"(\d+) errors", ran.stdout)  # failures before the test itself begins
    assert stopped is not None, ran.stdout
    assert not re.search(r"\d+ (passed|skipped)", ran.stdout)
    sentence = "EPOCHAL_REQUIRE_NATIVE=1 requires the native engine, but it cannot be imported ("
    assert ran.stdout.count(sentence) >= int(stopped[1]) > 30
