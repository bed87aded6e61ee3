"""Members without a list of them: each is asked for when its turn comes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

import keras

from epochal.training.population.members import PlannedMember
from epochal.training.population.plan import Plan, common_arguments, train_members
from epochal.training.population.population import Member
from epochal.training.population.running import OutOfTime
from epochal.training.population.settings import Builder, build_member, check_source
from epochal.training.population.shared_data import held_out_data, shared_data
from epochal.training.progress import Display


def train_stream(
    source: keras.Model | Builder,
    x: Any,
    y: Any,
    members: Iterable[PlannedMember],
    *,
    on_member: Callable[[Member], None],
    most: int | None = None,
    validation: Any = None,
    sample_weight: Any = None,
    at_once: int | None = None,
    deadline: float | None = None,
    **fit: Any,
) -> KeyboardInterrupt | OutOfTime | None:
    """Train members as `train_population` does, any number of them; none is kept.

    Parameters
    ----------
    members : iterable of PlannedMember
        Numbered from 0. The next one is asked for while those before it are trained, so that it may
        depend on what has ended.
    on_member : callable
        As in `train_population`.
    most : int, optional
        How many members there are at most: of fewer than there are cores, each has more of them.
    deadline : float, optional
        When to end early, by `time.perf_counter`.
    validation, sample_weight, at_once, fit
        As in `train_population`.

    Returns
    -------
    KeyboardInterrupt, OutOfTime or None
        What kept members from their end.

    Raises
    ------
    InputError
        As `train_population` does.
    """
    arguments = common_arguments(**fit)
    turns = _checked(source, members)
    first = next(turns, None)
    if first is None:
        return None
    model = build_member(source, first.settings)
    plan = Plan(
        source=source,
        members=chain([first], turns),
        most=most,
        arguments=arguments,
        data=shared_data(model, x, y, sample_weight),
        held_out=held_out_data(model, validation),
        display=Display(0),
        deadline=deadline,
        at_once=at_once,
    )
    _, early = train_members(plan, model, on_member)
    return early


def _checked(
    source: keras.Model | Builder, members: Iterable[PlannedMember]
) -> Iterator[PlannedMember]:
    for member in members:
        check_source(source, [member.settings])
        yield member
