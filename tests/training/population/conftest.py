"""Each test here says itself which engines it runs on."""

import pytest


@pytest.fixture(autouse=True)
def engine() -> None:
    """In place of the one that runs every test of `tests/training` on both."""
