"""The lowest version of every dependency that `pyproject.toml` allows, as constraints for pip.

`make lowest` installs them: a lower bound that nobody installs is a guess.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
# Extras of those who develop epochal: their tools may be as new as they like.
FOR_DEVELOPERS = {"test", "dev", "docs", "bench"}
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?\s*(?P<specifiers>[^;]*)")


def lower_bound(requirement: str) -> str:
    """Turn a requirement such as ``keras>=3.15,<3.17`` into the constraint ``keras==3.15``."""
    parts = REQUIREMENT.match(requirement)
    bounds = re.findall(r">=\s*([\w.]+)", parts["specifiers"]) if parts else []
    if parts is None or len(bounds) != 1:
        raise ValueError(
            f"a dependency must have one lower bound, got {requirement!r}: write 'name>=version'."
        )
    return f"{parts['name']}=={bounds[0]}"


def requirements(configuration: dict[str, Any]) -> Iterator[str]:
    """Yield what building, installing and running epochal requires, its users' extras included."""
    yield from configuration["build-system"]["requires"]
    yield from configuration["project"]["dependencies"]
    for extra, listed in configuration["project"].get("optional-dependencies", {}).items():
        if extra not in FOR_DEVELOPERS:
            yield from listed


def main() -> None:
    """Print one constraint a line."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bounds = [lower_bound(requirement) for requirement in requirements(configuration)]
    sys.stdout.write("\n".join(bounds) + "\n")


if __name__ == "__main__":
    main()
