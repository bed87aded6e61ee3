"""A schedule evaluated many steps at a time."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from epochal.training.momentum import cycles_momentum

AHEAD = 4096  # steps; evaluating them costs what evaluating one does


class Lookahead:
    """The rates of a schedule, float32, as they are asked for; with momenta where it cycles them.

    A small fit has epochs of a few dozen steps, and evaluating a schedule for each would take
    longer than training: so it is evaluated ahead, and again when another schedule comes.
    """

    def __init__(self) -> None:
        self._schedule: Any = None
        self._first = 0
        self._rates = np.empty(0, np.float32)

    def rates(self, schedule: Any, step: int, count: int) -> np.ndarray:
        """The rates of `count` steps from `step`, (count,); (count, 2) with the momenta."""
        last = self._first + len(self._rates)
        if schedule is not self._schedule or step < self._first or step + count > last:
            steps = step + jnp.arange(max(count, AHEAD))
            # Eagerly: a schedule is a handful of operations, less than a program's compilation.
            evaluated = jax.vmap(lambda at: _evaluated(schedule, at))(steps)
            self._schedule, self._first, self._rates = schedule, step, np.asarray(evaluated)
        start = step - self._first
        return self._rates[start : start + count]


def _evaluated(schedule: Any, step: Any) -> Any:
    rate = jnp.asarray(schedule(step), jnp.float32)
    if not cycles_momentum(schedule):
        return rate
    return jnp.stack([rate, jnp.asarray(schedule.momentum_at(step), jnp.float32)])
