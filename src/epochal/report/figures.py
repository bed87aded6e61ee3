"""The charts of the report: each takes plain values and gives a `Figure`."""

from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from epochal.report import svg
from epochal.report.calibration import NORMAL_95, reliability
from epochal.report.content import RangeTest
from epochal.scoring import Score
from epochal.scoring.formatting import score_text, tick_text

MOST_SCATTERED = 1000
"""Points of a scatter plot; of more rows, an even choice is drawn."""


SHORT_NAMES = {"root_mean_squared_error": "RMSE", "mae": "MAE", "mse": "MSE", "auc": "AUC"}
"""Keras' names of metrics that people know by another."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its words.

    Parameters
    ----------
    name : str
        Its id on the page.
    title, caption : str
        What it shows, and how to read it.
    drawing : Markup
        The `<svg>` element.
    legend : tuple of (str, str)
        The class name of a mark and what it stands for.
    """

    name: str
    title: str
    caption: str
    drawing: Markup
    legend: tuple[tuple[str, str], ...] = ()


def score_figure(score: Score) -> Figure:
    """The headline score with its interval, the network above its baselines."""
    rows = [("network", score.network), *score.baselines.items()]
    shown = [(name, s) for name, s in rows if np.isfinite(s.value)]
    spans = svg.widest([[s.value, s.low, s.high] for _, s in shown])
    height = 46 + 30 * len(shown)
    plot = svg.frame(spans, [0, 1], x_label=score.name, y_label="", height=height)
    plot = replace(plot, x=replace(_with_room(plot.x), start=128, end=338))
    marks = []
    for index, (name, s) in enumerate(shown):
        y = 20 + 30 * index
        css = "network" if name == "network" else "baseline"
        x, low, high = (float(v) for v in plot.x([s.value, s.low, s.high]))
        label = svg.shorten(name, 20)
        marks.append(svg.text(118, y + 4, label, f"row {css}", anchor="end", full=name))
        if np.isfinite(low) and np.isfinite(high):
            marks.append(svg.line(low, y, high, y, f"interval {css}"))
        marks.append(
            Markup('<circle class="point {}" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(css, x, y)
        )
        value = score_text(s.value, score.percent)
        marks.append(svg.text(348, y + 4, value, f"row {css}"))
    return Figure(
        name="headline",
        title=f"{score.name[:1].upper()}{score.name[1:]} on the test part",
        caption=(
            "The point is the score on the test part, the bar its 95% bootstrap interval. "
            + ("Further right is better." if score.higher_is_better else "Further left is better.")
        ),
        drawing=_rows_only(plot, marks, score),
    )


def _with_room(scale: svg.Scale) -> svg.Scale:
    room = 0.04 * (scale.high - scale.low)
    return replace(scale, low=scale.low - room, high=scale.high + room)


def _rows_only(plot: svg.Frame, marks: list[Markup], score: Score) -> Markup:
    """A chart with a horizontal axis alone: its rows carry names instead of values."""
    bottom = plot.height - 26
    ticks = plot.x.ticks(4)
    axis = [svg.line(plot.x.start, bottom, plot.x.end, bottom, "base")]
    for value, x in zip(ticks, plot.x(ticks), strict=True):
        label = f"{100 * value:g}%" if score.percent else tick_text(value)
        axis.append(svg.line(x, 8, x, bottom, "grid"))
        axis.append(svg.text(x, bottom + 16, label, "tick", anchor="middle"))
    opening = Markup('<svg class="chart" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">')
    return Markup("\n").join(
        [
            opening.format(plot.width, plot.height, f"{score.name} beside the baselines"),
            *axis,
            *marks,
            Markup("</svg>"),
        ]
    )


def history_figures(history: dict[str, list[float]], best_epoch: int | None) -> list[Figure]:
    """One chart for the loss and one for each metric, training beside validation."""
    names = [name for name in history if not name.startswith("val_") and name != "learning_rate"]
    names.sort(key=lambda name: name != "loss")
    return [
        _history_figure(name, history[name], history.get(f"val_{name}"), best_epoch)
        for name in names
    ]


def _history_figure(
    name: str, training: list[float], validation: list[float] | None, best_epoch: int | None
) -> Figure:
    epochs = np.arange(1, len(training) + 1)
    words = SHORT_NAMES.get(name, name.replace("_", " "))
    plot = svg.frame(
        epochs, svg.widest([training, validation or []]), x_label="epoch", y_label=words
    )
    marks, legend = [], []
    if best_epoch is not None:
        x = float(plot.x(best_epoch + 1))
        marks.append(svg.line(x, plot.y.start, x, plot.y.end, "marker"))
        legend.append(("marker", f"epoch {best_epoch + 1}, kept"))
    marks.append(svg.curve(plot, epochs, training, "series second"))
    legend.insert(0, ("second", "training"))
    if validation is not None:
        marks.append(svg.curve(plot, epochs[: len(validation)], validation, "series first"))
        legend.insert(1, ("first", "validation"))
    return Figure(
        name=f"history-{name}",
        title=f"{words[:1].upper()}{words[1:]} by epoch",
        caption="",
        drawing=svg.draw(plot, marks, title=f"{words} by epoch", whole_x=True),
        legend=tuple(legend),
    )


def penalty_figure(penalty: ArrayLike, losses: ArrayLike | None) -> Figure:
    """What the weights' penalties add to the loss, beside the validation loss without it."""
    added = np.asarray(penalty, dtype=float)
    epochs = np.arange(1, len(added) + 1)
    data = None if losses is None else np.asarray(losses, dtype=float) - added
    plot = svg.frame(
        epochs,
        svg.widest([added, [] if data is None else data, [0.0]]),
        x_label="epoch",
        y_label="loss",
    )
    marks = [svg.curve(plot, epochs, added, "series second")]
    legend = [("second", "penalty of the weights")]
    if data is not None:
        marks.append(svg.curve(plot, epochs, data, "series first"))
        legend.append(("first", "validation loss without it"))
    return Figure(
        name="penalty",
        title="Penalty by epoch",
        caption="The validation loss above is the sum of both.",
        drawing=svg.draw(plot, marks, title="penalty by epoch", whole_x=True),
        legend=tuple(legend),
    )


def rate_figure(learning_rates: ArrayLike) -> Figure:
    """The learning rate of every step."""
    rates = np.asarray(learning_rates, dtype=float)
    steps = np.arange(1, len(rates) + 1)
    plot = svg.frame(steps, svg.widest([rates, [0.0]]), x_label="step", y_label="learning rate")
    return Figure(
        name="rate",
        title="Learning rate by step",
        caption=f"Peak {score_text(float(np.max(rates)))}.",
        drawing=svg.draw(
            plot, [svg.curve(plot, steps, rates, "series first")], title="learning rate by step"
        ),
    )


def range_figure(test: RangeTest) -> Figure:
    """The range test: loss against a rising rate, with the rate that was chosen."""
    losses = np.asarray(test.losses, dtype=float)
    finite = losses[np.isfinite(losses)]
    # A loss that runs away would flatten everything before it.
    top = float(finite.min() + 4 * (finite[0] - finite.min() or 1.0)) if finite.size else 1.0
    shown = np.where(losses <= max(top, float(finite[0]) * 1.2), losses, np.nan)
    plot = svg.frame(
        test.learning_rates, shown, x_label="learning rate", y_label="loss", log_x=True
    )
    begin, peak = plot.x([test.suggestion, test.peak])
    marks = [
        svg.line(begin, plot.y.start, begin, plot.y.end, "marker"),
        svg.line(peak, plot.y.start, peak, plot.y.end, "ideal"),
        svg.curve(plot, test.learning_rates, shown, "series first"),
    ]
    return Figure(
        name="range-test",
        title="How the learning rate was found",
        caption="The rate rises from step to step on a copy; the loss says how far it may.",
        drawing=svg.draw(plot, marks, title="loss against learning rate"),
        legend=(
            ("first", "loss, smoothed"),
            ("marker", f"falls fastest: {score_text(test.suggestion)}"),
            ("ideal", f"peak: {score_text(test.peak)}"),
        ),
    )


def calibration_figure(probabilities: ArrayLike, came_true: ArrayLike, what: str) -> Figure:
    """Promised against observed shares, with the diagonal of a perfect match."""
    bins = reliability(probabilities, came_true)
    plot = svg.frame([0, 1], [0, 1], x_label=what, y_label="share that came true")
    marks = [svg.line(*_diagonal(plot, 0.0, 1.0), "ideal")]
    columns = zip(plot.x(bins.promised), plot.y(bins.low), plot.y(bins.high), strict=True)
    marks += [svg.line(x, low, x, high, "whisker") for x, low, high in columns]
    marks.append(svg.curve(plot, bins.promised, bins.observed, "series first thin"))
    marks.append(svg.dots(plot, bins.promised, bins.observed, "point network", radius=4))
    return Figure(
        name="calibration",
        title="Calibration: are its probabilities true?",
        caption=(
            f"On the dashed line, what is called 70% happens in 70% of the cases. "
            f"Expected calibration error {score_text(bins.error, True)}."
        ),
        drawing=svg.draw(plot, marks, title="calibration curve"),
        legend=(("point", "equally many rows each, 95% interval"), ("ideal", "perfect")),
    )


def truth_figure(name: str, truth: NDArray, predicted: NDArray) -> Figure:
    """Truth against prediction, with the mean truth of each group of equal predictions."""
    low, high = svg.ends(svg.widest([truth, predicted]), False)
    plot = svg.frame([low, high], [low, high], x_label="predicted", y_label="true", height=300)
    kept = _evenly(predicted)
    middle, mean, below, above = _grouped_truth(truth, predicted)
    columns = zip(plot.x(middle), plot.y(below), plot.y(above), strict=True)
    marks = [
        svg.dots(plot, predicted[kept], truth[kept], "cloud"),
        svg.line(*_diagonal(plot, low, high), "ideal"),
        *[svg.line(x, a, x, b, "whisker") for x, a, b in columns],
        svg.dots(plot, middle, mean, "point network", radius=4),
    ]
    return Figure(
        name="calibration",
        title=f"Calibration: true against predicted {name}",
        caption="On the dashed line, predictions are right on average.",
        drawing=svg.draw(plot, marks, title="true against predicted values"),
        legend=(
            ("cloud", "a row"),
            ("point", "mean of equally many rows, 95% interval"),
            ("ideal", "perfect"),
        ),
    )


def _grouped_truth(truth: NDArray, predicted: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Mean prediction, mean truth and its interval in up to 10 groups by prediction."""
    order = np.argsort(predicted, kind="stable")
    groups = np.array_split(order, max(1, min(10, len(order) // 10)))
    middle = np.array([predicted[group].mean() for group in groups])
    mean = np.array([truth[group].mean() for group in groups])
    spread = NORMAL_95 * np.array([truth[g].std() / np.sqrt(len(g)) for g in groups])
    return middle, mean, mean - spread, mean + spread


def residual_figure(name: str, truth: NDArray, predicted: NDArray) -> Figure:
    """How far off the predictions are, as a histogram."""
    residuals = truth - predicted
    low, high = np.quantile(residuals, [0.005, 0.995])
    bins = min(30, max(14, len(residuals) // 12))
    counts, edges = np.histogram(np.clip(residuals, low, high), bins=bins)
    plot = svg.frame(edges, [0, *counts], x_label="true − predicted", y_label="rows", height=300)
    lefts, tops = plot.x(edges), plot.y(counts)
    marks = [
        svg.rectangle(left + 0.5, top, right - left - 1, plot.y.start - top, "bar")
        for left, right, top in zip(lefts[:-1], lefts[1:], tops, strict=True)
    ]
    x = float(plot.x(0.0))
    if plot.x.start <= x <= plot.x.end:
        marks.append(svg.line(x, plot.y.start, x, plot.y.end, "marker"))
    half = score_text(float(np.median(np.abs(residuals))))
    return Figure(
        name="residuals",
        title=f"Residuals of {name}",
        caption=f"Half of the predictions are within {half} of the truth. "
        "The outermost 1% stand in the first and last bar.",
        drawing=svg.draw(plot, marks, title="histogram of residuals"),
        legend=(("marker", "no error"),),
    )


def _diagonal(plot: svg.Frame, low: float, high: float) -> tuple[float, float, float, float]:
    return float(plot.x(low)), float(plot.y(low)), float(plot.x(high)), float(plot.y(high))


def _evenly(values: NDArray) -> NDArray[np.integer]:
    """Indices of at most `MOST_SCATTERED` rows, even over the order of their values."""
    order = np.argsort(values, kind="stable")
    if len(order) <= MOST_SCATTERED:
        return order
    shown: np.ndarray = order[np.linspace(0, len(order) - 1, MOST_SCATTERED).round().astype(int)]
    return shown
