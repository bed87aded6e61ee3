"""Plot of a learning-rate schedule."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.checks import check_boundaries, check_steps, check_whole
from epochal.errors import InputError
from epochal.plots.style import HEIGHT, label_axes, line_style, new_figure, single_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_POINTS = 2000  # more than a figure has pixels across


def schedule(
    schedule: Any,
    steps: int,
    *,
    steps_per_epoch: int | None = None,
    logarithmic: bool = False,
    title: str | None = None,
) -> "Figure":
    """Draw the learning rate of each training step, and the momentum where the schedule cycles it.

    Parameters
    ----------
    schedule : keras.optimizers.schedules.LearningRateSchedule or callable
        Any schedule; a plain function is called with one step at a time.
    steps : int
        Number of training steps to draw, at least 1: epochs x ceil(rows / batch_size).
    steps_per_epoch : int, optional
        At least 1: the horizontal axis shows epochs. None: it shows steps.
    logarithmic : bool
        Whether the learning-rate axis is logarithmic.
    title : str, optional
        Title of the figure. None: the name of the schedule.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes for the learning rate and, below it, one for the momentum where it is
        cycled.

    Raises
    ------
    InputError
        The schedule is not callable, its boundaries are out of order, or it gives a learning rate
        that is not finite; fewer than 1 step.

    Examples
    --------
    >>> import keras, epochal
    >>> halving = keras.optimizers.schedules.ExponentialDecay(0.01, 1000, 0.5)
    >>> figure = epochal.plots.schedule(halving, 5000)
    >>> figure.axes[0].get_ylabel()
    'learning rate'
    """
    schedule = _check_schedule(schedule, steps)
    if steps_per_epoch is not None:
        check_whole("steps_per_epoch", steps_per_epoch, 1, "give ceil(rows / batch_size)")
    at = _drawn_steps(steps)
    rates = _learning_rates(schedule, at)
    momentum = _momentum(schedule, at)
    x = at if steps_per_epoch is None else at / steps_per_epoch
    x_label = "training step (batch)" if steps_per_epoch is None else "epoch"
    name = _name_of(schedule) if title is None else title
    if momentum is None:
        figure, axes = single_axes()
    else:
        figure, grid = new_figure(2, height=0.7 * HEIGHT)
        axes = grid[0, 0]
        grid[1, 0].plot(x, momentum, **line_style(1))
        label_axes(grid[1, 0], x=x_label, y="momentum")
    axes.plot(x, rates, **line_style(0))
    label_axes(axes, x=x_label, y="learning rate", title=name)
    if logarithmic:
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    return figure


def _check_schedule(schedule: Any, steps: int) -> Any:
    """The schedule, over `steps` steps where it takes its length from the fit."""
    if not callable(schedule):
        raise InputError(
            f"schedule must be callable with a step, got {schedule!r}: "
            "give for example epochal.schedules.OneCycle(0.1, total_steps=1000)."
        )
    check_boundaries(schedule)
    check_steps("steps", steps)
    return schedule.for_steps(steps) if hasattr(schedule, "for_steps") else schedule


def _drawn_steps(steps: int) -> np.ndarray:
    """Every step, or evenly spaced ones with both ends where there are too many to see."""
    return np.unique(np.linspace(0, steps - 1, min(steps, MAX_POINTS)).round().astype(int))


def _learning_rates(schedule: Any, at: np.ndarray) -> np.ndarray:
    rates = _values(schedule, schedule, at)
    if not np.isfinite(rates).all():
        first = int(np.argmin(np.isfinite(rates)))
        raise InputError(
            f"schedule must give a finite rate at every step, got {rates[first]} at step "
            f"{at[first]}: check the schedule's arguments."
        )
    return rates


def _momentum(schedule: Any, at: np.ndarray) -> np.ndarray | None:
    if not getattr(schedule, "cycles_momentum", False):
        return None
    return _values(schedule, schedule.momentum_at, at)


def _values(schedule: Any, value_at: Callable[[Any], Any], steps: np.ndarray) -> np.ndarray:
    """`value_at` at each of `steps`."""
    if not hasattr(schedule, "get_config"):  # a plain function, which may ask `if step < 5`
        return np.array([float(value_at(int(step))) for step in steps])
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    return np.asarray(jax.vmap(lambda step: jnp.asarray(value_at(step), jnp.float32))(steps))


def _name_of(schedule: Any) -> str:
    """The name of a function, or of the class of a schedule."""
    return str(getattr(schedule, "__name__", type(schedule).__name__))
