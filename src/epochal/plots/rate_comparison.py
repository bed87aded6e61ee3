"""Plot of a comparison of constant learning rates."""

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from epochal.plots.style import HEIGHT, MARKERS, label_axes, line_style, new_figure, ordered_colors

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MIN_LOSS = 1e-12  # the axis of losses is logarithmic
DIVERGED = 2.0  # times the first loss; anything above is cut off
POINTS = 20  # per line, each a mean over a twentieth of the steps


class Comparison(Protocol):
    """What is drawn of an `epochal.RateComparison`."""

    @property
    def learning_rates(self) -> np.ndarray:
        """The compared learning rates, ascending; shape (rates,)."""

    @property
    def losses(self) -> np.ndarray:
        """The training loss of each rate at each step; shape (rates, steps)."""

    @property
    def final_losses(self) -> np.ndarray:
        """The final training loss of each rate; shape (rates,)."""

    @property
    def diverged(self) -> np.ndarray:
        """Whether each rate diverged; shape (rates,)."""

    @property
    def validation(self) -> dict[str, np.ndarray]:
        """Score -> its value for each rate; empty without validation data."""

    @property
    def best(self) -> float | None:
        """The best learning rate; None where all diverged."""


def learning_rate_comparison(comparison: Comparison) -> "Figure":
    """Draw the training loss of each learning rate by step, and its final loss.

    Parameters
    ----------
    comparison : epochal.RateComparison
        What `epochal.compare_learning_rates` returns.

    Returns
    -------
    matplotlib.figure.Figure
        On the left, the loss of each learning rate, as means over a twentieth of the steps, from
        dark (the lowest rate) to light. On the right, the final loss against the learning rate; a
        ring marks the best. A rate that diverged leaves the axes on the left, and has no point on
        the right.
    """
    figure, grid = new_figure(1, 2, width=5.2, height=HEIGHT)
    left, right = grid[0]
    steps = comparison.losses.shape[1]
    width = max(1, steps // POINTS)
    colors = ordered_colors(len(comparison.learning_rates))
    lines = [_means(losses, width) for losses in comparison.losses]
    for index, (at, means) in enumerate(lines):
        rate = f"{comparison.learning_rates[index]:.2g}"
        label = f"{rate} (diverged)" if comparison.diverged[index] else rate
        style = line_style(index) | {
            "color": colors[index],
            "marker": MARKERS[index % len(MARKERS)],
        }
        left.plot(at, np.maximum(means, MIN_LOSS), **style, markersize=3.5, label=label)
    left.set_yscale("log")
    left.set_ylim(*_heights([means for _, means in lines], comparison.losses[:, 0]))
    label_axes(left, x="training step (batch)", y=f"training loss (mean of {width} steps)")
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside left upper",
        title="learning rate",
        frameon=False,
        fontsize="small",
    )
    rates = comparison.learning_rates
    right.plot(rates, comparison.final_losses, **line_style(0, markers=True), label="training")
    if "loss" in comparison.validation:
        validated = np.where(comparison.diverged, np.nan, comparison.validation["loss"])
        right.plot(rates, validated, **line_style(1, markers=True), label="validation")
        right.legend(frameon=False, fontsize="small")
    if comparison.best is not None:
        chosen = comparison.validation.get("loss", comparison.final_losses)
        best = int(np.argmin(np.abs(rates - comparison.best)))
        ring_style: dict[str, Any] = {"markersize": 13, "fillstyle": "none", "color": "black"}
        right.plot(rates[best], chosen[best], "o", linestyle="none", **ring_style)
    right.set_xscale("log")
    label_axes(right, x="learning rate (logarithmic)", y=f"loss after {steps} steps")
    return figure


def _heights(lines: list[np.ndarray], first: np.ndarray) -> tuple[float, float]:
    """Limits of the loss axis: slightly below the lowest mean, and twice the first loss."""
    seen = np.concatenate([*lines, first])
    seen = seen[np.isfinite(seen) & (seen > MIN_LOSS)]
    lowest = float(seen.min()) if len(seen) else 1.0
    highest = float(np.nanmax(first)) if np.isfinite(first).any() else lowest
    return 0.8 * lowest, DIVERGED * max(highest, lowest)


def _means(losses: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Midpoints and means of windows of `width` steps, up to the first loss that is not finite."""
    finite = np.isfinite(losses)
    seen = losses if finite.all() else losses[: int(np.argmin(finite))]
    count = len(seen) // width
    means = seen[: count * width].reshape(count, width).mean(axis=1)
    return np.arange(count) * width + (width - 1) / 2, means
