"""What every test stands on: the backend, the compilation cache, hypothesis, the data folder.

The environment is set here, before any test module imports Keras, and tests that start
processes of their own inherit it.
"""

import gc
import os
import signal
from collections.abc import Generator
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

os.environ["KERAS_BACKEND"] = "jax"
os.environ.pop("EPOCHAL_LANG", None)
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(ROOT / ".cache" / "jax"))
# Every program is kept, the quick ones too: a suite compiles hundreds of small ones.
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# The programs of tests compile for longer than they run. XLA's older way to emit the code of
# fusions compiles in half the time, to the same numbers; and LLVM's first level of optimisation
# takes a fifth less again. A version that does not know an option would end the process.
if version("jaxlib").startswith("0.10."):
    _flags = os.environ.get("XLA_FLAGS", "")
    _quick = "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1"
    os.environ["XLA_FLAGS"] = f"{_flags} {_quick}".strip()

# Under nohup, or in the background of a script, signals come ignored, and the tests' own processes
# would ignore them too. A handler of Python's is not handed down: they get the defaults.
for _name in ("SIGINT", "SIGTERM", "SIGHUP"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        _handler = signal.default_int_handler if _name == "SIGINT" else lambda *_: None
        signal.signal(_number, _handler)

# Compiling makes single examples slow and their times uneven, so no deadline; CI draws the
# same examples every time, and a developer's machine goes on looking for new ones.
settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "native: needs the compiled engine (see tests/engines.py)")
    config.addinivalue_line("markers", "gpu: needs a GPU that JAX sees")


# To collect is to import, and to make what stays: looking through it for garbage again and again
# is a fifth of the time, in every worker process.
@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    # Imported here: what it imports reads the environment that is set above.
    from tests.engines import stop_without_gpu, stop_without_native  # noqa: PLC0415

    if item.get_closest_marker("native"):
        stop_without_native()
    if item.get_closest_marker("gpu"):
        stop_without_gpu()


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
