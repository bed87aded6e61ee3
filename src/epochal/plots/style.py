"""What all plots share: sizes, lines that differ without colour, labels.

The only file that imports matplotlib, and only when a figure is made: a third of a second that
`epochal --help` does not need. Figures are made by matplotlib's classes, not by pyplot: none
is kept in a list, and nothing global is set. A figure shows itself in a notebook with
`%matplotlib inline`; `figure.savefig(path)` writes it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 6.4, 3.8  # inches of one pair of axes: a column of text, or half a slide
DOTS_PER_INCH = 120
MUTED = "#6b6b6b"  # what helps to read: grid, reference lines, notes

# Each line differs from the others by its dashes and its lightness as well as by its colour, so
# that a copy in grey reads as the original does. The colours are Okabe and Ito's.
COLORS = ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = (
    "solid",
    (0, (6, 2)),
    (0, (1, 1.2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (10, 3)),
    (0, (2, 3)),
)
MARKERS = ("o", "^", "s", "D", "v", "P", "X")


def new_figure(
    rows: int = 1, columns: int = 1, *, width: float = WIDTH, height: float = HEIGHT
) -> tuple["Figure", np.ndarray]:
    """A figure and its axes, an object array (rows, columns); the size is that of one pair."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(
        figsize=(width * columns, height * rows), dpi=DOTS_PER_INCH, layout="constrained"
    )
    return figure, figure.subplots(rows, columns, squeeze=False)


def single_axes(*, width: float = WIDTH, height: float = HEIGHT) -> tuple["Figure", "Axes"]:
    """A figure with one pair of axes."""
    figure, axes = new_figure(width=width, height=height)
    return figure, axes[0, 0]


def label_axes(axes: "Axes", *, x: str, y: str, title: str = "") -> None:
    """Labels (with their units), a quiet grid behind the data, no box around it."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title, fontsize="medium")
    axes.grid(True, color="#d9d9d9", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def line_style(index: int, *, markers: bool = False) -> dict[str, Any]:
    """Keyword arguments of `Axes.plot` for the line of that number; `markers`: few, real points."""
    kind = index % len(COLORS)
    dashes = DASHES[(index + index // len(COLORS)) % len(DASHES)]  # the eighth is not the first
    style: dict[str, Any] = {"color": COLORS[kind], "linestyle": dashes, "linewidth": 1.6}
    return style | {"marker": MARKERS[kind], "markersize": 4.5} if markers else style


def ordered_colors(count: int) -> list[tuple[float, ...]]:
    """Colours for an ordered family of lines, from dark to light; in grey they keep their order."""
    from matplotlib import colormaps  # noqa: PLC0415

    return [tuple(color) for color in colormaps["viridis"](np.linspace(0.0, 0.88, count))]


def reference_line(axes: "Axes", *, x: float | None = None, y: float | None = None) -> None:
    """A thin line across the axes at one value of `x`, or of `y`."""
    style: dict[str, Any] = {"color": MUTED, "linestyle": (0, (4, 3)), "linewidth": 0.9}
    if x is not None:
        axes.axvline(x, **style)
    if y is not None:
        axes.axhline(y, **style)


def annotate(axes: "Axes", text: str, *, y: float) -> None:
    """A small text at the right, just above `y`."""
    axes.annotate(
        text,
        xy=(1, y),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize="small",
        color=MUTED,
    )


def integer_ticks(axes: "Axes") -> None:
    """Ticks of the x axis at whole numbers only: there is no epoch 2.5."""
    axes.locator_params(axis="x", integer=True)


def check_series(name: str, values: Any) -> np.ndarray:
    """`values` as a float array (points,), or `InputError`: at least one finite number."""
    series = np.asarray(values)
    if series.ndim != 1 or series.dtype.kind not in "buif" or not np.isfinite(series).any():
        raise InputError(
            f"{name} must be a sequence of numbers with a finite one among them, got "
            f"{series.dtype} of shape {series.shape}: give one number a point."
        )
    return series.astype(np.float64)
