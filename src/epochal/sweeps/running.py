"""A sweep on this machine: a stream of trials, until all are told."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epochal.sweeps.board import Board
from epochal.sweeps.fits import Fit, Job
from epochal.sweeps.pace import Pace
from epochal.sweeps.stream import Stream
from epochal.training.population.plan import threads_of

COMPARED_PER_CORE = 8
"""Fits for each core of trials that are asked for together, where a pruner compares them."""

FIRST_PER_CORE = 2
"""Of the first of them where there is a limit of time: nobody knows yet how long a fit takes."""


def run_here(
    job: Job,
    board: Board,
    pace: Pace,
    *,
    prunes: bool,
    at_once: int | None,
    on_fit: Callable[[int], None],
) -> str:
    """Train trials until all are told; "" then, else "interrupted" or "out of time".

    Parameters
    ----------
    prunes : bool
        Whether the study's pruner is asked after each epoch.
    at_once : int or None
        How many fits are trained at once; None takes the number of cores.
    on_fit : callable
        Called with how many fits have ended here.
    """
    here = _Here(job=job, board=board, pace=pace, prunes=prunes, at_once=at_once, on_fit=on_fit)
    while True:
        begun = here.begun
        try:
            ended = here.stream().train(pace.deadline)
        finally:
            board.give_back()
        if ended or here.short:
            return ended or "out of time"
        if here.begun == begun:
            return ""


@dataclass(kw_only=True)
class _Here:
    """What a stream asks of the board and tells it.

    Attributes
    ----------
    begun : int
        How many trials were asked for.
    over : int
        How many fits nobody waits for any more.
    short : bool
        Whether the time was too short for another trial.
    """

    job: Job
    board: Board
    pace: Pace
    prunes: bool
    at_once: int | None
    on_fit: Callable[[int], None]
    begun: int = 0
    over: int = 0
    short: bool = False

    def stream(self) -> Stream:
        """What trains the trials that are left."""
        left = self.board.left()
        return Stream(
            job=self.job,
            ask=self._ask,
            on_trial=self._told,
            on_fit=self._counted,
            report=self._report if self.prunes else None,
            at_once=self.at_once,
            most=None if left is None else left * self.pace.fits,
        )

    def _ask(self) -> Mapping[int, Mapping[str, Any]]:
        count = self._trials()
        if not count:
            self.short = not self.board.is_full()
            return {}
        asked = self.board.ask(count)
        self.begun += len(asked)
        return {trial.number: self.board.space.settings_of(trial.params) for trial in asked}

    def _trials(self) -> int:
        """How many to ask for: one, as the next knows more; but a pruner compares several."""
        threads, fits = threads_of(self.at_once, None), self.pace.fits
        if not self.prunes:
            return self.pace.trials(1, at_once=threads)
        first = self.pace.deadline is not None and not self.pace.ended
        per_core = FIRST_PER_CORE if first else COMPARED_PER_CORE
        return self.pace.trials(math.ceil(per_core * threads / fits), at_once=threads)

    def _told(self, number: int, fits: Sequence[Fit], pruned: bool) -> None:
        self.board.tell(number, fits, pruned=pruned)
        if pruned:
            self._count(self.pace.fits - len(fits))

    def _counted(self, fit: Fit) -> None:
        self.pace.add(fit.seconds)
        self._count(1)

    def _count(self, fits: int) -> None:
        self.over += fits
        self.on_fit(self.over)

    def _report(self, number: int, step: int, value: float) -> bool:
        trial = self.board.taken[number]
        trial.report(value, step)
        return trial.should_prune()
