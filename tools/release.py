"""Check that a tag may become a release: ``python -m tools.release v0.1.0``, with its notes."""

import argparse
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def notes(changelog: str, version: str) -> str:
    """Cut the section of a version out of the changelog.

    Raises
    ------
    ValueError
        If there is no section of that version with a date.
    """
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}$"
    found = re.search(rf"{heading}\n(.*?)(?=^## |^\[|\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None:
        raise ValueError(
            f"CHANGELOG.md must have a dated section of {version}, got none: "
            f"write '## [{version}] - YYYY-MM-DD'."
        )
    return found[1].strip() + "\n"


def check_tag(tag: str, version: str) -> None:
    """Refuse a tag that is not the version.

    Raises
    ------
    ValueError
        If it is another one.
    """
    if tag != f"v{version}":
        raise ValueError(
            f"the tag must be v{version}, the version of pyproject.toml, got {tag}: "
            "correct the one or the other."
        )


def main(arguments: list[str] | None = None, root: Path = ROOT) -> None:
    """Check, and print the notes if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    parser.add_argument("tag")
    parser.add_argument("--notes", action="store_true", help="print the changelog's section")
    options = parser.parse_args(arguments)
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    try:
        check_tag(options.tag, version)
        text = notes((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    except ValueError as error:
        sys.exit(f"Error: {error}")
    if options.notes:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
