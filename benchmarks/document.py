"""docs/benchmarks.md: one section a script, each replaced on its own, with what it ran on."""

import os
import platform
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PREFACE = """# Benchmarks

Written by `make bench`; each section names the command that updates it. The figures are those of
one machine: compare ratios, not seconds.
"""
PACKAGES = ("epochal", "keras", "jax", "numpy", "scikit-learn", "tensorflow-cpu", "torch")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def circumstances(command: str) -> str:
    """Machine, versions, date and command, as one paragraph."""
    versions = ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name)))
    cores = len(os.sched_getaffinity(0))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} with `{command}`, on {cores} cores of "
        f"{_processor()} with {_memory():.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}; {versions}."
    )


def write_section(title: str, body: str, command: str) -> None:
    """Put the section into the document, in place of the one of the same title."""
    section = f"## {title}\n\n{body.strip()}\n\n{circumstances(command)}\n"
    document = DOCUMENT.read_text() if DOCUMENT.exists() else PREFACE
    preface, *sections = re.split(r"^(?=## )", document, flags=re.MULTILINE)
    titles = [old.splitlines()[0] for old in sections]
    if f"## {title}" in titles:
        sections[titles.index(f"## {title}")] = section
    else:
        sections.append(section)
    DOCUMENT.write_text("\n".join(part.strip() + "\n" for part in (preface, *sections)))


def publish(title: str, body: str, *, module: str, arguments: Sequence[str] = ()) -> None:
    """Print the section; with `--write` among the arguments put it into the document."""
    sys.stdout.write(f"\n## {title}\n\n{body}\n")
    if "--write" in arguments:
        shown = " ".join(["python -m", module, *arguments])
        write_section(title, body, shown)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match.group(1) if match else platform.machine()


def _memory() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
