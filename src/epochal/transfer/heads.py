"""What a new head may be given as: a task, a number of classes, or layers."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

from keras import Layer

from epochal.data import Head, head_of
from epochal.errors import InputError
from epochal.models.feed_forward import head_layers

NewHead = str | int | tuple[str, int] | Layer | Sequence[Layer]


def head_for(head: Any, seed: int | None) -> tuple[list[Layer], Head | None]:
    """The head's layers, and what is known of its task."""
    if isinstance(head, Layer):
        return [head], None
    if isinstance(head, list | tuple) and head and all(isinstance(each, Layer) for each in head):
        return list(head), None
    task, units = _task_and_units(head)
    known = head_of(task)
    return head_layers(_checked_units(head, known, units), known, seed), known


def _task_and_units(head: Any) -> tuple[str, Any]:
    if isinstance(head, str):
        return head, None
    if isinstance(head, Integral) and not isinstance(head, bool):
        return "multiclass", head
    if isinstance(head, tuple) and len(head) == 2 and isinstance(head[0], str):
        return head
    raise InputError(
        f"head must be a task, a number of classes, or Keras layers, got {head!r}: give for "
        'example "binary", 10, or keras.layers.Dense(1, activation="sigmoid").'
    )


def _checked_units(head: Any, known: Head, units: Any) -> int:
    if units is None and known.counts != "classes":
        return 1
    most = None if known.counts else 1
    whole = isinstance(units, Integral) and not isinstance(units, bool)
    if not whole or units < known.least or (most and units > most):
        needed = f"at least {known.least}" if known.counts else "at most 1"
        raise InputError(
            f"head must come with its number of units, {needed}, got {head!r}: give a number of "
            'classes such as 10, a pair such as ("multilabel", 5), or "binary" for yes or no.'
        )
    return int(units)
