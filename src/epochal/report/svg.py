"""Small SVG charts: a frame with two scales, and marks drawn in it.

Charts have no colours of their own, only CSS classes, so that the page's style sheet decides for
light, dark and print; each text is escaped where it is inserted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from epochal.scoring.formatting import linear_ticks, log_ticks, tick_text

MOST_POINTS = 400
"""A line or scatter plot is thinned to as many points: more cannot be seen at this size."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A linear or logarithmic map from data to pixels.

    Parameters
    ----------
    low, high : float
        The ends of the data; positive where `log`.
    start, end : float
        Their pixels.
    log : bool
        True for a logarithmic axis.
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Pixels of `values`; NaN where a value has none."""
        values = np.asarray(values, dtype=float)
        low, high = self.low, self.high
        if self.log:
            values = np.log10(np.where(values > 0, values, np.nan))
            low, high = np.log10(low), np.log10(high)
        return self.start + (values - low) / (high - low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> NDArray[np.float64]:
        """Round values on this axis."""
        if self.log and self.high / self.low >= 100:
            return log_ticks(self.low, self.high)
        return linear_ticks(self.low, self.high, count)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The drawing's size, its two scales and their labels.

    Parameters
    ----------
    x, y : Scale
        `y.start` is below `y.end`, as pixels count downwards.
    width, height : float
        The view box in pixels.
    x_label, y_label : str
        Labels of the axes; escaped.
    """

    x: Scale
    y: Scale
    x_label: str
    y_label: str
    width: float = 400
    height: float = 250


def frame(
    x_values: ArrayLike,
    y_values: ArrayLike,
    *,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    height: float = 250,
) -> Frame:
    """A frame that holds all finite values, with a small margin above and below."""
    margin = {"left": 60, "right": 14, "top": 14, "bottom": 42}
    width = 400
    x_low, x_high = ends(x_values, log_x)
    y_low, y_high = ends(y_values, log_y)
    margin_y = 0.04
    if log_y:
        ratio = (y_high / y_low) ** margin_y
        y_low, y_high = y_low / ratio, y_high * ratio
    else:
        pad = margin_y * (y_high - y_low)
        y_low, y_high = y_low - (pad if y_low != 0 else 0), y_high + pad
    return Frame(
        x=Scale(
            low=x_low, high=x_high, start=margin["left"], end=width - margin["right"], log=log_x
        ),
        y=Scale(
            low=y_low, high=y_high, start=height - margin["bottom"], end=margin["top"], log=log_y
        ),
        x_label=x_label,
        y_label=y_label,
        width=width,
        height=height,
    )


def ends(values: ArrayLike, log: bool) -> tuple[float, float]:
    """Lowest and highest finite value, never equal: a constant gets a margin on each side."""
    flat = np.asarray(values, dtype=float).ravel()
    known = flat[np.isfinite(flat) & ((flat > 0) | (not log))]
    if not known.size:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    if log:
        return low / 2, high * 2
    margin = 0.5 * abs(low) or 0.5
    return low - margin, high + margin


def draw(plot: Frame, marks: Iterable[Markup], *, title: str, whole_x: bool = False) -> Markup:
    """The chart as one `<svg>` element.

    Parameters
    ----------
    plot : Frame
        Size, scales and labels.
    marks : iterable of Markup
        Drawn in this order, later ones on top.
    title : str
        The chart's title for screen readers; escaped.
    whole_x : bool
        True puts ticks at whole numbers only.
    """
    x_ticks = plot.x.ticks()
    if whole_x:
        x_ticks = x_ticks[x_ticks == np.round(x_ticks)]
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">').format(
            plot.width, plot.height, title
        ),
        *_grid(plot, x_ticks, plot.y.ticks(6)),
        *marks,
        text(
            (plot.x.start + plot.x.end) / 2,
            plot.height - 6,
            shorten(plot.x_label, 44),
            "axis",
            anchor="middle",
        ),
        upright_text(12, (plot.y.start + plot.y.end) / 2, plot.y_label),
        Markup("</svg>"),
    ]
    return Markup("\n").join(parts)


def _grid(plot: Frame, x_ticks: NDArray[np.float64], y_ticks: NDArray[np.float64]) -> list[Markup]:
    parts = []
    for value, y in zip(y_ticks, plot.y(y_ticks), strict=True):
        parts.append(line(plot.x.start, y, plot.x.end, y, "grid"))
        parts.append(text(plot.x.start - 6, y + 3.5, tick_text(value), "tick", anchor="end"))
    for value, x in zip(x_ticks, plot.x(x_ticks), strict=True):
        parts.append(line(x, plot.y.start, x, plot.y.start + 4, "tickmark"))
        parts.append(text(x, plot.y.start + 16, tick_text(value), "tick", anchor="middle"))
    parts.append(line(plot.x.start, plot.y.start, plot.x.end, plot.y.start, "base"))
    return parts


def line(x0: float, y0: float, x1: float, y1: float, css: str) -> Markup:
    """A straight line, in pixels."""
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        css, x0, y0, x1, y1
    )


def text(
    x: float, y: float, words: str, css: str, *, anchor: str = "start", full: str = ""
) -> Markup:
    """A text, in pixels; `full` is shown as a tooltip."""
    hint = Markup("<title>{}</title>").format(full) if full else Markup("")
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}{}</text>').format(
        css, x, y, anchor, hint, words
    )


def upright_text(x: float, y: float, words: str) -> Markup:
    """The label of a vertical axis, centred, in pixels."""
    return Markup(
        '<text class="axis" text-anchor="middle" transform="translate({:g} {:g}) rotate(-90)">'
        "{}</text>"
    ).format(x, round(y, 1), shorten(words, 40))


def rectangle(
    x: float, y: float, width: float, height: float, css: str, *, opacity: float | None = None
) -> Markup:
    """A filled rectangle, in pixels."""
    shade = "" if opacity is None else Markup(' fill-opacity="{:.3f}"').format(opacity)
    return Markup(
        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"{}/>'
    ).format(css, x, y, max(width, 0.0), max(height, 0.0), shade)


def curve(plot: Frame, xs: ArrayLike, ys: ArrayLike, css: str) -> Markup:
    """A line through points in data coordinates; broken where a value is not finite."""
    xs, ys = thin(np.asarray(xs, dtype=float), np.asarray(ys, dtype=float))
    px, py = plot.x(xs), plot.y(ys)
    finite = np.isfinite(px) & np.isfinite(py)
    steps, pen_up = [], True
    for x, y, good in zip(px, py, finite, strict=True):
        if good:
            steps.append(f"{'M' if pen_up else 'L'}{x:.1f} {y:.1f}")
        pen_up = not good
    if len(steps) == 1:
        # A single epoch makes no line: draw a point.
        return dots(plot, xs[finite], ys[finite], css + " dot", radius=3.5)
    return Markup('<path class="{}" fill="none" d="{}"/>').format(css, "".join(steps))


def band(plot: Frame, xs: NDArray, low: NDArray, high: NDArray) -> Markup:
    """The area between two lines, in data coordinates."""
    there = zip(plot.x(xs), plot.y(high), strict=True)
    back = zip(plot.x(xs[::-1]), plot.y(low[::-1]), strict=True)
    corners = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*there, *back])
    return Markup('<path class="band" d="M{}Z"/>').format(corners)


def dots(plot: Frame, xs: ArrayLike, ys: ArrayLike, css: str, *, radius: float = 2.4) -> Markup:
    """A circle at each finite point in data coordinates."""
    px, py = plot.x(xs), plot.y(ys)
    finite = np.isfinite(px) & np.isfinite(py)
    return Markup("").join(
        Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:g}"/>').format(css, x, y, radius)
        for x, y in zip(px[finite], py[finite], strict=True)
    )


def thin(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[NDArray, NDArray]:
    """At most `MOST_POINTS` of the points, evenly spaced, with the first and the last."""
    if len(xs) <= MOST_POINTS:
        return xs, ys
    kept = np.unique(np.linspace(0, len(xs) - 1, MOST_POINTS).round().astype(int))
    return xs[kept], ys[kept]


def shorten(words: str, most: int) -> str:
    """`words`, cut with an ellipsis where it is wider than `most` Latin characters.

    A wide character, such as Hangul, takes the room of two.

    Examples
    --------
    >>> shorten("education", 6), shorten("교육 수준", 6)
    ('educa…', '교육 …')
    """
    if _width(words) <= most:
        return words
    kept = words[:most]
    while _width(kept) >= most:
        kept = kept[:-1]
    return f"{kept}…"


def _width(words: str) -> int:
    return sum(2 if east_asian_width(each) in "WF" else 1 for each in words)


def widest(values: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """All values in one array, for the ends of an axis."""
    return np.concatenate([np.asarray(v, dtype=float).ravel() for v in values])
