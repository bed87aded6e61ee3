"""A sweep on Ray: trials as tasks of a cluster, or of this machine's own.

The data go into the object store once. A task is a trial, its fits one after another on one core;
Ray itself tries the task of a lost worker again. The study is seen by this process alone, so that
no worker needs the storage.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from optuna import Trial

from epochal.errors import InputError
from epochal.interrupts import forget_interrupt, raise_if_interrupted, uninterrupted
from epochal.sweeps.board import Board
from epochal.sweeps.fits import Fit, Job
from epochal.sweeps.pace import Pace
from epochal.sweeps.stream import Stream

LOOK = 1.0  # seconds between looks for a Ctrl-C, and at the time
AHEAD = 1
"""Tasks beside one for each core: a core that is free need not wait until one is asked for."""


def run_on_ray(
    job: Job, board: Board, pace: Pace, *, at_once: int | None, on_fit: Callable[[int], None]
) -> str:
    """Train trials until all are told; "" then, else "interrupted" or "out of time".

    `at_once` is how many tasks there are at most; None takes as many as the cluster has cores.
    """
    with _cluster() as ray:
        tasks = _Tasks(
            ray=ray, job=ray.put(job), board=board, pace=pace, at_once=at_once, on_fit=on_fit
        )
        try:
            return tasks.run()
        except KeyboardInterrupt:
            forget_interrupt()
            tasks.tell(0)  # what has ended by now is not lost
            return "interrupted"
        finally:
            tasks.cancel()
            board.give_back()


@dataclass(kw_only=True)
class _Tasks:
    """The trials of a sweep that are on their way, by the reference of their task."""

    ray: Any
    job: Any
    board: Board
    pace: Pace
    at_once: int | None
    on_fit: Callable[[int], None]
    flying: dict[Any, Trial] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._task = self.ray.remote(num_cpus=1, max_retries=-1)(train_trial)

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
        """Wait for so long until a task has ended, and tell of all that have."""
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
        """Give each core of the cluster, as it is now, a trial; False where time is short."""
        cores = max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        most = cores + AHEAD if self.at_once is None else min(self.at_once, cores + AHEAD)
        while len(self.flying) < most:
            if not self.pace.trials(1, at_once=cores, in_turn=self.pace.fits):
                return self.board.is_full()
            asked = self.board.ask(1)
            if not asked:
                return True
            settings = self.board.space.settings_of(asked[0].params)
            self.flying[self._task.remote(self.job, settings)] = asked[0]
        return True

    @uninterrupted()
    def _tell(self, reference: Any) -> None:
        try:
            fits = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from None  # the sentence, without the worker's traceback
        self.board.tell(self.flying.pop(reference).number, fits)
        for fit in fits:
            self.pace.add(fit.seconds)
        self.on_fit(self.pace.ended)


def train_trial(job: Job, settings: Mapping[str, Any]) -> list[Fit]:
    """The fits of one trial; runs on a worker."""
    fits: list[Fit] = []
    asked = iter([{0: settings}])
    stream = Stream(
        job=job,
        ask=lambda: next(asked, {}),
        on_trial=lambda number, ended, pruned: fits.extend(ended),
        at_once=1,
    )
    if stream.train():
        raise KeyboardInterrupt
    return fits


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
