"""The lab's charts: curves by epoch with their range, means, small multiples."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from epochal.lab.experiment import Variants
from epochal.plots.style import (
    annotate,
    integer_ticks,
    label_axes,
    line_style,
    new_figure,
    reference_line,
    single_axes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINT_HEIGHT = 0.42  # inches
COLUMNS = 3
MANY = 4  # variants; a legend of more would cover the lines
NO_FIGURES: Mapping[str, float] = MappingProxyType({})


def mean_curve(results: Sequence[Variants], variant: str, curve: str) -> np.ndarray:
    """The mean of one curve over the seeds, up to the end of the shortest; shape (epochs,)."""
    mean: np.ndarray = np.mean(_stacked(results, variant, curve), axis=0)
    return mean


def curves(
    name: str, label: str, quoted: Mapping[str, float] = NO_FIGURES
) -> "Callable[[Sequence[Variants]], Figure]":
    """A chart with a line for each variant: the mean by epoch, and the range over the seeds.

    Parameters
    ----------
    name : str
        Which curve of the results.
    label : str
        Label of the vertical axis.
    quoted : mapping of str to float
        Quoted figures of the same measure: horizontal lines.

    Returns
    -------
    callable
        For `Experiment.draw`.
    """

    def draw(results: Sequence[Variants]) -> "Figure":
        figure, axes = single_axes()
        variants = [each for each, result in results[0].items() if name in result.curves]
        for index, variant in enumerate(variants):
            values = _stacked(results, variant, name)
            epochs = np.arange(1, values.shape[1] + 1)
            style = line_style(index)
            axes.plot(epochs, values.mean(axis=0), label=variant, **style)
            low, high = values.min(axis=0), values.max(axis=0)
            axes.fill_between(epochs, low, high, color=style["color"], alpha=0.15, linewidth=0)
        for value in quoted.values():
            reference_line(axes, y=value)
            annotate(axes, f"quoted: {value:.4g}", y=value)
        label_axes(axes, x="epoch", y=label)
        integer_ticks(axes)
        if len(variants) > MANY:
            figure.legend(loc="outside right upper", frameon=False)
        else:
            axes.legend(frameon=False)
        return figure

    return draw


def means(
    label: str, quoted: Mapping[str, float] = NO_FIGURES
) -> "Callable[[Sequence[Variants]], Figure]":
    """A chart with a point for each variant: mean and standard deviation over the seeds.

    Parameters
    ----------
    label : str
        Label of the horizontal axis.
    quoted : mapping of str to float
        Quoted figures, by variant: open diamonds.

    Returns
    -------
    callable
        For `Experiment.draw`.
    """

    def draw(results: Sequence[Variants]) -> "Figure":
        variants = list(results[0])
        figure, axes = single_axes(height=1 + POINT_HEIGHT * len(variants))
        values = np.array([[result[name].value for name in variants] for result in results])
        mean, positions = values.mean(axis=0), np.arange(len(variants))
        std = values.std(axis=0)
        axes.errorbar(mean, positions, xerr=std, fmt="o", color="black", capsize=3, label="ours")
        for value, position in zip(mean, positions, strict=True):
            axes.annotate(
                f"{value:.3g}",
                (value, position),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize="small",
            )
        if quoted:
            at = [variants.index(name) for name in quoted]
            axes.plot(list(quoted.values()), at, "D", color="black", mfc="white", label="quoted")
            figure.legend(loc="outside upper right", ncols=2, frameon=False)
        axes.set_yticks(positions, variants)
        axes.set_ylim(len(variants) - 0.4, -0.8)
        axes.margins(x=0.12)
        label_axes(axes, x=label, y="variant")
        return figure

    return draw


def lines(
    values: Mapping[str, ArrayLike], *, x: Sequence[float], x_label: str, y_label: str
) -> "Figure":
    """A figure with a line for each name; every line has the same points of `x`."""
    figure, axes = single_axes()
    for index, (name, heights) in enumerate(values.items()):
        axes.plot(x, heights, label=name, **line_style(index))
    label_axes(axes, x=x_label, y=y_label)
    axes.legend(frameon=False)
    return figure


def small_multiples(
    values: Mapping[str, Sequence[float]], *, x_label: str, y_label: str, x_last: float
) -> "Figure":
    """A figure with small axes for each name, all of the same scale, from 0 to `x_last`."""
    rows = -(-len(values) // COLUMNS)
    figure, grid = new_figure(rows, COLUMNS, width=2.6, height=1.8)
    highest = max(max(heights) for heights in values.values())
    for axes, (name, heights) in zip(grid.flat, values.items(), strict=False):
        axes.plot(np.linspace(0, x_last, len(heights)), heights, **line_style(0))
        axes.set_ylim(0, 1.05 * highest)
        label_axes(axes, x="", y="", title=name)
    for axes in grid.flat[len(values) :]:
        axes.set_axis_off()
    figure.supxlabel(x_label)
    figure.supylabel(y_label)
    return figure


def _stacked(results: Sequence[Variants], variant: str, curve: str) -> np.ndarray:
    """One curve of every seed, up to the end of the shortest; shape (seeds, epochs)."""
    values = [result[variant].curves[curve] for result in results if variant in result]
    shortest = min(map(len, values))
    return np.array([heights[:shortest] for heights in values], dtype=float)
