"""Hours of what may go wrong: ``python -m benchmarks.soak --minutes 60 --write``.

Fits and predictions beside kills, forks, interrupts, threads and failures of memory and disk, in
turns, each drawn from a seed; every answer is compared. What takes milliseconds comes several times
a round. What did not hold is said with its seed, and the command ends with 1. ``--write`` puts the
table into docs/reliability.md.
"""

import argparse
import os
import random
import resource
import shutil
import sys
import tempfile
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.document import DOCS, write_marked
from benchmarks.machine import this_machine, versions
from benchmarks.markdown import table
from benchmarks.soak_areas import AREAS, Area

PAGE = DOCS / "reliability.md"
MOST_MEMORY = 500 << 20  # bytes that a process may grow by, behind the first round


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    memory: int
    threads: int
    files: int

    @classmethod
    def now(cls) -> "Held":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        threads, files = (len(os.listdir(f"/proc/self/{name}")) for name in ("task", "fd"))
        return cls(pages * resource.getpagesize(), threads, files)


@contextmanager
def _recorded(area: Area, seed: int) -> Any:
    area.tried += 1
    try:
        yield
        area.held += 1
    except Exception:
        area.wrong.append(f"seed {seed}: {traceback.format_exc(limit=-2)}")
        sys.stderr.write(f"\n{area.name}, {area.wrong[-1]}")


def soak(minutes: float, seed: int) -> tuple[float, Held, Held]:
    """Try the areas in turns: the minutes it took, and what the process held before and after.

    Before is behind a tenth of the time: what is compiled once is there by then.
    """
    began, round_, before = perf_counter(), 0, None
    with tempfile.TemporaryDirectory() as folder:
        while not round_ or perf_counter() - began < 60 * minutes:
            turns = [area for area in AREAS for _ in range(area.times)]
            for number, area in enumerate(turns):
                own = seed + 1000 * round_ + number
                place = Path(folder) / str(own)
                place.mkdir()
                with _recorded(area, own):
                    area.attempt(random.Random(own), place)  # noqa: S311
                shutil.rmtree(place)
            round_ += 1
            _show(perf_counter() - began)
            if before is None and perf_counter() - began > 6 * minutes:
                before = Held.now()
    return (perf_counter() - began) / 60, before or Held.now(), Held.now()


def _show(seconds: float) -> None:
    tried, held = (sum(getattr(area, name) for area in AREAS) for name in ("tried", "held"))
    sys.stderr.write(f"\r{seconds / 60:.1f} min: {tried:,} tried, {held:,} held")


def report(minutes: float, seed: int, before: Held, after: Held) -> str:
    rows = [[area.name, f"{area.tried:,}", f"{area.held:,}"] for area in AREAS]
    grown = max(0, after.memory - before.memory) >> 20
    lines = [
        table(["area", "tried", "held"], rows),
        "",
        f"In {minutes:.0f} minutes the process grew by {grown:,} MB, from {before.threads} to "
        f"{after.threads} threads and from {before.files} to {after.files} open files, counted "
        "from a tenth of it on.",
        "",
        f"`python -m benchmarks.soak --minutes {minutes:.0f} --seed {seed}`, {date.today()}, "
        f"{this_machine().name}; {versions()}.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    minutes, before, after = soak(given.minutes, given.seed)
    found = report(minutes, given.seed, before, after)
    print(found)
    if given.write:
        write_marked(PAGE, "soak", found)
    wrong = [f"{area.name}, {each}" for area in AREAS for each in area.wrong]
    if after.memory - before.memory > MOST_MEMORY:
        wrong.append(f"the memory grew by {(after.memory - before.memory) >> 20} MB")
    if after.files > before.files + 5 or after.threads > before.threads + 5:
        wrong.append("threads or open files were left")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
