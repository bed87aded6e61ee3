"""The public names against the checked-in list, so that a change of them is seen in review.

After a wanted change: `python -m tests.test_public_surface > tests/public_surface.txt`.
"""

import importlib
import inspect
import sys
import tomllib
from pathlib import Path

import pytest

import epochal

ROOT = Path(__file__).parents[1]
LISTED = (ROOT / "tests" / "public_surface.txt").read_text().split()


def surface() -> list[str]:
    """Every public name: the top level's, and those of each family that stands there."""
    names = {f"epochal.{name}" for name in epochal.__all__}
    for family in epochal.__all__:
        value = getattr(epochal, family)
        if inspect.ismodule(value):
            names |= {f"epochal.{family}.{name}" for name in value.__all__}
    return sorted(names)


def test_the_surface_is_the_listed_one() -> None:
    assert surface() == LISTED


@pytest.mark.parametrize("name", LISTED)
def test_every_listed_name_is_there(name: str) -> None:
    module, _, last = name.rpartition(".")
    assert hasattr(importlib.import_module(module), last)


@pytest.mark.parametrize("name", LISTED)
def test_every_function_and_class_says_what_it_is_for(name: str) -> None:
    module, _, last = name.rpartition(".")
    value = getattr(importlib.import_module(module), last)
    if inspect.isfunction(value) or inspect.isclass(value) or inspect.ismodule(value):
        assert inspect.getdoc(value), f"{name} has no docstring"


def test_the_version_is_the_packaged_one() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert epochal.__version__ == packaged


if __name__ == "__main__":
    sys.stdout.write("\n".join(surface()) + "\n")
