"""What every test stands on: the backend, the compilation cache, hypothesis, the data folder.

The environment is set here, before any test module imports Keras, and tests that start
processes of their own inherit it.
"""

import os
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax"))
# Every program is kept, the quick ones too: a suite compiles hundreds of small ones.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# Compiling makes single examples slow and their times uneven, so no deadline; CI draws the
# same examples every time, and a developer's machine goes on looking for new ones.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Refuse to skip the native engine's tests where EPOCHAL_REQUIRE_NATIVE says that it is there.

    An installation without a C++ compiler is a whole one, so its tests are skipped by themselves;
    CI must not pass that way.
    """
    if os.environ.get("EPOCHAL_REQUIRE_NATIVE", "0") == "0":
        return
    if not import_module("epochal.engine.native").AVAILABLE:
        pytest.exit(
            "The native engine must have been built, got none: install a C++20 compiler, and "
            "epochal again. EPOCHAL_REQUIRE_NATIVE=0 skips its tests.",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of the large data sets, named by EPOCHAL_DATA; the test is skipped without it."""
    named = os.environ.get("EPOCHAL_DATA")
    if not named:
        pytest.skip("EPOCHAL_DATA is not set: it names the folder of the large data sets")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"EPOCHAL_DATA must name a folder, {named!r} is none")
    return folder
