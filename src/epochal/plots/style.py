"""The common style of all plots: sizes, labels, and lines that can be told apart without colour.

The only file that imports matplotlib, and only when a figure is created: the import takes a third
of a second, which `epochal --help` does not need. Figures are created by matplotlib's classes, not
by pyplot, so that there is no global state. A notebook with `%matplotlib inline` displays a figure;
`figure.savefig(path)` writes it.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from epochal.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 6.4, 3.8  # inches per axes: a column of text, or half a slide
DOTS_PER_INCH = 120
MUTED = "#6b6b6b"  # reference lines and annotations

# Lines differ in dashes and lightness as well as in colour, so that they can be told apart in
# greyscale. The colours are those of Okabe and Ito (2008), for colour-blind readers.
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
    """A figure and its axes, an object array (rows, columns); `width` and `height` are per axes."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(
        figsize=(width * columns, height * rows), dpi=DOTS_PER_INCH, layout="constrained"
    )
    return figure, figure.subplots(rows, columns, squeeze=False)


def single_axes(*, width: float = WIDTH, height: float = HEIGHT) -> tuple["Figure", "Axes"]:
    """A figure with a single axes."""
    figure, axes = new_figure(width=width, height=height)
    return figure, axes[0, 0]


def label_axes(axes: "Axes", *, x: str, y: str, title: str = "") -> None:
    """Set the labels and the title, and draw a light grid and no box."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title, fontsize="medium")
    axes.grid(True, color="#d9d9d9", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def line_style(index: int, *, markers: bool = False) -> dict[str, Any]:
    """Keyword arguments of `Axes.plot` for one line of several; `markers`: mark its points."""
    kind = index % len(COLORS)
    dashes = DASHES[
        (index + index // len(COLORS)) % len(DASHES)
    ]  # the eighth line differs from the first
    style: dict[str, Any] = {"color": COLORS[kind], "linestyle": dashes, "linewidth": 1.6}
    return style | {"marker": MARKERS[kind], "markersize": 4.5} if markers else style


def ordered_colors(count: int) -> list[tuple[float, ...]]:
    """Colours for an ordered family of lines, from dark to light, also in greyscale."""
    from matplotlib import colormaps  # noqa: PLC0415

    return [tuple(color) for color in colormaps["viridis"](np.linspace(0.0, 0.88, count))]


def reference_line(axes: "Axes", *, x: float | None = None, y: float | None = None) -> None:
    """Draw a thin line across the axes at one value of `x`, of `y`, or of both."""
    style: dict[str, Any] = {"color": MUTED, "linestyle": (0, (4, 3)), "linewidth": 0.9}
    if x is not None:
        axes.axvline(x, **style)
    if y is not None:
        axes.axhline(y, **style)


def annotate(axes: "Axes", text: str, *, y: float) -> None:
    """Write a small text at the right edge, just above `y`."""
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
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
    )


def integer_ticks(axes: "Axes") -> None:
    """Put the ticks of the x axis at whole numbers only, as for epochs."""
    axes.locator_params(axis="x", integer=True)


def check_series(name: str, values: Any) -> np.ndarray:
    """`values` as float64 of shape (points,); `InputError` where none of them is finite."""
    series = np.asarray(values)
    if series.ndim != 1 or series.dtype.kind not in "buif" or not np.isfinite(series).any():
        raise InputError(
            f"{name} must be a sequence of numbers with at least one that is finite, got "
            f"{series.dtype} of shape {series.shape}: give one number per point."
        )
    return series.astype(np.float64)
