"""A sweep on this machine: blocks of trials, one after the other, until all are told."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from optuna import Trial

from epochal.engine.device import cores
from epochal.interrupts import forget_interrupt, raise_if_interrupted
from epochal.sweeps.block import Block, Fit, Job
from epochal.sweeps.board import Board
from epochal.sweeps.pruning import Report

MEMBERS_PER_CORE = 8
"""Fits of a block for each core: at its end cores wait for the last ones."""

FIRST_PER_CORE = 2
"""Of the first block where there is a limit of time, which tells how long a fit takes."""

LEAST = 1e-3
"""Seconds that a block is given that was asked for just before the time was over."""


@dataclass(kw_only=True)
class Pace:
    """How many trials the next block has.

    Attributes
    ----------
    fits : int
        Of a trial.
    members : int or None
        Fits of a block; None chooses.
    deadline : float or None
        By `time.perf_counter`.
    """

    fits: int
    members: int | None
    deadline: float | None
    began: float = field(default_factory=perf_counter)
    ended: int = 0

    @property
    def left(self) -> float | None:
        """Seconds."""
        return None if self.deadline is None else self.deadline - perf_counter()

    def trials(self, cores: int, blocks: int = 1) -> int:
        """At least 1, but 0 where there is no time for one.

        Parameters
        ----------
        cores : int
            How many train a block.
        blocks : int
            How many are trained at once.
        """
        asked = self.members and max(1, self.members // self.fits)
        most = asked or self._trials_that_fill(cores)
        left = self.left
        if left is None:
            return most
        if left <= 0:
            return 0
        if not self.ended:
            return min(most, math.ceil(FIRST_PER_CORE * cores / self.fits))
        each = (perf_counter() - self.began) / self.ended * blocks
        return min(most, int(left / each / self.fits))

    def _trials_that_fill(self, cores: int) -> int:
        """About `MEMBERS_PER_CORE` fits a core, and as many for each: none waits for a last one."""
        step = cores // math.gcd(cores, self.fits)
        return step * max(1, round(MEMBERS_PER_CORE * cores / self.fits / step))


def run_here(
    job: Job, board: Board, pace: Pace, *, prunes: bool, on_fit: Callable[[int], None]
) -> str:
    """Train blocks until all trials are told; "" then, else "interrupted" or "out of time".

    Parameters
    ----------
    prunes : bool
        Whether the study's pruner is asked after each epoch.
    on_fit : callable
        Called with how many fits have ended here.
    """
    while True:
        count = pace.trials(cores())
        if not count:
            return "out of time"
        asked: list[Trial] = []
        try:
            asked = board.ask(count)
            raise_if_interrupted()
            if not asked:
                return ""
            ended = _train(job, board, asked, pace, prunes, on_fit)
        except KeyboardInterrupt:
            forget_interrupt()
            ended = "interrupted"
        finally:
            board.give_back()
        if ended:
            return ended


def _train(
    job: Job,
    board: Board,
    asked: list[Trial],
    pace: Pace,
    prunes: bool,
    on_fit: Callable[[int], None],
) -> str:
    def told(place: int, fits: list[Fit]) -> None:
        board.tell(asked[place].number, fits)

    def counted() -> None:
        pace.ended += 1
        on_fit(pace.ended)

    block = Block(
        job=job,
        settings=[board.space.settings_of(trial.params) for trial in asked],
        on_trial=told,
        on_fit=counted,
        report=_report_to(asked) if prunes else None,
    )
    left = pace.left
    ended = block.train(None if left is None else max(left, LEAST))
    for place in block.pruned:
        fits = block.fits.get(place, {})
        board.tell(asked[place].number, [fits[number] for number in sorted(fits)], pruned=True)
        pace.ended += job_fits_left(job, fits)
        on_fit(pace.ended)
    return ended


def job_fits_left(job: Job, fits: dict[int, Fit]) -> int:
    """The fits of a trial that nobody waits for any more."""
    return len(job.replicates) - len(fits)


def _report_to(asked: list[Trial]) -> Report:
    def report(place: int, step: int, value: float) -> bool:
        asked[place].report(value, step)
        return asked[place].should_prune()

    return report
