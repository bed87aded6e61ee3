"""A sweep on Ray: blocks as tasks of a cluster, or of this machine's own.

The data go into the object store once. A task is a block on one core; Ray itself tries the block of
a lost worker again. The study is seen by this process alone, so that no worker needs the storage.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from optuna import Trial

from epochal.errors import InputError
from epochal.interrupts import raise_if_interrupted
from epochal.sweeps.block import Block, Fit, Job
from epochal.sweeps.board import Board
from epochal.sweeps.running import Pace

LOOK = 1.0  # seconds between looks for a Ctrl-C, and at the time


def run_on_ray(job: Job, board: Board, pace: Pace, *, on_fit: Callable[[int], None]) -> str:
    """Train blocks until all trials are told; "" then, else "interrupted" or "out of time"."""
    with _cluster() as ray:
        shared = ray.put(job)
        task = ray.remote(num_cpus=1, max_retries=-1)(train_block)
        most = max(1, int(ray.cluster_resources().get("CPU", 1)))
        flying: dict[Any, list[Trial]] = {}
        try:
            while True:
                while len(flying) < most and (asked := board.ask(pace.trials(cores=1))):
                    settings = [board.space.settings_of(trial.params) for trial in asked]
                    flying[task.remote(shared, settings)] = asked
                raise_if_interrupted()
                if pace.left is not None and pace.left <= 0:
                    return "out of time"
                if not flying:
                    return ""
                ended, _ = ray.wait(list(flying), num_returns=1, timeout=LOOK)
                for reference in ended:
                    asked = flying.pop(reference)
                    for trial, fits in zip(asked, ray.get(reference), strict=True):
                        board.tell(trial.number, fits)
                        pace.ended += len(fits)
                    on_fit(pace.ended)
        except KeyboardInterrupt:
            return "interrupted"
        finally:
            for reference in flying:
                ray.cancel(reference, force=True)
            board.give_back()


def train_block(job: Job, settings: Sequence[Mapping[str, Any]]) -> list[list[Fit]]:
    """The fits of each setting; runs on a worker."""
    fits: dict[int, list[Fit]] = {}
    block = Block(job=job, settings=settings, on_trial=fits.__setitem__, share=1)
    if block.train():
        raise KeyboardInterrupt
    return [fits[place] for place in range(len(settings))]


@contextmanager
def _cluster() -> Iterator[Any]:
    """Ray on the cluster that it is connected to, that RAY_ADDRESS names, or on this machine."""
    try:
        ray = import_module("ray")
    except ImportError as error:
        raise InputError(
            f"executor='ray' must have Ray installed, got none ({error}): install epochal[ray]."
        ) from error
    if ray.is_initialized():
        yield ray
        return
    ray.init(include_dashboard=False, log_to_driver=False, logging_level="WARNING")
    try:
        yield ray
    finally:
        ray.shutdown()
