"""A population before it is trained, and how its members become jobs, and jobs members."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from epochal.training.population.members import PlannedMember
from epochal.training.population.population import Member
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
    """What is going to be trained: members as their turn comes, and what all have in common.

    Attributes
    ----------
    members : iterable of PlannedMember
        Each is asked for when it is about to be built.
    most : int or None
        How many there are at most; None does not know.
    epochs : int or None
        Of all members together, to be shown.
    arguments : FitArguments
        Those of a member that has none of its own.
    held_out : Dataset or None
        What every member is validated on; None for the rows that it leaves out.
    deadline : float or None
        When to end early, by `time.perf_counter`.
    resume : Path or None
        The folder in which members are kept, so that a killed population goes on.
    at_once : int or None
        How many are trained at once; None takes the number of cores.
    """

    source: keras.Model | Builder
    members: Iterable[PlannedMember]
    most: int | None
    epochs: int | None = None
    arguments: FitArguments
    data: Dataset
    held_out: Dataset | None
    display: Display
    deadline: float | None = None
    resume: Path | None = None
    at_once: int | None = None


def train_members(
    plan: Plan, first: keras.Model, on_member: Callable[[Member], None]
) -> tuple[list[Member], KeyboardInterrupt | OutOfTime | None]:
    """Train them.

    Parameters
    ----------
    plan : Plan
    first : keras.Model
        The model of member 0.
    on_member : callable
        Called with each member when its training has ended, by the thread that waits for them.

    Returns
    -------
    cut_short : list of Member
        Those that were kept from their end and had an epoch.
    kept_from_it : KeyboardInterrupt, OutOfTime or None
        What kept them from it.
    """
    share = threads_of(plan.at_once, plan.most)
    plan.display.begin("population", plan.epochs)
    try:
        cut_short, early = run_jobs(
            _jobs(plan, first, share),
            share,
            lambda job, run: on_member(_member(job, run)),
            plan.deadline,
        )
    finally:
        plan.display.clear()
    return [_member(job, run) for job, run in cut_short], early


def threads_of(at_once: int | None, most: int | None) -> int:
    """How many of at most so many members are trained at once: on an accelerator one."""
    if jax.default_backend() != "cpu":
        return 1
    wanted = at_once or cores()
    return wanted if most is None else max(1, min(wanted, most))


def common_arguments(
    *,
    epochs: int = 1,
    batch_size: int | None = None,
    shuffle: Any = True,
    class_weight: Mapping[int, float] | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
    engine: str = "auto",
    schedule: Any = None,
) -> FitArguments:
    """Those of a fit that members may have in common, checked."""
    return FitArguments(
        batch_size=batch_size,
        epochs=epochs,
        initial_epoch=0,
        verbose=0,
        shuffle=shuffle,
        class_weight=class_weight,
        steps_per_epoch=None,
        validation_split=0.0,
        validation_steps=None,
        validation_batch_size=validation_batch_size,
        validation_freq=validation_freq,
        seed=None,
        engine=engine,
        schedule=schedule,
        track=(),
    )


def arguments_of(plan: FitArguments, member: MemberSettings) -> FitArguments:
    """The arguments of a member's fit: its own settings stand for the plan's."""
    return replace(plan, seed=member.seed, **member.of_fit)


def _jobs(plan: Plan, first: keras.Model, share: int) -> Iterator[Job]:
    """The members in turn, each built when it is asked for."""
    shared = _digest(plan)
    for member in plan.members:
        settings, rows = member.settings, member.rows
        model = build_member(plan.source, settings) if settings.number else first
        arguments = arguments_of(plan.arguments, settings)
        _check_member(model, settings, arguments)
        data, held_out = plan.data, plan.held_out
        if held_out is None and rows.left_out is not None:
            held_out = replace(data, rows=rows.left_out)
        if rows.weights is not None:
            own = data.sample_weight
            weights = rows.weights if own is None else rows.weights * own.reshape(-1)
            data = replace(data, sample_weight=weights)
        yield Job(
            member=member,
            model=model,
            data=replace(data, rows=rows.taken),
            held_out=held_out,
            arguments=arguments,
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


def _member(job: Job, run: Run) -> Member:
    settings, rows = job.member.settings, job.member.rows
    return Member(
        number=settings.number,
        settings=settings.settings,
        seed=settings.seed,
        run=run,
        rows=rows.taken,
        left_out=rows.left_out,
        diverged=job.watch.diverged,
    )
