"""What a model goes back to where a failure takes its state with it."""

from time import perf_counter
from typing import Any

import jax

from epochal.engine import Engine, State

SHARE = 0.01  # of the time, at most, goes into copies; an epoch may be shorter than its copy


class RecoveryCopy:
    """A copy of the state as it was when an epoch began: this one, or one shortly before it."""

    def __init__(self) -> None:
        self._copy: State | None = None
        self._due = 0.0

    def renew(self, engine: Engine[Any, Any], state: State) -> None:
        """To be called when an epoch begins."""
        began = perf_counter()
        if began < self._due:
            return
        self._copy = engine.spare_state(state)
        ended = perf_counter()
        self._due = ended + (ended - began) / SHARE

    def whole(self, state: State) -> State:
        """`state`, or the copy where an engine that failed has consumed it."""
        if self._copy is not None and any(map(_is_gone, jax.tree.leaves(state))):
            return self._copy
        return state


def _is_gone(array: Any) -> bool:
    return isinstance(array, jax.Array) and array.is_deleted()
