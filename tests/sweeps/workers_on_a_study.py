"""Processes that sweep one study, forked from one that has imported all but run nothing yet.

``python -m tests.sweeps.workers_on_a_study STORAGE kills NUMBER SEED`` starts a sweep and kills it,
so many times, at moments that the seed decides, and lets the last one end.
``... STORAGE together NUMBER`` has so many sweep at the same time, each of them at least one trial.
"""

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import keras

import epochal.sweeps
import epochal.training.population.train
from tests.sweeps.networks import X, Y, build

TRIALS, SEEDS = 8, 2
LONGEST = 1.6  # seconds before a kill: some trials take as long


class BuildTogether:
    """Builds when every process has asked for a trial of its own.

    All have forked by then, but a busy machine may let one do every trial before another runs at
    all.
    """

    def __init__(self, processes: int) -> None:
        self._all_here = multiprocessing.get_context("fork").Barrier(processes)
        self._lock, self._waited = Lock(), False  # of this process

    def __call__(self, learning_rate: float, dropout: float) -> keras.Model:
        with self._lock:
            if not self._waited:
                self._all_here.wait(60)
                self._waited = True
        return build(learning_rate, dropout)


def begin(storage: str, builder: Callable[..., keras.Model] = build) -> int:
    """Start a process that sweeps."""
    child = os.fork()
    if child:
        return child
    try:
        epochal.sweeps.sweep(builder, X, Y, **arguments(storage))
    except BaseException as error:
        sys.stderr.write(f"{error!r}\n")
        os._exit(1)
    os._exit(0)


def arguments(storage: str) -> dict[str, Any]:
    space = {"learning_rate": (1e-4, 1e-1, "log"), "dropout": (0.0, 0.5)}
    return {
        "space": space,
        "trials": TRIALS,
        "seeds": SEEDS,
        "members_at_once": 4,
        "epochs": 2,
        "storage": storage,
        "engine": "native",
        "verbose": 0,
    }


def ends_well(child: int) -> bool:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def main(storage: str, how: str, number: int, seed: int = 0) -> int:
    if how == "together":
        builder = BuildTogether(number)
        children = [begin(storage, builder) for _ in range(number)]
        return 0 if all([ends_well(child) for child in children]) else 1
    moments = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(number):
        child = begin(storage)
        time.sleep(moments.uniform(0.05, LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return 0 if ends_well(begin(storage)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))
