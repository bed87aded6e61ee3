"""A learning-rate schedule, drawn."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from epochal.checks import check_boundaries, check_steps, check_whole
from epochal.errors import InputError
from epochal.plots.style import HEIGHT, label_axes, line_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_POINTS = 2000  # more than a figure has dots


def schedule(
    schedule: Any,
    steps: int,
    *,
    steps_per_epoch: int | None = None,
    logarithmic: bool = False,
    title: str | None = None,
) -> "Figure":
    """Draw the learning rate of every step of a schedule, and its momentum where that cycles.

    Parameters
    ----------
    schedule : keras.optimizers.schedules.LearningRateSchedule or callable
        Any schedule: epochal's, Keras' or one's own; a function is called with one step at a time.
    steps : int
        Number of training steps to draw, at least 1: epochs x ceil(rows / batch_size).
    steps_per_epoch : int, optional
        Draw epochs in place of steps along the axis; at least 1.
    logarithmic : bool
        Whether the rates stand on a logarithmic axis.
    title : str, optional
        What stands above; None means the schedule's name.

    Returns
    -------
    matplotlib.figure.Figure
        `figure.savefig(path)` writes it; `figure.axes[0]` is there to add to.

    Raises
    ------
    InputError
        What is not callable, boundaries out of order, fewer than 1 step, a rate that is not finite.

    Examples
    --------
    >>> import keras, epochal
    >>> halving = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.5)
    >>> figure = epochal.plots.schedule(halving, 5000)
    >>> figure.axes[0].get_ylabel()
    'learning rate'
    """
    if not callable(schedule):
        raise InputError(
            f"schedule must be callable with a step, got {schedule!r}: "
            "give for example epochal.schedules.OneCycle(0.1, total_steps=1000)."
        )
    check_boundaries(schedule)
    check_steps("steps", steps)
    if steps_per_epoch is not None:
        check_whole("steps_per_epoch", steps_per_epoch, 1, "give ceil(rows / batch_size)")
    if hasattr(schedule, "for_steps"):  # epochal's own, which may wait for a length
        schedule = schedule.for_steps(steps)
    # Every step where there are few, else an even choice with both ends.
    drawn = np.unique(np.linspace(0, steps - 1, min(steps, MOST_POINTS)).round().astype(int))
    at_once = hasattr(schedule, "get_config")
    rates = _values(schedule, drawn, at_once)
    if not np.isfinite(rates).all():
        worst = int(np.argmin(np.isfinite(rates)))
        raise InputError(
            f"schedule must give a finite rate at every step, got {rates[worst]} at step "
            f"{drawn[worst]}: check the schedule's arguments."
        )
    momenta = getattr(schedule, "cycles_momentum", False)
    figure, grid = new_figure(2 if momenta else 1, height=HEIGHT * (0.7 if momenta else 1))
    axes = grid[0, 0]
    along = drawn if steps_per_epoch is None else drawn / steps_per_epoch
    x = "training step (batch)" if steps_per_epoch is None else "epoch"
    axes.plot(along, rates, **line_style(0))
    label_axes(axes, x=x, y="learning rate", title=_name_of(schedule) if title is None else title)
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    if momenta:
        below = grid[1, 0]
        below.plot(along, _values(schedule.momentum_at, drawn, at_once), **line_style(1))
        label_axes(below, x=x, y="momentum")
    return figure


def _values(value_at: Callable[[Any], Any], steps: np.ndarray, at_once: bool) -> np.ndarray:
    """What a schedule says at each of `steps`.

    `at_once`: it is Keras' kind, which can be traced, where a function may ask `if step < 5`.
    """
    if not at_once:
        return np.array([float(value_at(int(step))) for step in steps])
    # A schedule is a handful of operations on a step: on all of them at once, as a fit does it.
    return np.asarray(jax.vmap(lambda step: jnp.asarray(value_at(step), jnp.float32))(steps))


def _name_of(schedule: Any) -> str:
    """The name of a function or, of a schedule, its class's."""
    return str(getattr(schedule, "__name__", type(schedule).__name__))
