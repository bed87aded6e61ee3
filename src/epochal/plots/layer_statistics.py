"""Plots of activations and gradients by layer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError
from epochal.plots.style import label_axes, line_style, reference_line, single_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MAX_NAMES = 12  # with more layers than this, the axis has numbers
VANISHED = "0 (vanished)"


def layer_statistics(outputs: Mapping[str, Any], *, title: str = "") -> "Figure":
    """Draw the mean and the standard deviation of the outputs of each layer.

    Where the standard deviation decays or grows from layer to layer, so do the gradients.

    Parameters
    ----------
    outputs : mapping of str to array_like
        Layer name -> outputs (rows, ...), from the first layer on: what `epochal.layer_outputs`
        returns.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        `outputs` is empty.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> figure = epochal.plots.layer_statistics({"a": np.ones((2, 3)), "b": np.zeros((2, 3))})
    >>> figure.axes[0].get_xlabel()
    'layer'
    """
    arrays = _arrays("outputs", outputs)
    figure, axes = single_axes()
    positions = np.arange(1, len(arrays) + 1)
    statistics = {
        "mean": [float(array.mean()) for array in arrays.values()],
        "standard deviation": [float(array.std()) for array in arrays.values()],
    }
    for index, (label, values) in enumerate(statistics.items()):
        axes.plot(
            positions, values, label=label, **line_style(index, markers=len(arrays) <= MAX_NAMES)
        )
    reference_line(axes, y=0)
    label_axes(axes, x="layer", y="outputs (over rows and units)", title=title)
    _name_layers(axes, list(arrays))
    axes.legend(frameon=False)
    return figure


def gradient_norms(gradients: Mapping[str, Any], *, title: str = "") -> "Figure":
    """Draw the L2 norm of the gradient of each weight matrix, on a logarithmic axis.

    Norms that fall by orders of magnitude towards the first layer show vanishing gradients, norms
    that grow towards it exploding ones. A norm of exactly 0 has no place on a logarithmic axis: it
    is drawn as an open marker a decade below the smallest of the others. Where all are 0, the axis
    is linear.

    Parameters
    ----------
    gradients : mapping of str to array_like
        Weight name -> gradient, from the first layer on: what `epochal.layer_gradients` returns.
        Vectors, such as biases, are left out where there are matrices.
    title : str
        Title of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        `gradients` is empty.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> figure = epochal.plots.gradient_norms({"first": np.ones((2, 2)), "last": np.ones((2, 2))})
    >>> [float(height) for height in figure.axes[0].lines[0].get_ydata()]
    [2.0, 2.0]
    """
    arrays = _arrays("gradients", gradients)
    kernels = {name: array for name, array in arrays.items() if array.ndim > 1} or arrays
    norms = [float(np.linalg.norm(array)) for array in kernels.values()]
    figure, axes = single_axes()
    style = line_style(0, markers=len(norms) <= MAX_NAMES)
    positions, heights, vanished = _on_log_axis(np.array(norms))
    axes.plot(positions, heights, **style)
    if (heights > 0).any():
        axes.set_yscale("log")
    if vanished.any():
        open_marker = line_style(0, markers=True) | {
            "linestyle": "none",
            "markerfacecolor": "white",
        }
        axes.plot(positions[vanished], heights[vanished], label=VANISHED, **open_marker)
        axes.legend(frameon=False)
    label_axes(axes, x="layer", y="L2 norm of the gradient", title=title)
    _name_layers(axes, [name.removesuffix("/kernel") for name in kernels])
    return figure


def _on_log_axis(norms: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, heights, and which norms are 0 and so drawn at a floor; none where all are 0."""
    positions = np.arange(1, len(norms) + 1)
    positive = norms[np.isfinite(norms) & (norms > 0)]
    if not len(positive):
        return positions, norms, np.zeros(len(norms), bool)
    vanished = norms == 0
    return positions, np.where(vanished, positive.min() / 10, norms), vanished


def _arrays(name: str, given: Mapping[str, Any]) -> dict[str, np.ndarray]:
    arrays = {layer: np.asarray(values, dtype=np.float64) for layer, values in given.items()}
    if not arrays:
        raise InputError(f"{name} must have at least one layer, got none: give a mapping of names.")
    return arrays


def _name_layers(axes: Any, names: list[str]) -> None:
    if len(names) <= MAX_NAMES:
        axes.set_xticks(np.arange(1, len(names) + 1), names, rotation=30, ha="right")
