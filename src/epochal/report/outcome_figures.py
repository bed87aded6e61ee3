"""Charts of truth and prediction on the test rows: calibration, residuals, confusion."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from epochal.report import svg
from epochal.report.confusion import confusion_figure, label_figure
from epochal.report.content import ClassOutcome, LabelOutcome, ValueOutcome
from epochal.report.decision_figures import decision_figures
from epochal.report.figures import Figure
from epochal.scoring.calibration_curve import NORMAL_95, calibration_curve
from epochal.scoring.formatting import score_text
from epochal.translation import translate

MOST_TARGETS = 4
"""Targets of a regression that get figures."""

MOST_SCATTERED = 1000
"""Points of a scatter plot; of more rows, an even selection is drawn."""


def outcome_figures(outcome: ClassOutcome | LabelOutcome | ValueOutcome) -> list[Figure]:
    """Draw the charts that suit the kind of outcome."""
    if isinstance(outcome, LabelOutcome):
        calibration = calibration_figure(
            outcome.probabilities.ravel(),
            outcome.truth.ravel() == 1,
            translate("probability of a label"),
        )
        return [label_figure(outcome), calibration]
    if isinstance(outcome, ClassOutcome):
        pictures = [confusion_figure(outcome), _class_calibration(outcome)]
        return pictures + (decision_figures(outcome) if len(outcome.classes) == 2 else [])
    figures = []
    for index, name in enumerate(outcome.names[:MOST_TARGETS]):
        truth, predicted = outcome.truth[:, index], outcome.predicted[:, index]
        finite = np.isfinite(truth) & np.isfinite(predicted)
        if finite.any():
            for draw in (truth_figure, residual_figure):
                figure = draw(name, truth[finite], predicted[finite])
                # Ids are unique on a page.
                figures.append(replace(figure, name=figure.name + (f"-{index + 1}" * (index > 0))))
    return figures


def _class_calibration(outcome: ClassOutcome) -> Figure:
    if len(outcome.classes) == 2:
        return calibration_figure(
            outcome.probabilities[:, 1],
            outcome.truth == 1,
            translate("probability of “{name}”", name=outcome.classes[1]),
        )
    chosen = outcome.probabilities.argmax(axis=1)
    return calibration_figure(
        outcome.probabilities.max(axis=1),
        chosen == outcome.truth,
        translate("probability of the predicted class"),
    )


def calibration_figure(probabilities: ArrayLike, happened: ArrayLike, what: str) -> Figure:
    """Draw predicted probabilities against observed frequencies."""
    bins = calibration_curve(probabilities, happened)
    plot = svg.frame([0, 1], [0, 1], x_label=what, y_label=translate("observed frequency"))
    marks = [svg.line(*_diagonal(plot, 0.0, 1.0), "ideal")]
    columns = zip(plot.x(bins.predicted), plot.y(bins.low), plot.y(bins.high), strict=True)
    marks += [svg.line(x, low, x, high, "whisker") for x, low, high in columns]
    marks.append(svg.curve(plot, bins.predicted, bins.observed, "series first thin"))
    marks.append(svg.dots(plot, bins.predicted, bins.observed, "point network", radius=4))
    return Figure(
        name="calibration",
        title=translate("Calibration of the probabilities"),
        caption=translate(
            "On the dashed line, events predicted with 70% happen in 70% of the cases. Expected "
            "calibration error {error}.",
            error=score_text(bins.error, True),
        ),
        drawing=svg.draw(plot, marks, title=translate("calibration curve")),
        legend=(
            ("point", translate("bins of equal size, 95% confidence interval")),
            ("ideal", translate("perfect")),
        ),
    )


def truth_figure(name: str, truth: NDArray, predicted: NDArray) -> Figure:
    """Draw truth against prediction, with the mean truth in bins by prediction."""
    low, high = svg.ends(svg.widest([truth, predicted]), False)
    plot = svg.frame(
        [low, high],
        [low, high],
        x_label=translate("predicted"),
        y_label=translate("true"),
        height=300,
    )
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
        title=translate("Calibration: true against predicted {name}", name=name),
        caption=translate("On the dashed line, predictions are right on average."),
        drawing=svg.draw(plot, marks, title=translate("true against predicted values")),
        legend=(
            ("cloud", translate("a row")),
            ("point", translate("mean of bins of equal size, 95% confidence interval")),
            ("ideal", translate("perfect")),
        ),
    )


def _grouped_truth(truth: NDArray, predicted: NDArray) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Mean prediction, mean truth and its interval in up to 10 bins by prediction."""
    order = np.argsort(predicted, kind="stable")
    bins = np.array_split(order, max(1, min(10, len(order) // 10)))
    middle = np.array([predicted[group].mean() for group in bins])
    mean = np.array([truth[group].mean() for group in bins])
    spread = NORMAL_95 * np.array([truth[g].std() / np.sqrt(len(g)) for g in bins])
    return middle, mean, mean - spread, mean + spread


def residual_figure(name: str, truth: NDArray, predicted: NDArray) -> Figure:
    """Draw a histogram of the residuals."""
    residuals = truth - predicted
    low, high = np.quantile(residuals, [0.005, 0.995])
    bins = min(30, max(14, len(residuals) // 12))
    counts, edges = np.histogram(np.clip(residuals, low, high), bins=bins)
    plot = svg.frame(
        edges,
        [0, *counts],
        x_label=translate("true − predicted"),
        y_label=translate("rows"),
        height=300,
    )
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
        title=translate("Residuals of {name}", name=name),
        caption=translate(
            "Half of the predictions are within {half} of the truth. The outermost 1% are in the "
            "first and last bar.",
            half=half,
        ),
        drawing=svg.draw(plot, marks, title=translate("histogram of residuals")),
        legend=(("marker", translate("no error")),),
    )


def _diagonal(plot: svg.Frame, low: float, high: float) -> tuple[float, float, float, float]:
    return float(plot.x(low)), float(plot.y(low)), float(plot.x(high)), float(plot.y(high))


def _evenly(values: NDArray) -> NDArray[np.integer]:
    """Indices of at most `MOST_SCATTERED` rows, evenly spaced by the rank of their values."""
    order = np.argsort(values, kind="stable")
    if len(order) <= MOST_SCATTERED:
        return order
    shown: np.ndarray = order[np.linspace(0, len(order) - 1, MOST_SCATTERED).round().astype(int)]
    return shown
