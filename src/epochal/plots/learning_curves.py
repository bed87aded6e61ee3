"""Loss and metrics by epoch, for training and validation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from epochal.errors import InputError, suggest
from epochal.plots.history import VALIDATION, epochs_of, history_of
from epochal.plots.style import check_series, integer_ticks, label_axes, line_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_curves(history: Any, metrics: Sequence[str] | None = None) -> "Figure":
    """Draw what a fit recorded, each value at its epoch; validation stands beside training.

    Parameters
    ----------
    history : epochal.Run, keras.callbacks.History or mapping of str to sequence of float
        What a fit returned: it knows its first epoch (``initial_epoch``) and, a `Run`, the epochs
        that were validated (``validation_freq``). Or a mapping such as ``run.history``, name ->
        a value an epoch, counted from 1.
    metrics : sequence of str, optional
        Which to draw, without ``val_``; None draws all.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes for each metric.

    Raises
    ------
    InputError
        An empty history, or a metric that is not in it; the nearest is suggested. A series of
        fewer values than epochs where the epochs are not known.

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
        raise InputError("history must hold at least one metric, got none: give a run.")
    chosen = known if metrics is None else list(metrics)
    for name in chosen:
        if name not in known:
            raise InputError(
                f"metrics must be among {', '.join(known)}, got {name!r}."
                f"{suggest(name, known) or ' Choose of those.'}"
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
        if VALIDATION + name in series:  # a line by itself, such as the rate's, needs no name
            axes.legend(frameon=False)
    return figure
