"""Plot of activation functions, their derivatives, and where they saturate."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.checks import check_positive
from epochal.errors import InputError, suggest
from epochal.plots.style import MUTED, label_axes, line_style, new_figure, reference_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 1001
SATURATED = 0.05  # a derivative below this fraction of the largest
COLUMNS = 3


def activations(functions: Sequence[str | Callable[[Any], Any]], *, limit: float = 5.0) -> "Figure":
    """Draw activation functions with their derivatives; where one saturates, the axes are shaded.

    A function saturates where its derivative is below 5% of the largest: gradients vanish there.

    Parameters
    ----------
    functions : sequence of str or callable
        Names of Keras' activations, or functions of an array; at least one.
    limit : float
        The inputs drawn are those from -limit to limit; above 0.

    Returns
    -------
    matplotlib.figure.Figure
        One pair of axes for each function.

    Raises
    ------
    InputError
        No function, a name that Keras does not know, or a limit that is not a finite number above
        0.

    Examples
    --------
    >>> import epochal
    >>> figure = epochal.plots.activations(["sigmoid", "relu", "selu"])
    >>> [axes.get_title() for axes in figure.axes]
    ['sigmoid', 'relu', 'selu']
    """
    if isinstance(functions, str) or not functions:
        raise InputError(
            f"functions must be a list of at least one activation, got {functions!r}: "
            "give for example ['sigmoid', 'relu']."
        )
    limit = check_positive("limit", limit, "give for example 5")
    inputs = np.linspace(-limit, limit, POINTS)
    figure, grid = new_figure(
        -(-len(functions) // COLUMNS), min(len(functions), COLUMNS), width=3.2, height=2.6
    )
    for axes, function in zip(grid.flat, functions, strict=False):
        outputs = _outputs(function, inputs)
        derivatives = np.gradient(outputs, inputs)
        flat = np.abs(derivatives) < SATURATED * np.abs(derivatives).max()
        axes.fill_between(
            inputs,
            0,
            1,
            where=flat,
            transform=axes.get_xaxis_transform(),
            color=MUTED,
            alpha=0.15,
            linewidth=0,
            label="saturated",
        )
        axes.plot(inputs, outputs, label="output", **line_style(0))
        axes.plot(inputs, derivatives, label="derivative", **line_style(1))
        reference_line(axes, x=0, y=0)
        label_axes(axes, x="input", y="output, derivative", title=_name_of(function))
    for axes in grid.flat[len(functions) :]:
        axes.remove()
    grid.flat[0].legend(frameon=False, fontsize="small")
    return figure


def _outputs(function: str | Callable[[Any], Any], inputs: np.ndarray) -> np.ndarray:
    called = _activation_named(function) if isinstance(function, str) else function
    return np.asarray(called(inputs.astype(np.float32)), dtype=np.float64)


def _activation_named(name: str) -> Callable[[Any], Any]:
    import keras  # noqa: PLC0415

    try:
        function: Callable[[Any], Any] = keras.activations.get(name)
        return function
    except ValueError:
        raise InputError(
            f"functions must hold names of Keras' activations, got {name!r}."
            f"{suggest(name, dir(keras.activations)) or ' See keras.activations.'}"
        ) from None


def _name_of(function: Any) -> str:
    return function if isinstance(function, str) else getattr(function, "__name__", "activation")
