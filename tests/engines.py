"""The engines that a test runs on, and what becomes of it where `native` was not built.

A test that needs `native` bears the mark `native`: `pytestmark = pytest.mark.native` for a module,
`@pytest.mark.parametrize("engine", ENGINES)` for a test of both. Without the extension it is
skipped, and with EPOCHAL_REQUIRE_NATIVE=1 in the environment it fails: a broken build must not
pass because nothing was left to test.

A test that needs a GPU bears the mark `gpu`, and is skipped where JAX sees none.
"""

import os
from importlib import import_module
from typing import Any

import jax
import pytest

ENGINES = [pytest.param("native", marks=pytest.mark.native), "xla"]


def _imported() -> tuple[Any, str | None]:
    """The extension, and why there is none."""
    try:
        return import_module("epochal.engine.native._native"), None
    except ImportError as error:
        return None, str(error)


# Its tests alone use it, and bear the mark: where it is None none of them runs.
extension, _missing = _imported()


def stop_without_native() -> None:
    """Skip the test that runs, or fail it, where the extension is missing."""
    if _missing is None:
        return
    if os.environ.get("EPOCHAL_REQUIRE_NATIVE") == "1":
        pytest.fail(
            "EPOCHAL_REQUIRE_NATIVE=1 requires the native engine, but it cannot be imported "
            f"({_missing}): install epochal again, where a C++20 compiler is found.",
            pytrace=False,
        )
    pytest.skip(f"the native engine was not built ({_missing})")


def stop_without_gpu() -> None:
    """Skip the test that runs where JAX sees no GPU."""
    if jax.default_backend() != "gpu":
        pytest.skip(f"no GPU: JAX runs on the {jax.default_backend()}")
