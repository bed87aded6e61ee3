"""Plot of a learning-rate range test: loss against learning rate, and the suggestions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

import numpy as np

from epochal.plots.style import MUTED, label_axes, line_style, single_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class RangeTest(Protocol):
    """What is drawn of an `epochal.LearningRateCurve`."""

    @property
    def learning_rates(self) -> np.ndarray:
        """The learning rate of each step; shape (steps,)."""

    @property
    def losses(self) -> np.ndarray:
        """The training loss of each step; shape (steps,)."""

    @property
    def smoothed(self) -> np.ndarray:
        """The smoothed losses; shape (steps,)."""

    @property
    def suggestions(self) -> Mapping[str, float]:
        """Rule -> suggested learning rate."""

    @property
    def rule(self) -> str:
        """The rule in use."""


def learning_rate_curve(curve: RangeTest) -> "Figure":
    """Draw the loss of each step of a range test against its learning rate, and the suggestions.

    Parameters
    ----------
    curve : epochal.LearningRateCurve
        What `epochal.find_learning_rate` returns.

    Returns
    -------
    matplotlib.figure.Figure
        Dots are steps, and the curve is their smoothed loss. A vertical line is the suggestion of a
        rule, the solid one that of the rule in use. Losses far above the first ones are cut off.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> from epochal.tuning.range_test import curve_of
    >>> rates = np.geomspace(1e-5, 1, 100)
    >>> curve = curve_of(rates, 1 + 1 / (1 + (rates / 1e-2) ** 2))
    >>> figure = epochal.plots.learning_rate_curve(curve)
    >>> figure.axes[0].get_xscale()
    'log'
    """
    figure, axes = single_axes()
    axes.plot(
        curve.learning_rates,
        curve.losses,
        ".",
        color=MUTED,
        markersize=3.5,
        alpha=0.6,
        label="loss per step",
    )
    axes.plot(curve.learning_rates, curve.smoothed, **line_style(0), label="smoothed")
    _mark_suggestions(axes, curve)
    axes.set_xscale("log")
    axes.set_ylim(*_heights(curve.losses, curve.smoothed))
    label_axes(
        axes, x="learning rate (logarithmic)", y="training loss", title="Learning-rate range test"
    )
    axes.legend(frameon=False, fontsize="small")
    return figure


def _mark_suggestions(axes: "Axes", curve: RangeTest) -> None:
    others = iter((1, 3, 4, 5, 6))
    for name, rate in curve.suggestions.items():
        style = (
            line_style(next(others))
            if name != curve.rule
            else line_style(2) | {"linestyle": "solid"}
        )
        axes.axvline(rate, label=f"{name}: {rate:.2g}", **(style | {"linewidth": 1.3}))


def _heights(losses: np.ndarray, smoothed: np.ndarray) -> tuple[float, float]:
    """Limits of the loss axis: slightly beyond the first losses and the minimum."""
    low = float(min(np.min(losses), np.min(smoothed)))
    high = float(max(np.max(losses[: max(1, len(losses) // 10)]), smoothed[0]))
    margin = 0.15 * (high - low) or 0.05 * max(abs(low), 1.0)
    return low - margin / 3, high + margin
