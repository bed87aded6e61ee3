"""The public names against the checked-in list, so that a change of them is seen in review.

After a wanted change: `python -m tests.test_public_surface > tests/public_surface.txt`.
"""

import importlib
import inspect
import sys
import tomllib
from pathlib import Path
from types import ModuleType

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


def family_and_last(name: str) -> tuple[ModuleType, str]:
    """What a public name is an attribute of, and its own last part."""
    module, _, last = name.rpartition(".")
    return importlib.import_module(module), last


def test_the_surface_is_the_listed_one() -> None:
    assert surface() == LISTED


def test_every_listed_name_is_there() -> None:
    assert [name for name in LISTED if not hasattr(*family_and_last(name))] == []


def test_every_function_and_class_says_what_it_is_for() -> None:
    silent = []
    for name in LISTED:
        value = getattr(*family_and_last(name))
        told = inspect.isfunction(value) or inspect.isclass(value) or inspect.ismodule(value)
        if told and not inspect.getdoc(value):
            silent.append(name)
    assert not silent, f"these have no docstring: {silent}"


def test_the_version_is_the_packaged_one() -> None:
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert epochal.__version__ == packaged


if __name__ == "__main__":
    sys.stdout.write("\n".join(surface()) + "\n")
