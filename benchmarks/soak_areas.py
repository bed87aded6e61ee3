"""What a soak tries again and again: attempts are drawn from a seed, and every answer compared."""

import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd

import epochal
from benchmarks.interrupts import SIGNALS, WITHIN, crowd, interrupt
from benchmarks.own_time import own_time
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

LIMIT = 600  # seconds for a process of its own
SHAPES = 2  # of a try


@dataclass
class Area:
    """Something that is tried again and again; `times` a round, where it takes milliseconds."""

    name: str
    attempt: Callable[[random.Random, Path], None]
    times: int = 1
    tried: int = 0
    held: int = 0
    wrong: list[str] = field(default_factory=list)


class Fit:
    """A fit that follows from a seed; it can be run in another process than it was made in."""

    def __init__(self, seed: int) -> None:
        draw = random.Random(seed)  # noqa: S311
        columns, rows = draw.choice([1, 2, 5, 12]), draw.randint(8, 300)
        values = np.random.default_rng(seed)
        self.x = values.standard_normal((rows, columns)).astype(np.float32)
        self.y = values.standard_normal((rows, 1)).astype(np.float32)
        self.model = network(draw, columns)
        self.plan: dict[str, Any] = {"batch_size": draw.choice([1, 7, 32]), "seed": seed}
        self.plan["epochs"] = draw.randint(1, 3)

    def run(self, engine: str = "native") -> list[np.ndarray]:
        """The losses, the weights and what is predicted."""
        run = epochal.fit(self.model, self.x, self.y, engine=engine, verbose=0, **self.plan)
        predicted = epochal.predict(self.model, self.x, verbose=0)
        return [run.losses, *self.model.get_weights(), np.asarray(predicted)]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


def twice(draw: random.Random, folder: Path) -> None:
    seed = draw.randrange(10**6)
    same(Fit(seed).run(), Fit(seed).run())


def twice_on_xla(draw: random.Random, folder: Path) -> None:
    seed = draw.randrange(20)  # few, which are compiled again where they were dropped
    same(Fit(seed).run("xla"), Fit(seed).run("xla"))


def predictions(draw: random.Random, folder: Path) -> None:
    """Rows one by one, in batches of any size and by several threads at once: the same outputs."""
    fit = Fit(draw.randrange(10**6))
    whole = epochal.predict(fit.model, fit.x, verbose=0)
    batched = epochal.predict(fit.model, fit.x, batch_size=draw.randint(1, 64), verbose=0)
    answer = epochal.predictor(fit.model, engine="native")
    with ThreadPoolExecutor(4) as pool:
        single = np.concatenate(list(pool.map(answer, np.split(fit.x, len(fit.x)))))
    same([whole, whole], [batched, single])


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
    """SIGINT at a random moment of a fit: it ends soon, and the model still predicts."""
    model, x = network(draw, 6), np.ones((4000, 6), np.float32)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    told: list[float] = []

    def tell() -> None:
        told.append(own_time())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(draw.uniform(0.0, 0.5), tell)
    try:
        timer.start()  # which waits for its thread: on a busy machine the signal comes meanwhile
        epochal.fit(model, x, x[:, :1], epochs=10**6, verbose=0, engine="native")
    except KeyboardInterrupt:
        assert own_time() - told[0] < 2 * crowd()
    else:
        raise AssertionError("it was not interrupted")
    finally:
        timer.cancel()
    assert np.isfinite(epochal.predict(model, x[:8], verbose=0)).all()


def told_to_end(draw: random.Random, folder: Path) -> None:
    """SIGINT or SIGTERM at a random moment of a process that trains."""
    kind, within = draw.choice(list(WITHIN.items()))
    delay = draw.uniform(0, within)
    ended = interrupt(kind, draw.choice(SIGNALS), draw.randrange(1000), delay, folder)
    assert not ended.wrong, f"{kind}: {ended.wrong}"
    assert ended.seconds < 2 * crowd(), f"{kind}: {ended.seconds:.1f} s"


_whole: dict[str, list[np.ndarray]] = {}


def _predictions(out: Path) -> list[np.ndarray]:
    frame = pd.read_parquet(out / "predictions.parquet")
    return [frame.select_dtypes("number").to_numpy()]


def _process(target: Callable[..., None], *arguments: Any) -> int:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.interrupted", "benchmarks.soak_processes"])
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
    for _ in range(SHAPES):
        rows = draw.randint(1, 4000)
        x = np.ones((rows, 5), np.float32)
        epochal.fit(model, x, x[:, :3], batch_size=rows, verbose=0, engine="xla")


AREAS = [
    Area("a fit and its predictions, twice from one seed: bit-identical", twice, times=10),
    Area("the same on `xla`", twice_on_xla),
    Area("predictions one by one in threads, and in any batches: bit-identical", predictions, 5),
    Area("four fits at once in threads: bit-identical to one after another", in_threads, times=2),
    Area("a fit in a forked child: bit-identical to its parent's", in_a_fork, times=5),
    Area("SIGINT at a random moment of a fit: over in 2 s, the model predicts", interrupted, 2),
    Area("SIGINT or SIGTERM in a process that trains: over in 2 s, the best kept", told_to_end),
    Area("SIGKILL at a random moment of `epochal train`: resumed bit-identical", killed),
    Area("files that may not grow, as on a full disk: one sentence or a whole run", disk_full),
    Area("memory that ends: an error of Python's or an answer", memory_full),
    Area(f"{SHAPES} shapes that `xla` has not seen", many_shapes),
]
