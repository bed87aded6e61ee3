"""A sweep on Ray: blocks as tasks of a cluster, or of this machine's own.

The data go into the object store once. A task is a block on one core; Ray itself tries the block of
a lost worker again. The study is seen by this process alone, so that no worker needs the storage.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from optuna import Trial

from epochal.errors import InputError
from epochal.interrupts import forget_interrupt, raise_if_interrupted, uninterrupted
from epochal.sweeps.block import Block, Fit, Job
from epochal.sweeps.board import Board
from epochal.sweeps.running import Pace

LOOK = 1.0  # seconds between looks for a Ctrl-C, and at the time


def run_on_ray(job: Job, board: Board, pace: Pace, *, on_fit: Callable[[int], None]) -> str:
    """Train blocks until all trials are told; "" then, else "interrupted" or "out of time"."""
    with _cluster() as ray:
        blocks = _Blocks(ray=ray, job=ray.put(job), board=board, pace=pace, on_fit=on_fit)
        try:
            return blocks.run()
        except KeyboardInterrupt:
            forget_interrupt()
            blocks.tell(0)  # what has ended by now is not lost
            return "interrupted"
        finally:
            blocks.cancel()
            board.give_back()


@dataclass(kw_only=True)
class _Blocks:
    """The blocks of a sweep that are on their way, by the reference of their task."""

    ray: Any
    job: Any
    board: Board
    pace: Pace
    on_fit: Callable[[int], None]
    flying: dict[Any, list[Trial]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._task = self.ray.remote(num_cpus=1, max_retries=-1)(train_block)

    def run(self) -> str:
        """As `run_on_ray`, but that Ctrl-C is raised."""
        while True:
            enough = self._send()
            raise_if_interrupted()
            left = self.pace.left
            if not self.flying:
                return "" if enough else "out of time"
            if left is not None and left <= 0:
                return "out of time"
            self.tell(LOOK if left is None else min(LOOK, left))

    def tell(self, seconds: float) -> None:
        """Wait for so long until a block has ended, and tell of all that have."""
        flying = list(self.flying)
        ended, _ = self.ray.wait(flying, timeout=seconds)
        if ended:
            ended, _ = self.ray.wait(flying, num_returns=len(flying), timeout=0)
        for reference in ended:
            self._tell(reference)

    def cancel(self) -> None:
        """Nobody waits for what has not ended."""
        for reference in self.flying:
            self.ray.cancel(reference, force=True)

    def _send(self) -> bool:
        """Give each free core of the cluster, as it is now, a block; False where time is short."""
        cores = max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        while len(self.flying) < cores:
            count = self.pace.trials(cores=1, blocks=cores)
            asked = self.board.ask(count)
            if not asked:
                return count > 0
            settings = [self.board.space.settings_of(trial.params) for trial in asked]
            self.flying[self._task.remote(self.job, settings)] = asked
        return True

    @uninterrupted()
    def _tell(self, reference: Any) -> None:
        try:
            results = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from None  # the sentence, without the worker's traceback
        for trial, fits in zip(self.flying.pop(reference), results, strict=True):
            self.board.tell(trial.number, fits)
            self.pace.ended += len(fits)
        self.on_fit(self.pace.ended)


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
