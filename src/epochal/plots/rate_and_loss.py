"""Plot of learning rate and validation loss by epoch."""

from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError, suggest
from epochal.plots.history import epochs_of
from epochal.plots.style import check_series, integer_ticks, label_axes, line_style, single_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rate_and_loss(run: Any, *, monitor: str = "val_loss") -> "Figure":
    """Draw the learning rate and the validation loss by epoch, with an axis for each.

    Parameters
    ----------
    run : epochal.Run or keras.callbacks.History
        What a fit returned. The learning rate of an epoch is what a callback logged as
        "learning_rate" (`ReduceLROnPlateau` and `LearningRateScheduler` do) or else, for a `Run`,
        that of the epoch's last step.
    monitor : str
        The series of the right axis: a name of ``run.history``.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        The history has no series of that name, no learning rates, or fewer values than epochs and
        it is not known which epochs were validated.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> x, y = np.ones((64, 4), "float32"), np.ones(64, "float32")
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> run = epochal.fit(model, x, y, epochs=3, validation_split=0.5, verbose=0, seed=1)
    >>> figure = epochal.plots.rate_and_loss(run)
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['learning rate', 'val_loss']
    """
    if monitor not in run.history:
        raise InputError(
            f"monitor must be one of {', '.join(run.history)}, got {monitor!r}: give one of them, "
            f"or fit with validation_data.{suggest(monitor, run.history)}"
        )
    values = check_series(monitor, run.history[monitor])
    epochs = epochs_of(run, monitor)
    figure, left = single_axes()
    right = left.twinx()
    (rate,) = left.plot(np.asarray(run.epoch) + 1, _rates(run), **line_style(0, markers=True))
    (loss,) = right.plot(epochs, values, **line_style(2, markers=True))
    label_axes(left, x="epoch", y="learning rate")
    integer_ticks(left)
    left.set_ylim(bottom=0)
    right.set_ylabel(monitor)
    right.spines["top"].set_visible(False)
    left.legend([rate, loss], ["learning rate (left)", f"{monitor} (right)"], frameon=False)
    return figure


def _rates(run: Any) -> np.ndarray:
    """The learning rate of each epoch."""
    logged = run.history.get("learning_rate")
    if logged is not None:
        return check_series("learning_rate", logged)
    steps = getattr(run, "learning_rates", np.empty(0))
    if len(steps) == 0:
        raise InputError(
            "run must have learning rates, got a history without 'learning_rate': train with "
            "epochal.fit, or with ReduceLROnPlateau or LearningRateScheduler."
        )
    ends = np.linspace(0, len(steps), len(run.epoch) + 1).round().astype(int)[1:]
    lasts: np.ndarray = np.asarray(steps)[ends - 1]
    return lasts
