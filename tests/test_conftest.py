"""What the suite refuses to begin with."""

from typing import cast

import pytest

from epochal.engine import native
from tests.conftest import pytest_sessionstart


def start() -> None:
    pytest_sessionstart(cast(pytest.Session, None))


def test_a_native_engine_that_was_not_built_fails_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(native, "AVAILABLE", False)
    monkeypatch.setenv("EPOCHAL_REQUIRE_NATIVE", "1")
    with pytest.raises(pytest.exit.Exception, match="native engine must have been built, got none"):
        start()


@pytest.mark.parametrize(("required", "built"), [("0", False), ("1", True)])
def test_otherwise_the_suite_begins(
    monkeypatch: pytest.MonkeyPatch, required: str, built: bool
) -> None:
    monkeypatch.setattr(native, "AVAILABLE", built)
    monkeypatch.setenv("EPOCHAL_REQUIRE_NATIVE", required)
    start()
