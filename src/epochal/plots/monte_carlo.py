"""Plot of Monte-Carlo predictions of a few rows: mean and standard deviation of each class."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError
from epochal.plots.style import COLORS, label_axes, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_ROWS = 12  # more axes would be too small to read
COLUMNS = 3
BAR_HEIGHT = 0.24  # inches per class


def monte_carlo(
    prediction: Any,
    rows: Sequence[int] = (0, 1, 2),
    *,
    class_names: Sequence[str] | None = None,
    truth: Sequence[int] | None = None,
    without_dropout: Any = None,
    title: str | None = None,
) -> "Figure":
    """Draw the Monte-Carlo predictions of a few rows, each in axes of its own.

    A bar is the mean of the probability of a class over the samples; the line on it extends by one
    standard deviation to both sides.

    Parameters
    ----------
    prediction : MonteCarloPrediction
        Of probabilities: any object with a `mean` and a `standard_deviation` of shape
        (rows, classes), or (rows, 1) for the probability p of class 1 of two, drawn as 1 - p and p.
    rows : sequence of int
        The rows to draw, counted from 0; 1 to 12 of them.
    class_names : sequence of str, optional
        The names of the classes. None: their numbers.
    truth : sequence of int, optional
        The true class of each row of `prediction`, shape (rows,), which is shown in the title of
        the row. None: not shown.
    without_dropout : array, optional
        The same model's prediction without dropout, of the mean's shape, drawn as rings. None: not
        drawn.
    title : str, optional
        Title of the figure. None: no title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        The prediction has another shape, there is no such row, or the other arrays do not fit the
        prediction.

    Examples
    --------
    >>> import keras, numpy as np, epochal
    >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dropout(0.5),
    ...                           keras.layers.Dense(3, "softmax")])
    >>> prediction = epochal.predict_monte_carlo(model, np.ones((2, 8)), samples=20)
    >>> figure = epochal.plots.monte_carlo(prediction, rows=[0], class_names=["a", "b", "c"])
    >>> len(figure.axes)
    1
    """
    mean = _matrix("prediction.mean", getattr(prediction, "mean", prediction))
    std = _matrix("prediction.standard_deviation", prediction.standard_deviation, mean.shape)
    ring = None
    if without_dropout is not None:
        ring = _matrix("without_dropout", without_dropout, mean.shape)
    chosen = _rows(rows, len(mean))
    if mean.shape[1] == 1:
        _check_probabilities(mean)
        mean, ring = _two_classes(mean), None if ring is None else _two_classes(ring)
        std = np.repeat(std, 2, axis=1)  # that of 1 - p is that of p
    names = _names(class_names, mean.shape[1])
    true = _truth(truth, *mean.shape)
    columns = min(COLUMNS, len(chosen))
    figure, axes = new_figure(
        -(-len(chosen) // columns), columns, width=3.2, height=1.1 + BAR_HEIGHT * len(names)
    )
    for place, one in enumerate(axes.flat):
        if place >= len(chosen):
            one.remove()
            continue
        row = chosen[place]
        _draw(one, mean[row], std[row], None if ring is None else ring[row])
        told = "" if true is None else f", true class: {names[true[row]]}"
        label_axes(one, x="probability", y="", title=f"row {row}{told}")
        one.set_yticks(range(len(names)), names if place % columns == 0 else [""] * len(names))
    return _finished(figure, title, ring is not None)


def _draw(axes: "Axes", mean: np.ndarray, std: np.ndarray, ring: np.ndarray | None) -> None:
    positions = np.arange(len(mean))
    axes.barh(positions, mean, height=0.66, color=COLORS[6], label="mean")
    axes.errorbar(
        mean, positions, xerr=std, fmt="none", ecolor=COLORS[0], elinewidth=1.2, capsize=2.5,
        label="± 1 standard deviation",
    )  # fmt: skip
    if ring is not None:
        axes.plot(
            ring, positions, linestyle="none", marker="o", markerfacecolor="none",
            markeredgecolor=COLORS[2], markersize=6, label="without dropout",
        )  # fmt: skip
    axes.set_xlim(0, 1)
    axes.set_ylim(len(mean) - 0.4, -0.6)  # the first class on top


def _matrix(name: str, values: Any, shape: tuple[int, ...] | None = None) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 2 or array.dtype.kind not in "buif" or shape not in (None, array.shape):
        wanted = "(rows, classes)" if shape is None else str(shape)
        raise InputError(
            f"{name} must be numbers of shape {wanted}, got {array.dtype} of shape "
            f"{array.shape}: give a prediction of probabilities."
        )
    return array


def _check_probabilities(mean: np.ndarray) -> None:
    low, high = mean.min(initial=0), mean.max(initial=1)
    if not (low >= 0 and high <= 1):  # NaN too
        raise InputError(
            "prediction.mean of shape (rows, 1) must hold probabilities from 0 to 1, got "
            f"{low if high <= 1 else high:.3g}: give a prediction of a model that ends in a "
            "sigmoid."
        )


def _two_classes(probability: np.ndarray) -> np.ndarray:
    """Probabilities of both classes, (rows, 2), from those of class 1, (rows, 1)."""
    return np.concatenate([1 - probability, probability], axis=1)


def _rows(rows: Any, count: int) -> list[int]:
    chosen = [int(row) for row in np.atleast_1d(np.asarray(rows)).ravel()]
    if not 1 <= len(chosen) <= MAX_ROWS or not all(0 <= row < count for row in chosen):
        raise InputError(
            f"rows must be 1 to {MAX_ROWS} row numbers from 0 to {count - 1}, got {rows!r}: "
            "give a few rows."
        )
    return chosen


def _names(names: Any, count: int) -> list[str]:
    shown = list(map(str, range(count) if names is None else names))
    if len(shown) != count:
        raise InputError(
            f"class_names must be {count} names, one per class, got {len(shown)}: "
            "give one name per class."
        )
    return shown


def _truth(truth: Any, rows: int, classes: int) -> np.ndarray | None:
    if truth is None:
        return None
    array = np.asarray(truth).ravel()
    whole = len(array) == rows and array.dtype.kind in "ui"
    if not whole or not ((array >= 0) & (array < classes)).all():
        raise InputError(
            f"truth must be {rows} classes from 0 to {classes - 1}, one per row, got {array.dtype} "
            f"of length {len(array)}: give whole numbers."
        )
    return array


def _finished(figure: "Figure", title: str | None, ringed: bool) -> "Figure":
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    if title:
        figure.suptitle(title, fontsize="medium")
    return figure
