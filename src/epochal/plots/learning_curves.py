"""Loss and metrics by epoch, for training and validation."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from epochal.errors import InputError, suggest
from epochal.plots.style import check_series, dress, line, new_figure, whole_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure

VALIDATION = "val_"


def learning_curves(
    history: Mapping[str, Sequence[float]], metrics: Sequence[str] | None = None
) -> "Figure":
    """Draw what a fit recorded at every epoch; validation stands beside training.

    Parameters
    ----------
    history : mapping of str to sequence of float
        ``run.history``: name -> a value an epoch.
    metrics : sequence of str, optional
        Which to draw, without ``val_``; None draws all.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes for each metric.

    Raises
    ------
    InputError
        An empty history, or a metric that is not in it; the nearest is suggested.

    Examples
    --------
    >>> import epochal
    >>> figure = epochal.plots.learning_curves({"loss": [2.0, 1.0], "val_loss": [2.0, 1.5]})
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('epoch', 'loss')
    """
    known = list(dict.fromkeys(name.removeprefix(VALIDATION) for name in history))
    if not known:
        raise InputError("history must hold at least one metric, got none: give run.history.")
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
            if key in history:
                values = check_series(key, history[key])
                axes.plot(np.arange(1, len(values) + 1), values, label=label, **line(index))
        dress(axes, x="epoch", y=name)
        whole_numbers(axes)
        if VALIDATION + name in history:  # a line by itself, such as the rate's, needs no name
            axes.legend(frameon=False)
    return figure
