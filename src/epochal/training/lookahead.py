"""A schedule evaluated many steps at a time."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

AHEAD = 4096  # steps; evaluating them costs what evaluating one does


class Lookahead:
    """The rates of a schedule, float32, as they are asked for.

    A small fit has epochs of a few dozen steps, and evaluating a schedule for each would take
    longer than training: so it is evaluated ahead, and again when another schedule comes.
    """

    def __init__(self) -> None:
        self._schedule: Any = None
        self._first = 0
        self._rates = np.empty(0, np.float32)

    def rates(self, schedule: Any, step: int, count: int) -> np.ndarray:
        """The rates of `count` steps from `step`."""
        last = self._first + len(self._rates)
        if schedule is not self._schedule or step < self._first or step + count > last:
            steps = step + jnp.arange(max(count, AHEAD))
            # Eagerly: a schedule is a handful of operations, less than a program's compilation.
            evaluated = jax.vmap(lambda at: jnp.asarray(schedule(at), jnp.float32))(steps)
            self._schedule, self._first, self._rates = schedule, step, np.asarray(evaluated)
        start = step - self._first
        return self._rates[start : start + count]
