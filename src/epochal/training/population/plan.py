"""A population before it is trained, and how its members become jobs, and jobs members."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax
import keras

from epochal.batches.dataset import Dataset
from epochal.bridge.digests import digest
from epochal.checks import describe_kind
from epochal.engine.device import cores
from epochal.errors import InputError
from epochal.training.arguments import FitArguments, check_callbacks
from epochal.training.kept_fits import KeptFit
from epochal.training.population.population import Member
from epochal.training.population.rows import MemberRows
from epochal.training.population.running import Job, OutOfTime, run_jobs
from epochal.training.population.settings import Builder, MemberSettings, build_member
from epochal.training.progress import Display
from epochal.training.rates.schedule import check_schedule
from epochal.training.run import Run
from epochal.training.session import eager_reason

CallbacksOf = Callable[[int], Sequence[keras.callbacks.Callback] | None]
"""The callbacks of the member of this number; None where it shall not be trained."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is going to be trained: settings, arguments of `fit` and rows of each member.

    Attributes
    ----------
    held_out : Dataset or None
        What every member is validated on; None for the rows that it leaves out.
    callbacks : callable
        The callbacks of a member, from its number; None leaves the member out.
    deadline : float or None
        When to end early, by `time.perf_counter`.
    resume : Path or None
        The folder in which members are kept, so that a killed population goes on.
    on_member : callable or None
        Called with each member when its training has ended, by the thread that waits for them.
    at_once : int or None
        How many are trained at once; None takes the number of cores.
    """

    source: keras.Model | Builder
    members: Sequence[MemberSettings]
    arguments: Sequence[FitArguments]
    rows: Sequence[MemberRows]
    data: Dataset
    held_out: Dataset | None
    callbacks: CallbacksOf
    display: Display
    deadline: float | None = None
    resume: Path | None = None
    on_member: Callable[[Member], None] | None = None
    at_once: int | None = None


def train_members(
    plan: Plan, first: keras.Model
) -> tuple[list[Member], KeyboardInterrupt | OutOfTime | None]:
    """Train them; `first` is the model of the first one. What ended it early comes second."""
    share = min(plan.at_once or cores(), len(plan.members)) if jax.default_backend() == "cpu" else 1
    plan.display.begin("population", sum(each.epochs for each in plan.arguments))
    try:
        ended, early = run_jobs(_jobs(plan, first, share), share, plan.deadline, on_end=_told(plan))
    finally:
        plan.display.clear()
    return [_member(plan, job, run) for job, run in ended], early


def _jobs(plan: Plan, first: keras.Model, share: int) -> Iterator[Job]:
    """The members in turn, each built when it is asked for."""
    shared = _digest(plan)
    for number, settings in enumerate(plan.members):
        callbacks = plan.callbacks(number)
        if callbacks is None:
            plan.display.advance(plan.arguments[number].epochs, 0, {})
            continue
        model = build_member(plan.source, settings) if number else first
        arguments, rows = plan.arguments[number], plan.rows[number]
        _check_member(model, settings, arguments)
        data, held_out = plan.data, plan.held_out
        if held_out is None and rows.left_out is not None:
            held_out = replace(data, rows=rows.left_out)
        if rows.weights is not None:
            own = data.sample_weight
            weights = rows.weights if own is None else rows.weights * own.reshape(-1)
            data = replace(data, sample_weight=weights)
        yield Job(
            number=number,
            model=model,
            data=replace(data, rows=rows.taken),
            held_out=held_out,
            arguments=arguments,
            callbacks=list(callbacks),
            share=share,
            display=plan.display,
            kept=None if plan.resume is None else KeptFit(plan.resume, digest(shared, rows)),
        )


def _digest(plan: Plan) -> str:
    """That of the data, which members share; nobody asks where they are not kept."""
    if plan.resume is None:
        return ""
    data, held_out = plan.data, plan.held_out
    tested = None if held_out is None else [held_out.x, held_out.y, held_out.sample_weight]
    return digest(data.x, data.y, data.sample_weight, tested)


def _check_member(model: keras.Model, settings: MemberSettings, arguments: FitArguments) -> None:
    check_schedule(model, arguments.schedule)
    if (reason := eager_reason(model)) is not None:
        raise InputError(
            f"model_or_builder must give models that an engine can run, but {reason}, in member "
            f"{settings.number}: compile without it."
        )


def copies_for_each(callbacks: Sequence[keras.callbacks.Callback]) -> CallbacksOf:
    """Copies of the same callbacks for every member."""
    check_callbacks(callbacks)
    return lambda number: _copies(list(callbacks))


def _copies(callbacks: list[Any]) -> list[Any]:
    try:
        return deepcopy(callbacks)
    except TypeError as error:  # a lock or a file inside
        kinds = ", ".join(describe_kind(each) for each in callbacks)
        raise InputError(
            f"callbacks must be such as can be copied, one a member, got {kinds} ({error}): leave "
            "out the one that holds a file or a lock."
        ) from error


def _told(plan: Plan) -> Callable[[Job, Run], None] | None:
    """What tells of a member that has ended."""
    tell = plan.on_member
    return None if tell is None else lambda job, run: tell(_member(plan, job, run))


def _member(plan: Plan, job: Job, run: Run) -> Member:
    settings, rows = plan.members[job.number], plan.rows[job.number]
    return Member(
        number=job.number,
        settings=settings.settings,
        seed=settings.seed,
        run=run,
        rows=rows.taken,
        left_out=rows.left_out,
        diverged=job.watch.diverged,
    )
