"""One model is trained by one thread at a time: who comes second is told at once.

Two trainings of one model would undo each other's steps, in silence. To wait would hide that from
who has made the mistake, and make a prediction wait for hours.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import ClassVar, NamedTuple

import keras

from epochal.errors import InputError


class _Use(NamedTuple):
    thread: int
    verb: str
    alone: bool


class _Uses:
    """Who uses which model at the moment."""

    lock = Lock()
    of_models: ClassVar[dict[int, list[_Use]]] = {}


def _begin_anew() -> None:
    _Uses.lock = Lock()
    _Uses.of_models = {}


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_begin_anew)  # other threads are not there


@contextmanager
def in_use(model: keras.Model, verb: str, *, alone: bool) -> Iterator[None]:
    """Inside this other threads may not use `model`, or where not `alone`, do no more than read it.

    The thread itself may, as a callback of its fit does.

    Raises
    ------
    InputError
        Another thread uses it; `verb` is what an error there says of this one ("fits").
    """
    use = _Use(get_ident(), verb, alone)
    with _Uses.lock:
        uses = _Uses.of_models.setdefault(id(model), [])
        others = [each for each in uses if each.thread != use.thread]
        found = next((each for each in others if each.alone or alone), None)
        if found is None:
            uses.append(use)
    if found is not None:
        raise InputError(
            f"model must be used by one thread at a time while one trains or evaluates it, got "
            f"{model.name!r}, which another thread {found.verb}: wait for it, or give each thread "
            "a keras.models.clone_model with its weights."
        )
    try:
        yield
    finally:
        with _Uses.lock:
            left = _Uses.of_models.get(id(model), [])
            if use in left:
                left.remove(use)
            if not left:
                _Uses.of_models.pop(id(model), None)
