"""A sweep that is decided, and how it is run: its study, its worker, its fits, its result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import perf_counter
from typing import Any

import keras
import numpy as np
from optuna import Study
from optuna.pruners import NopPruner

from epochal.errors import InputError
from epochal.interrupts import interruptible
from epochal.sweeps.board import Board
from epochal.sweeps.fits import Job
from epochal.sweeps.on_ray import run_on_ray
from epochal.sweeps.pace import Pace
from epochal.sweeps.result import Sweep
from epochal.sweeps.running import run_here
from epochal.sweeps.sampling import Prescribed
from epochal.sweeps.space import Space
from epochal.sweeps.workers import working
from epochal.training.progress import Display


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is swept; see `epochal.sweep`.

    Attributes
    ----------
    higher : bool
        Whether more of the objective is better.
    first : sequence of dict
        Settings that are tried before any others.
    limit : str
        What a sentence calls the argument that `seconds` are from.
    """

    job: Job
    space: Space
    higher: bool
    trials: int | None
    members_at_once: int | None
    seconds: float | None
    first: Sequence[Mapping[str, Any]] = ()
    limit: str = "seconds"

    def identity(self) -> dict[str, Any]:
        """What makes two calls one sweep, as JSON holds it."""
        job = self.job
        return {
            "space": self.space.described(),
            "objective": job.objective,
            "network": job.network,
            "higher": self.higher,
            "seeds": len(job.replicates),
            "seed": job.seed,
            "epochs": job.epochs,
            "batch_size": job.fit.get("batch_size"),
            "data": _fingerprint(job.x, job.y),
        }


def run_plan(
    plan: Plan,
    study: Study,
    *,
    executor: str | None = None,
    display: Display,
    on_fit: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Run it, from where its study stands."""
    fits = len(plan.job.replicates)
    grid = plan.space.grid(plan.trials) if plan.trials is not None else None
    most = plan.trials if grid is None else len(grid)
    first = [*plan.first, *(chosen for chosen in grid or [] if chosen not in plan.first)]
    study.sampler = Prescribed(first, study.sampler)
    deadline = None if plan.seconds is None else perf_counter() + plan.seconds
    pace = Pace(fits=fits, deadline=deadline)
    with working(study) as worker:
        board = Board(study=study, space=plan.space, worker=worker, most=most, higher=plan.higher)
        before = board.told() * fits
        every = None if most is None else most * fits

        def show(ended: int) -> None:
            display.advance(before + ended - shown[-1], 0, {})
            shown.append(before + ended)
            if on_fit is not None:
                on_fit(before + ended, every or 0)

        shown = [0]
        display.begin("sweep", every)
        try:
            with interruptible():
                show(0)
                at_once = plan.members_at_once
                if executor == "ray":
                    ended = run_on_ray(plan.job, board, pace, at_once=at_once, on_fit=show)
                else:
                    prunes = not isinstance(study.pruner, NopPruner)
                    ended = run_here(
                        plan.job, board, pace, prunes=prunes, at_once=at_once, on_fit=show
                    )
        finally:
            display.clear()
        told = board.told()
    if not told and ended == "interrupted":
        raise KeyboardInterrupt
    if not told:
        raise InputError(
            f"{plan.limit} must be enough for one setting of {fits} fits, got {plan.seconds:g} s: "
            "give more."
        )
    rows = [one.rows for one in plan.job.replicates if one.rows.left_out is not None]
    return Sweep(
        study=study,
        space=plan.space,
        objective=plan.job.objective,
        higher_is_better=plan.higher,
        seeds=tuple(one.seed for one in plan.job.replicates),
        rows=tuple((one.taken, one.left_out) for one in rows) or None,
        ended=ended,
    )


def _fingerprint(x: Any, y: Any) -> str:
    """The shapes of the data, and the targets in short."""
    shapes = [list(np.shape(part)) for part in keras.tree.flatten((x, y))]
    parts = [np.ascontiguousarray(part).tobytes() for part in keras.tree.flatten(y)]
    return f"{shapes} {sha256(b''.join(parts)).hexdigest()[:16]}"
