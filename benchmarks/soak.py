"""Hours of what may go wrong: ``python -m benchmarks.soak --minutes 60 --write``.

Fits and predictions beside kills, forks, interrupts, threads and failures of memory and disk, in
turns, each drawn from a seed; every answer is compared. What did not hold is said with its seed,
and the command ends with 1. ``--write`` puts the table into docs/reliability.md.
"""

import argparse
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd

import epochal
from benchmarks.document import DOCS, write_marked
from benchmarks.machine import this_machine, versions
from benchmarks.markdown import table
from benchmarks.soak_processes import (
    REFUSED,
    SETTINGS,
    in_little_memory,
    network,
    on_a_small_disk,
)
from epochal.runs import list_runs
from epochal.runs.storage.workspace import unfinished_runs
from tests.runs import killed_run

PAGE = DOCS / "reliability.md"
LIMIT = 600  # seconds for a process of its own
MOST_MEMORY = 500 << 20  # bytes that a process may grow by, behind the first round


@dataclass
class Area:
    """Something that is tried again and again."""

    name: str
    attempt: Callable[[random.Random, Path], None]
    tried: int = 0
    held: int = 0
    wrong: list[str] = field(default_factory=list)


class Fit:
    """A fit that follows from a seed; it can be run in another process than it was made in."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311
        columns, rows = draw.randint(1, 12), draw.randint(8, 300)
        values = np.random.default_rng(seed)
        self.x = values.standard_normal((rows, columns)).astype(np.float32)
        self.y = values.standard_normal((rows, 1)).astype(np.float32)
        self.model = network(draw, columns)
        self.plan: dict[str, Any] = {
            "batch_size": draw.choice([1, 7, 32]),
            "epochs": draw.randint(1, 3),
        }
        self.plan["seed"] = seed

    def run(self, engine: str = "native") -> list[np.ndarray]:
        """The losses, the weights and what is predicted."""
        run = epochal.fit(self.model, self.x, self.y, engine=engine, verbose=0, **self.plan)
        predicted = epochal.predict(self.model, self.x, verbose=0)
        return [run.losses, *self.model.get_weights(), np.asarray(predicted)]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def twice(draw: random.Random, folder: Path) -> None:
    engine, seed = draw.choice(["native"] * 9 + ["xla"]), draw.randrange(40)
    same(Fit(seed).run(engine), Fit(seed).run(engine))


def in_threads(draw: random.Random, folder: Path) -> None:
    seeds = [draw.randrange(1000) for _ in range(4)]
    expected = [Fit(seed).run() for seed in seeds]
    fits = [Fit(seed) for seed in seeds]
    with ThreadPoolExecutor(4) as pool:
        for found, each in zip(pool.map(Fit.run, fits), expected, strict=True):
            same(found, each)


def in_a_fork(draw: random.Random, folder: Path) -> None:
    seed = draw.randrange(1000)
    expected, fit = Fit(seed).run(), Fit(seed)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=lambda: queue.put(fit.run()))
    child.start()
    try:
        same(queue.get(timeout=LIMIT), expected)
    finally:
        child.kill()
        child.join()


def interrupted(draw: random.Random, folder: Path) -> None:
    """SIGINT at a random moment of a fit: it ends in two seconds, and the model still predicts."""
    model, x = network(draw, 6), np.ones((4000, 6), np.float32)
    told: list[float] = []

    def tell() -> None:
        told.append(perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(draw.uniform(0.0, 0.5), tell)
    timer.start()
    try:
        epochal.fit(model, x, x[:, :1], epochs=10**6, verbose=0, engine="native")
    except KeyboardInterrupt:
        assert perf_counter() - told[0] < 2
    else:
        raise AssertionError("it was not interrupted")
    finally:
        timer.cancel()
    assert np.isfinite(epochal.predict(model, x[:8], verbose=0)).all()


_whole: dict[str, list[np.ndarray]] = {}


def _predictions(out: Path) -> list[np.ndarray]:
    frame = pd.read_parquet(out / "predictions.parquet")
    return [frame.select_dtypes("number").to_numpy()]


def _process(target: Callable[..., None], *arguments: Any) -> int:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.soak_processes"])
    child = context.Process(target=target, args=arguments)
    child.start()
    child.join(LIMIT)
    alive = child.is_alive()
    child.kill()
    child.join()
    assert not alive, "it hung"
    return child.exitcode or 0


def killed(draw: random.Random, folder: Path) -> None:
    """A run that kills itself at a random moment, and the same command again."""
    if "moments" not in _whole:
        assert _process(killed_run.train, folder / "whole" / "run", SETTINGS, None) == 0
        moments = int((folder / "whole" / "moments").read_text())
        _whole["moments"] = [np.array(moments)]
        _whole["run"] = _predictions(folder / "whole" / "run")
    moment, out = draw.randint(1, int(_whole["moments"][0]) - 3), folder / "run"
    assert _process(killed_run.train, out, SETTINGS, moment) == -signal.SIGKILL
    assert all(run.path == out for run in list_runs(folder))
    if not out.exists():
        assert len(unfinished_runs(folder)) == 1
        assert _process(killed_run.train, out, SETTINGS, None) == 0
    same(_predictions(out), _whole["run"])


def disk_full(draw: random.Random, folder: Path) -> None:
    """Files that may not grow beyond some bytes: one sentence and no run, or a whole one."""
    out = folder / "run"
    code = _process(on_a_small_disk, out, int(10 ** draw.uniform(2, 6.5)))
    assert code in (0, REFUSED), code
    assert len(list_runs(folder)) == (code == 0)
    assert out.exists() == (code == 0)


def memory_full(draw: random.Random, folder: Path) -> None:
    """Memory that ends: an error of Python's, or an answer."""
    code = _process(in_little_memory, draw.randrange(1000), int(10 ** draw.uniform(6.5, 8.5)))
    assert code in (0, REFUSED), code


def many_shapes(draw: random.Random, folder: Path) -> None:
    """Shapes that `xla` has not seen: what it keeps of them is bounded."""
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    model.compile("sgd", "mse")
    for _ in range(20):
        rows = draw.randint(1, 4000)
        x = np.ones((rows, 5), np.float32)
        epochal.fit(model, x, x[:, :3], batch_size=rows, verbose=0, engine="xla")


AREAS = [
    Area("a fit and its predictions, twice from one seed: bit-identical", twice),
    Area("four fits at once in threads: bit-identical to one after another", in_threads),
    Area("a fit in a forked child: bit-identical to its parent's", in_a_fork),
    Area("SIGINT at a random moment of a fit: over in 2 s, the model predicts", interrupted),
    Area("SIGKILL at a random moment of `epochal train`: resumed bit-identical", killed),
    Area("files that may not grow, as on a full disk: one sentence or a whole run", disk_full),
    Area("memory that ends: an error of Python's or an answer", memory_full),
    Area("20 shapes that `xla` has not seen", many_shapes),
]


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


def soak(minutes: float, seed: int) -> tuple[float, Held, Held]:
    """Try the areas in turns: the minutes it took, and what the process held before and after."""
    began, round_, before = perf_counter(), 0, Held.now()
    with tempfile.TemporaryDirectory() as folder:
        while perf_counter() - began < 60 * minutes:
            for number, area in enumerate(AREAS):
                own = seed + 1000 * round_ + number
                place = Path(folder) / str(own)
                place.mkdir()
                with _recorded(area, own):
                    area.attempt(random.Random(own), place)  # noqa: S311
            round_ += 1
            if round_ == 1:
                before = Held.now()
    return (perf_counter() - began) / 60, before, Held.now()


def report(minutes: float, seed: int, before: Held, after: Held) -> str:
    rows = [[area.name, f"{area.tried:,}", f"{area.held:,}"] for area in AREAS]
    grown = max(0, after.memory - before.memory) >> 20
    lines = [
        table(["area", "tried", "held"], rows),
        "",
        f"In {minutes:.0f} minutes the process grew by {grown:,} MB, from {before.threads} to "
        f"{after.threads} threads and from {before.files} to {after.files} open files, counted "
        "from the end of the first round.",
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
