"""Plot of predicted numbers over one input, with what of their uncertainty lies where."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError
from epochal.plots.style import COLORS, MUTED, label_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGMAS = 1.96  # 95% of a normal distribution


def prediction_bands(
    x: Any,
    prediction: Any,
    *,
    seen: tuple[Any, Any] | None = None,
    label: str = "x",
    titles: Sequence[str] = ("aleatoric: in the data", "epistemic: in the networks"),
) -> "Figure":
    """Draw predicted numbers over one input, beside one another with each kind of uncertainty.

    Each band is 1.96 standard deviations of its kind wide to both sides of the mean.

    Parameters
    ----------
    x : array_like of shape (rows,)
        The input of each row.
    prediction : epochal.Prediction
        Of one number a row, with `mean`, `aleatoric` and `epistemic`.
    seen : tuple of (x, y), optional
        Rows of the training, drawn as points.
    label : str
        Of the input.
    titles : sequence of str
        Of the two pictures.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        The prediction knows one kind alone, or has another number of rows than `x`.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> one = np.ones((3, 1))
    >>> known = epochal.Prediction(mean=one, task="regression", aleatoric=one, epistemic=2 * one)
    >>> len(epochal.plots.prediction_bands([0, 1, 2], known).axes)
    2
    """
    at = np.asarray(x, float).ravel()
    order = at.argsort()
    kinds = (getattr(prediction, "aleatoric", None), getattr(prediction, "epistemic", None))
    known = [part for part in (prediction.mean, *kinds) if part is not None]
    parts = [np.asarray(part, float).ravel() for part in known]
    if [len(part) for part in parts] != [len(at)] * 3:
        raise InputError(
            "prediction must have a mean, an aleatoric and an epistemic uncertainty of "
            f"{len(at)} numbers, got {[len(part) for part in parts]}: predict with an ensemble "
            "whose networks end in a head for a distribution."
        )
    mean = parts[0][order]
    figure, grid = new_figure(1, 2, width=4.6, height=3.6)
    for axes, title, variance, color in zip(
        grid.flat, titles, parts[1:], (COLORS[6], COLORS[5]), strict=True
    ):
        half = SIGMAS * np.sqrt(variance[order])
        if seen is not None:
            points = [np.asarray(each, float).ravel() for each in seen]
            axes.plot(*points, ".", color=MUTED, markersize=2.5, alpha=0.6, label="seen")
        axes.fill_between(
            at[order], mean - half, mean + half, color=color, alpha=0.55, linewidth=0, label="95%"
        )
        axes.plot(at[order], mean, color=COLORS[0], label="mean")
        label_axes(axes, x=label, y="prediction", title=title)
        axes.sharey(grid[0, 0])
        axes.legend(frameon=False, loc="lower left")
    return figure
