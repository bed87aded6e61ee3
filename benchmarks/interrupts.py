"""Ctrl-C and SIGTERM at random moments: `python -m benchmarks.interrupts [--times 200] [--write]`.

Processes that fit on both engines, train a population, or are `epochal train`, in turns; each gets
a signal at a moment drawn from a seed. It must end in two seconds, with the best so far kept or
nothing there. Seconds in which its main thread waits for a core do not count; for those of its
others it may take n times as long where n processes want each core of the machine. What took longer
is tried again, at most twice. `--write` puts the table into docs/reliability.md; what did not hold
ends the command with 1.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import median

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.interrupted import KEPT, KINDS, NOTHING, TABLE, work
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from benchmarks.own_time import own_time, without_a_core
from epochal.runs import list_runs, predict_table
from epochal.runs.storage.workspace import unfinished_runs
from tests.runs import killed_run

PAGE = DOCS / "reliability.md"
IN_TIME, TRIES = 2.0, 3  # seconds to end in; tries where only the time was wrong
LIMIT = 120  # seconds after which a process that was told to end is said to hang
SIGNALS = (signal.SIGINT, signal.SIGTERM)
TRAIN = "`epochal train`"
WITHIN = {"a fit on `native`": 0.5, "a fit on `xla`": 2.0, "a population": 1.5, TRAIN: 4.0}
"""Seconds of a process within which the signal comes."""


@dataclass(frozen=True)
class Ended:
    """How one process ended: seconds after the signal, what it left, what was wrong with that."""

    seconds: float
    left: str
    wrong: str = ""


@dataclass
class Tried:
    """All that was tried of one kind."""

    kind: str
    ends: list[Ended] = field(default_factory=list)
    crowds: list[float] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """What did not hold."""
        return [each.wrong for each in self.ends if each.wrong]

    def row(self) -> list[str]:
        """For the table."""
        seconds = [each.seconds for each in self.ends]
        left = [each.left for each in self.ends]
        counts = [len(self.ends), len(self.ends) - len(self.wrong), left.count(KEPT)]
        late = sum(each > IN_TIME for each in seconds)
        times = [f"{median(seconds):.2f}", f"{max(seconds):.2f}", f"{late}"]
        times.append(f"{median(self.crowds):.1f}")
        return [self.kind, *map(str, counts), *times]


def interrupt(kind: str, number: int, seed: int, delay: float | None, folder: Path) -> Ended:
    """Send a signal `delay` seconds after a process has begun, None never; and what it left."""
    if kind == TRAIN:
        killed_run.table().to_parquet(folder / TABLE)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.interrupted", "benchmarks.soak_processes"])
    pipe, other = context.Pipe()
    child = context.Process(target=work, args=(kind, seed, folder, other), daemon=True)
    child.start()
    other.close()
    try:
        told, waited = pipe.recv(), 0.0
        if delay is not None:
            time.sleep(max(0.0, told + delay - own_time(child.pid)))
            waited = without_a_core(child.pid or 0)
            told = time.monotonic() - waited
            with suppress(ProcessLookupError):  # it has come to its end
                os.kill(child.pid or 0, number)
        if kind != TRAIN:
            return _told_of(pipe, told)
        seconds = _seconds_to_its_end(child, told, waited)
        if seconds is None:
            return Ended(LIMIT, "", "it hung")
        return Ended(seconds, *_run_left(folder, child.exitcode))
    finally:
        child.kill()
        child.join()
        pipe.close()


def _seconds_to_its_end(child: BaseProcess, told: float, waited: float) -> float | None:
    """Of its own time, from `told` on, when it had `waited` for a core; None if it goes on.

    Only while it lives can it be asked for how long it has.
    """
    hangs = time.monotonic() + LIMIT
    while time.monotonic() < hangs:
        waited = max(waited, without_a_core(child.pid or 0))
        child.join(0.01)
        if not child.is_alive():
            return time.monotonic() - waited - told
    return None


def in_time(kind: str, number: int, draw: random.Random, within: float, folder: Path) -> Tried:
    """Interrupt at a moment drawn from `draw`, again where it was right but took too long."""
    seed, delay, tried = draw.randrange(1000), draw.uniform(0, within), Tried(kind)
    for attempt in range(TRIES):
        place = folder / str(attempt)
        place.mkdir(parents=True)
        ended = interrupt(kind, number, seed, delay, place)
        if ended.wrong or ended.seconds <= IN_TIME * crowd():
            break
    about = f"signal {number} after {delay:.4f} s, seed {seed}: "
    if not ended.wrong and ended.seconds > IN_TIME * crowd():
        ended = replace(ended, wrong=f"it ended after {ended.seconds:.1f} s")
    tried.ends.append(replace(ended, wrong=ended.wrong and about + ended.wrong))
    return tried


def crowd() -> float:
    """How many processes want each core of the machine, at least 1."""
    return max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


def seconds_of_a_run(folder: Path) -> float:
    """How long `epochal train` takes where nobody interrupts it."""
    folder.mkdir()
    whole = interrupt(TRAIN, 0, 0, None, folder)
    if whole.wrong:
        raise RuntimeError(f"epochal train must leave a run, but {whole.wrong}")
    return whole.seconds


def _told_of(pipe: Connection, told: float) -> Ended:
    """What a process says of its end."""
    heard: list[float | str] = []
    while len(heard) < 2 and (not heard or isinstance(heard[-1], float)):
        if not pipe.poll(LIMIT):
            return Ended(LIMIT, "", "it hung")
        heard.append(pipe.recv())
    seconds, left = heard if len(heard) == 2 else (told, heard[0])
    return Ended(float(seconds) - told, str(left), "" if left in (KEPT, NOTHING) else str(left))


def _run_left(folder: Path, code: int | None) -> tuple[str, str]:
    """Whether there is a run, whole and able to predict, or none; and what is wrong with it."""
    out, runs = folder / "run", [run.path for run in list_runs(folder)]
    if not out.exists():
        wrong = "" if code and not runs else f"it ended with {code} and without a run"
        kept = any(each.kept for each in unfinished_runs(folder))
        return (KEPT if kept else NOTHING), wrong
    found = predict_table(out, killed_run.table(8)).select_dtypes("number").to_numpy()
    whole = runs == [out] and np.isfinite(found).all() and not unfinished_runs(folder)
    return KEPT, "" if whole else "its run is not whole"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    kinds = {kind: Tried(kind) for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        within = WITHIN | {TRAIN: 1.05 * seconds_of_a_run(Path(folder) / "whole")}
        for number in range(given.times):
            kind = list(KINDS)[number // 2 % len(KINDS)]
            draw, place = random.Random(given.seed + number), Path(folder) / str(number)  # noqa: S311
            one = in_time(kind, SIGNALS[number % 2], draw, within[kind], place)
            kinds[kind].ends += one.ends
            kinds[kind].crowds.append(crowd())
            print(number, kind, one.ends[0], flush=True)
            shutil.rmtree(place)
    tried = [each for each in kinds.values() if each.ends]
    header = ["", "tried", "held", "best kept", "median s", "longest s"]
    header += ["over 2 s", "processes a core"]
    asked = " ".join(["python -m benchmarks.interrupts", *sys.argv[1:]])
    rows = table(header, [each.row() for each in tried])
    found = f"{rows}\n\n{circumstances(asked, this_machine())}"
    print(found)
    if given.write:
        write_marked(PAGE, "interrupts", found)
    if wrong := [f"{each.kind}, {one}" for each in tried for one in each.wrong]:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
