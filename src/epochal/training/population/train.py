"""`epochal.train_population`: many fits of one architecture side by side."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from operator import attrgetter
from pathlib import Path
from time import perf_counter
from typing import Any

import keras

from epochal.checks import check_path, check_whole, check_writable
from epochal.errors import InputError, suggest
from epochal.training.population.members import PlannedMember
from epochal.training.population.plan import (
    CallbacksOf,
    Plan,
    arguments_of,
    common_arguments,
    copies_for_each,
    train_members,
)
from epochal.training.population.population import Member, Population
from epochal.training.population.rows import MemberRows, rows_of_members
from epochal.training.population.running import OutOfTime, TooLittleTime
from epochal.training.population.settings import (
    Builder,
    MemberSettings,
    build_member,
    check_source,
    drawn_seed,
    members_of,
)
from epochal.training.population.shared_data import (
    classes_of,
    held_out_data,
    length_of,
    shared_data,
)
from epochal.training.progress import Display
from epochal.training.session import lacking_reason

WAYS = ("auto", "threads")


def train_population(
    model_or_builder: keras.Model | Builder,
    x: Any,
    y: Any,
    *,
    members: int | Sequence[Mapping[str, Any]],
    rows: Any = None,
    validation: Any = None,
    how: str = "auto",
    seed: int | None = None,
    sample_weight: Any = None,
    batch_size: int | None = None,
    epochs: int = 1,
    verbose: Any = "auto",
    callbacks: Sequence[keras.callbacks.Callback] | CallbacksOf = (),
    shuffle: Any = True,
    class_weight: dict[int, float] | None = None,
    validation_batch_size: int | None = None,
    validation_freq: Any = 1,
    engine: str = "auto",
    schedule: keras.optimizers.schedules.LearningRateSchedule | None = None,
    seconds: float | None = None,
    resume: "str | Path | None" = None,
    on_member: Callable[[Member], None] | None = None,
    at_once: int | None = None,
) -> Population:
    """Train many members of one architecture, as many at a time as there are cores.

    A member is exactly what `epochal.fit` gives with its settings, rows and seed, bit for bit, of a
    model that is built right after ``keras.utils.set_random_seed(seed)``. The data is shared: each
    member reads its rows of the same arrays.

    Parameters
    ----------
    model_or_builder : keras.Model or callable
        A compiled Sequential or functional model, of which each member is a copy whose trainable
        layers draw their weights anew. Or a function that builds and compiles a model from a
        member's settings, ``build(**settings)``; where it has an argument ``seed`` it is given the
        member's.
    x, y, sample_weight : array_like
        Inputs, targets and weights as `epochal.fit` takes them, (rows, ...); arrays alone.
    members : int or sequence of dict
        How many, all alike but for their seeds; or the settings of each. ``seed``, ``batch_size``,
        ``epochs``, ``shuffle``, ``class_weight`` and ``schedule`` stand for the plan's in the fit
        of that member. All others go to the builder, or are a given model's: those of its optimiser
        (``learning_rate``, ``beta_1``, ``weight_decay``, ``clipnorm``, ...), ``dropout``, ``l1``,
        ``l2`` and ``max_norm`` of its layers or of one (``dropout.<layer>``), ``label_smoothing``.
    rows : optional
        The rows of each member. None: all. "bootstrap": as many as there are, drawn with
        replacement. "folds": all but one of as many parts as there are members, which hold as much
        of each class. Or an array of weights, float (members, rows); or for each member the numbers
        of its rows, or a pair (rows to train on, rows to leave out) as scikit-learn's splitters
        give them.
    validation : tuple, optional
        (x, y) or (x, y, weights) to validate every member on. None: each on the rows that it leaves
        out, where `rows` leaves some out by their number.
    how : "auto" or "threads"
        "threads", which "auto" means, runs members as programs of their own, each on its part of
        the cores; on an accelerator they take turns.
    seed : int, optional
        Decides all seeds of members that settings do not name, and the folds; None draws one, which
        ``population.seed`` tells.
    batch_size, epochs, shuffle, class_weight, validation_batch_size, validation_freq, engine, \
schedule
        As in `epochal.fit`.
    callbacks : sequence of keras.callbacks.Callback, or callable
        Each member has copies of its own: with ``EarlyStopping(restore_best_weights=True)`` each
        stops at its own epoch and keeps its own best weights. Or a function that gives a member's
        callbacks from its number, when its turn comes; None leaves it out.
    seconds : float, optional
        After so many it ends as after Ctrl-C.
    resume : str or Path, optional
        A folder in which members are kept, which needs a `seed`. A population that is begun again
        from the same model, data, settings and versions takes those that had ended from there, and
        goes on with those under way where they were about 10 s before the end; it is bit for bit
        what it would have been in one go. Anything else begins anew, beside them. Remove the folder
        when it is no longer needed.
    on_member : callable, optional
        Called with each `Member` whose training has ended, soon after that, one at a time; Ctrl-C
        waits until it returns.
    at_once : int, optional
        How many members are trained at once, at least 1; None takes the number of cores.
    verbose : "auto", 0, 1 or 2
        0 is silent, 1 and "auto" a bar over all epochs, 2 the lines alone that each member leaves.

    Returns
    -------
    Population
        Each member's history and model, and their ensemble. A member whose loss is no longer finite
        ends there, alone, and is marked. After Ctrl-C, the members that had ended; where none had,
        those that had an epoch.

    Raises
    ------
    InputError
        Where an argument, a setting or the data is wrong.
    KeyboardInterrupt
        Ctrl-C before any member had an epoch.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> x = np.random.default_rng(0).standard_normal((120, 4)).astype("float32")
    >>> model = epochal.network("regression", 4, hidden=(8,))
    >>> population = epochal.train_population(
    ...     model, x, x.sum(axis=1), members=3, rows="folds", epochs=2, seed=0, verbose=0)
    >>> len(population), population.ensemble().predict(x).shape
    (3, (120, 1))
    """
    _check_how(how, at_once)
    folder = _checked_folder(resume, seed)
    seed = drawn_seed() if seed is None else check_whole("seed", seed, 0, "leave it out")
    planned = members_of(members, seed)
    check_source(model_or_builder, planned)
    deadline = None if seconds is None else perf_counter() + _checked_seconds(seconds)
    arguments = common_arguments(
        batch_size=batch_size,
        epochs=epochs,
        shuffle=shuffle,
        class_weight=class_weight,
        validation_batch_size=validation_batch_size,
        validation_freq=validation_freq,
        engine=engine,
        schedule=schedule,
    )
    epochs_of = [arguments_of(arguments, each).epochs for each in planned]
    first = build_member(model_or_builder, planned[0])
    data = shared_data(first, x, y, sample_weight)
    taken = rows_of_members(
        rows, length_of(data), [each.seed for each in planned], seed, classes_of(first, data.y)
    )
    display = Display(verbose)
    of_member = callbacks if callable(callbacks) else copies_for_each(callbacks)
    plan = Plan(
        source=model_or_builder,
        members=_turns(planned, taken, of_member, lambda at: display.advance(epochs_of[at], 0, {})),
        most=len(planned),
        epochs=sum(epochs_of),
        arguments=arguments,
        data=data,
        held_out=held_out_data(first, validation),
        display=display,
        deadline=deadline,
        resume=folder,
        at_once=at_once,
    )
    try:
        trained, early = _trained(plan, first, on_member)
    except OutOfTime:
        raise TooLittleTime(
            f"seconds must be enough for an epoch of one member, got {seconds!r}: give more."
        ) from None
    return Population(
        members=tuple(trained),
        seed=seed,
        interrupted=isinstance(early, KeyboardInterrupt),
        out_of_time=isinstance(early, OutOfTime),
    )


def _turns(
    planned: Sequence[MemberSettings],
    rows: Sequence[MemberRows],
    callbacks: CallbacksOf,
    left_out: Callable[[int], None],
) -> Iterator[PlannedMember]:
    """The members as their turn comes; `left_out` is told of the number of one that has none."""
    for settings, own in zip(planned, rows, strict=True):
        given = callbacks(settings.number)
        if given is None:
            left_out(settings.number)
        else:
            yield PlannedMember(settings=settings, rows=own, callbacks=given)


def _trained(
    plan: Plan, first: keras.Model, on_member: Callable[[Member], None] | None
) -> tuple[list[Member], KeyboardInterrupt | OutOfTime | None]:
    """The members that ended, else those that had an epoch; and what kept others from their end."""
    ended: list[Member] = []

    def told(member: Member) -> None:
        ended.append(member)
        if on_member is not None:
            on_member(member)

    cut_short, early = train_members(plan, first, told)
    if early is not None and not (ended or cut_short):
        raise early
    return sorted(ended, key=attrgetter("number")) or cut_short, early


def _checked_seconds(seconds: Any) -> float:
    if isinstance(seconds, bool) or not isinstance(seconds, Real) or not float(seconds) > 0:
        raise InputError(f"seconds must be a number above 0, got {seconds!r}: give e.g. 60.")
    return float(seconds)


def _checked_folder(resume: "str | Path | None", seed: int | None) -> Path | None:
    if resume is None:
        return None
    folder = check_path("resume", resume)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"resume must be a folder, got the file {str(resume)!r}: give another.")
    check_writable("resume must be a folder", folder.absolute().parent, "give another")
    if seed is None:
        raise InputError(
            "seed must be given with resume, got None: another one is drawn each time, so that no "
            "member would be found again."
        )
    return folder


def _check_how(how: Any, at_once: Any) -> None:
    if (reason := lacking_reason()) is not None:
        raise InputError(f"train_population must run on an engine, but {reason}: upgrade Keras.")
    if at_once is not None:
        check_whole("at_once", at_once, 1, "leave it out")
    if how == "vmap":
        raise InputError(
            "how must be 'auto' or 'threads', got 'vmap', one program of all members, which is "
            "not there: use how='auto'."
        )
    if how not in WAYS:
        raise InputError(f"how must be 'auto' or 'threads', got {how!r}.{suggest(how, WAYS)}")
