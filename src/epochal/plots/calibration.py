"""Plots of how far predicted probabilities and distributions hold."""

from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError
from epochal.plots.style import COLORS, MUTED, label_axes, single_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGMAS = 1.96  # a band that 95 of 100 bars of a calibrated prediction lie in


def reliability_diagram(curve: Any, *, title: str = "") -> "Figure":
    """Draw observed frequencies over predicted probabilities, with their 95% intervals.

    Parameters
    ----------
    curve : epochal.scoring.calibration_curve.CalibrationCurve
        Or anything with `predicted`, `observed`, `low`, `high` of shape (bins,).
    title : str
        Of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        Arrays of other shapes, or no bins.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> from epochal.scoring.calibration_curve import calibration_curve
    >>> random = np.random.default_rng(0)
    >>> p = random.random(300)
    >>> figure = epochal.plots.reliability_diagram(calibration_curve(p, random.random(300) < p))
    >>> figure.axes[0].get_xlabel()
    'predicted probability'
    """
    parts = [np.asarray(getattr(curve, name), float) for name in _CURVE]
    predicted, observed, low, high = parts
    if not predicted.size or any(part.shape != (len(predicted),) for part in parts):
        raise InputError(
            "curve must have predicted, observed, low and high of one shape (bins,), got "
            f"{[part.shape for part in parts]}: give what calibration_curve returns."
        )
    figure, axes = single_axes(width=4.2, height=4.0)
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle="dashed", label="calibrated")
    axes.errorbar(
        predicted, observed, yerr=np.maximum([observed - low, high - observed], 0), fmt="o-",
        color=COLORS[1], ecolor=COLORS[1], elinewidth=1.2, capsize=2.5, markersize=4,
        label="observed, 95% interval",
    )  # fmt: skip
    label_axes(axes, x="predicted probability", y="observed frequency", title=title)
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.legend(frameon=False)
    return figure


def pit_histogram(levels: Any, *, bins: int = 10, title: str = "") -> "Figure":
    """Draw how often the truth fell to which level of its predicted distribution.

    The bars of a calibrated prediction are equal, but for chance: the band holds 95 of 100 of them.
    A hill says that the distributions are too wide, a valley that they are too narrow, a slope that
    they are too low or too high.

    Parameters
    ----------
    levels : array_like of shape (rows,)
        The predicted distribution function at the truth, in [0, 1]: the probability integral
        transform, as `epochal.distributions.Mixture.pit` has it.
    bins : int
        How many bars, at least 2.
    title : str
        Of the figure.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        No levels, or such outside [0, 1]; fewer than 2 bins.

    References
    ----------
    T. Gneiting, F. Balabdaoui and A. E. Raftery, "Probabilistic forecasts, calibration and
    sharpness", Journal of the Royal Statistical Society B 69, 2007.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> figure = epochal.plots.pit_histogram(np.random.default_rng(0).random(500))
    >>> len(figure.axes[0].patches) > 9
    True
    """
    values = np.asarray(levels, float).ravel()
    if not values.size or not ((values >= 0) & (values <= 1)).all():
        raise InputError(
            f"levels must be numbers from 0 to 1, got {values.size} from "
            f"{values.min(initial=1):.4g} to {values.max(initial=0):.4g}: give a distribution "
            "function at the truth."
        )
    if bins < 2:
        raise InputError(f"bins must be at least 2, got {bins}: 10 is usual.")
    figure, axes = single_axes()
    counts, edges = np.histogram(values, bins=bins, range=(0, 1))
    share = counts / len(values) * bins
    axes.bar(edges[:-1], share, width=1 / bins, align="edge", color=COLORS[6], edgecolor="white")
    spread = SIGMAS * np.sqrt((bins - 1) / len(values))
    axes.axhspan(max(0, 1 - spread), 1 + spread, color=MUTED, alpha=0.25, label="by chance, 95%")
    axes.axhline(1, color=MUTED, linestyle="dashed", label="calibrated")
    label_axes(axes, x="level of the truth", y="density", title=title)
    axes.set_xlim(0, 1)
    axes.legend(frameon=False)
    return figure


def sharpness(deviations: Any, *, unit: str = "", title: str = "") -> "Figure":
    """Draw how wide predicted distributions are: of those that are calibrated, narrower is better.

    Parameters
    ----------
    deviations : array_like of shape (rows,)
        Standard deviations, or widths of intervals, at least 0.
    unit : str
        Of the target.
    title : str
        Of the figure.

    Returns
    -------
    matplotlib.figure.Figure
        The distribution over the rows, and its root mean square.

    Raises
    ------
    InputError
        None, or such below 0 or not finite.

    Examples
    --------
    >>> import epochal
    >>> epochal.plots.sharpness([0.5, 1.0, 1.5], unit="kg").axes[0].get_xlabel()
    'standard deviation (kg)'
    """
    values = np.asarray(deviations, float).ravel()
    if not values.size or not (np.isfinite(values) & (values >= 0)).all():
        raise InputError(
            f"deviations must be finite numbers of at least 0, got {values.size} from "
            f"{values.min(initial=0):.4g}: give standard deviations."
        )
    figure, axes = single_axes()
    axes.hist(values, bins=30, color=COLORS[6], edgecolor="white")
    mean = float(np.sqrt(np.mean(values**2)))
    axes.axvline(mean, color=COLORS[2], linestyle="dashed", label=f"root mean square: {mean:.4g}")
    label_axes(axes, x=f"standard deviation ({unit})" if unit else "standard deviation", y="rows")
    if title:
        axes.set_title(title)
    axes.legend(frameon=False)
    return figure


_CURVE = ("predicted", "observed", "low", "high")
