"""The lab's pictures: curves by epoch with their spread, means, small multiples."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from epochal.lab.experiment import Arms
from epochal.plots.style import (
    dress,
    line,
    new_figure,
    note,
    one_pair,
    reference,
    whole_numbers,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINT_HEIGHT = 0.42  # inches
COLUMNS = 3
MANY = 4  # arms; the names of more than these would lie upon the lines
NOTHING: Mapping[str, float] = MappingProxyType({})


def mean_curve(results: Sequence[Arms], arm: str, curve: str) -> np.ndarray:
    """The mean over the seeds, as far as the shortest of them goes."""
    mean: np.ndarray = np.mean(_stacked(results, arm, curve), axis=0)
    return mean


def curves(
    name: str, label: str, quoted: Mapping[str, float] = NOTHING
) -> "Callable[[Sequence[Arms]], Figure]":
    """A line for each arm: a value an epoch, with the range over the seeds.

    What the documents quote of the same value is a line across.
    """

    def draw(results: Sequence[Arms]) -> "Figure":
        figure, axes = one_pair()
        arms = [arm for arm, result in results[0].items() if name in result.curves]
        for index, arm in enumerate(arms):
            values = _stacked(results, arm, name)
            epochs = np.arange(1, values.shape[1] + 1)
            style = line(index)
            axes.plot(epochs, values.mean(axis=0), label=arm, **style)
            low, high = values.min(axis=0), values.max(axis=0)
            axes.fill_between(epochs, low, high, color=style["color"], alpha=0.15, linewidth=0)
        for value in quoted.values():
            reference(axes, y=value)
            note(axes, f"quoted: {value:.4g}", y=value)
        dress(axes, x="epoch", y=label)
        whole_numbers(axes)
        if len(arms) > MANY:
            figure.legend(loc="outside right upper", frameon=False)
        else:
            axes.legend(frameon=False)
        return figure

    return draw


def means(
    label: str, quoted: Mapping[str, float] = NOTHING
) -> "Callable[[Sequence[Arms]], Figure]":
    """A point for each arm: the mean, with the deviation over the seeds, beside what is quoted."""

    def draw(results: Sequence[Arms]) -> "Figure":
        arms = list(results[0])
        figure, axes = one_pair(height=1 + POINT_HEIGHT * len(arms))
        values = np.array([[result[arm].value for arm in arms] for result in results])
        mean, places = values.mean(axis=0), np.arange(len(arms))
        axes.errorbar(
            mean, places, xerr=values.std(axis=0), fmt="o", color="black", capsize=3, label="ours"
        )
        for value, place in zip(mean, places, strict=True):
            axes.annotate(
                f"{value:.3g}",
                (value, place),
                xytext=(0, 6),
                textcoords="offset points",
                ha="center",
                fontsize="small",
            )
        if quoted:
            found = [arms.index(arm) for arm in quoted]
            axes.plot(list(quoted.values()), found, "D", color="black", mfc="white", label="quoted")
            figure.legend(loc="outside upper right", ncols=2, frameon=False)
        axes.set_yticks(places, arms)
        axes.set_ylim(len(arms) - 0.4, -0.8)
        axes.margins(x=0.12)
        dress(axes, x=label, y="variant")
        return figure

    return draw


def lines(
    values: Mapping[str, ArrayLike], *, x: Sequence[float], x_label: str, y_label: str
) -> "Figure":
    """A line for each name."""
    figure, axes = one_pair()
    for index, (name, heights) in enumerate(values.items()):
        axes.plot(x, heights, label=name, **line(index))
    dress(axes, x=x_label, y=y_label)
    axes.legend(frameon=False)
    return figure


def small_multiples(
    values: Mapping[str, Sequence[float]], *, x_label: str, y_label: str, x_last: float
) -> "Figure":
    """A small picture for each name, with the same axes."""
    rows = -(-len(values) // COLUMNS)
    figure, grid = new_figure(rows, COLUMNS, width=2.6, height=1.8)
    highest = max(max(heights) for heights in values.values())
    for axes, (name, heights) in zip(grid.flat, values.items(), strict=False):
        axes.plot(np.linspace(0, x_last, len(heights)), heights, **line(0))
        axes.set_ylim(0, 1.05 * highest)
        dress(axes, x="", y="", title=name)
    for axes in grid.flat[len(values) :]:
        axes.set_axis_off()
    figure.supxlabel(x_label)
    figure.supylabel(y_label)
    return figure


def _stacked(results: Sequence[Arms], arm: str, curve: str) -> np.ndarray:
    """(seeds, epochs) of one curve."""
    values = [result[arm].curves[curve] for result in results if arm in result]
    shortest = min(map(len, values))
    return np.array([heights[:shortest] for heights in values], dtype=float)
