"""Plot of loss and metrics by epoch, for training and validation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from epochal.errors import InputError, suggest
from epochal.plots.history import VALIDATION, epochs_of, history_of
from epochal.plots.style import check_series, integer_ticks, label_axes, line_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_curves(history: Any, metrics: Sequence[str] | None = None) -> "Figure":
    """Draw the loss and the metrics of a fit by epoch, for training and validation.

    Parameters
    ----------
    history : epochal.Run, keras.callbacks.History or mapping of str to sequence of float
        What a fit returned, which knows its first epoch (``initial_epoch``) and, a `Run`, the
        epochs that were validated (``validation_freq``). Or a mapping such as ``run.history``:
        name -> one value per epoch, counted from 1.
    metrics : sequence of str, optional
        Which to draw, named without ``val_``. None: all.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes for each metric.

    Raises
    ------
    InputError
        An empty history; a metric that it lacks, for which the nearest is suggested; a series with
        fewer values than epochs, where it is not known which epochs they belong to.

    Examples
    --------
    >>> import epochal
    >>> figure = epochal.plots.learning_curves({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]})
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('epoch', 'loss')
    """
    series = history_of(history)
    known = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in series))
    if not known:
        raise InputError("history must have at least one metric, got none: give a run.")
    chosen = known if metrics is None else list(metrics)
    for name in chosen:
        if name not in known:
            raise InputError(
                f"metrics must be among {', '.join(known)}, got {name!r}."
                f"{suggest(name, known) or ' Choose some of them.'}"
            )
    figure, grid = new_figure(1, len(chosen), width=4.8)
    for axes, name in zip(grid.flat, chosen, strict=True):
        for index, (key, label) in enumerate(
            ((name, "training"), (VALIDATION + name, "validation"))
        ):
            if key in series:
                values, epochs = check_series(key, series[key]), epochs_of(history, key)
                apart = len(epochs) == 1 or (epochs[1:] - epochs[:-1] > 1).any()
                axes.plot(epochs, values, label=label, **line_style(index, markers=bool(apart)))
        label_axes(axes, x="epoch", y=name)
        integer_ticks(axes)
        if VALIDATION + name in series:  # a single line, such as the learning rate, needs no legend
            axes.legend(frameon=False)
    return figure
