"""Charts of predicted distributions on the test rows: levels of the truth, coverage, widths."""

from collections.abc import Sequence

import numpy as np

from epochal.report import svg
from epochal.report.content import DistributionOutcome
from epochal.report.figures import Figure
from epochal.report.outcome_figures import MOST_TARGETS
from epochal.scoring.formatting import score_text
from epochal.scoring.pit import density_of_levels, frequency_below, frequency_inside, lean_of
from epochal.translation import translatable, translate

FEWEST = 20
"""Test rows, below which nothing is drawn."""

_BINS = 10
_LEANS = {
    "fits": translatable("They are, but for chance."),
    "too wide": translatable(
        "There are too many in the middle: the distributions are too wide. Standard deviations and "
        "intervals of predictions make up for it, by the rows left out."
    ),
    "too narrow": translatable(
        "There are too many at the ends: the distributions are too narrow. Standard deviations and "
        "intervals of predictions make up for it, by the rows left out."
    ),
    "low": translatable("There are too many on the right: the distributions are too low."),
    "high": translatable("There are too many on the left: the distributions are too high."),
}


def distribution_figures(outcomes: Sequence[DistributionOutcome]) -> list[Figure]:
    """Three charts for each target; none of too few rows."""
    figures = []
    for number, one in enumerate(outcomes[:MOST_TARGETS]):
        if len(one.levels) >= FEWEST:
            # Ids are unique on a page.
            end = f"-{number + 1}" * (number > 0)
            figures += [pit_figure(one, end), coverage_figure(one, end), sharpness_figure(one, end)]
    return figures


def pit_figure(one: DistributionOutcome, end: str = "") -> Figure:
    """Draw how many truths fall to which levels of their distributions."""
    found = density_of_levels(one.levels, _BINS)
    plot = svg.frame(
        [0, 1],
        [0, *found.observed, *found.high],
        x_label=translate("level of the truth in its distribution"),
        y_label=translate("density"),
    )
    tops, lefts = plot.y(found.observed), plot.x(found.at)
    width = float(plot.x(1 / _BINS) - plot.x(0.0))
    marks = [
        svg.rectangle(left + 0.5, top, width - 1, plot.y.start - top, "bar light")
        for left, top in zip(lefts, tops, strict=True)
    ]
    low, high, even = (float(plot.y(each)) for each in (found.low[0], found.high[0], 1.0))
    whole = plot.x.end - plot.x.start
    marks += [
        svg.rectangle(plot.x.start, high, whole, low - high, "band"),
        svg.line(plot.x.start, even, plot.x.end, even, "ideal"),
    ]
    said = translate(_LEANS[lean_of(one.levels)])
    return Figure(
        name=f"pit{end}",
        title=translate("Where the truth falls: {name}", name=one.name),
        caption=translate(
            "The levels of the truths (PIT) are evenly spread where the distributions hold. {said}",
            said=said,
        ),
        drawing=svg.draw(
            plot, marks, title=translate("histogram of the levels of the truth: {said}", said=said)
        ),
        legend=(
            ("band", translate("95% of bars, by chance")),
            ("ideal", translate("evenly spread")),
        ),
    )


def coverage_figure(one: DistributionOutcome, end: str = "") -> Figure:
    """Draw how many truths quantiles and intervals hold, over how many they should."""
    asked = np.linspace(0, 1, 101)
    inside, below = frequency_inside(one.levels, asked), frequency_below(one.levels, asked)
    plot = svg.frame(
        [0, 1],
        [0, 1],
        x_label=translate("level of the interval or quantile"),
        y_label=translate("observed frequency"),
    )
    bottom, top = (float(plot.y(end)) for end in (0.0, 1.0))
    marks = [
        svg.band(plot, asked, inside.low, inside.high),
        svg.line(plot.x.start, bottom, plot.x.end, top, "ideal"),
        svg.curve(plot, asked, below.observed, "series second"),
        svg.curve(plot, asked, inside.observed, "series first"),
    ]
    held = {
        str(level): score_text(float(inside.observed[level]), percent=True) for level in (50, 90)
    }
    words = translate(
        "intervals in the middle with 50% of the probability hold {half} of the truths, those with "
        "90% {most}",
        half=held["50"],
        most=held["90"],
    )
    return Figure(
        name=f"quantiles{end}",
        title=translate("Calibration of the distributions: {name}", name=one.name),
        caption=translate(
            "As the networks predict them, {words}. On the dashed line they hold as many as they "
            "say.",
            words=words,
        ),
        drawing=svg.draw(
            plot, marks, title=translate("observed frequency over level: {words}", words=words)
        ),
        legend=(
            ("first", translate("truths in the interval")),
            ("second", translate("truths below the quantile")),
            ("band", translate("95% of curves at a level, by chance")),
        ),
    )


def sharpness_figure(one: DistributionOutcome, end: str = "") -> Figure:
    """Draw how wide the distributions are."""
    values = one.deviations
    low, high = np.quantile(values, [0.005, 0.995])
    counts, edges = np.histogram(np.clip(values, low, high), bins=20)
    plot = svg.frame(
        edges,
        [0, *counts],
        x_label=translate("predicted standard deviation"),
        y_label=translate("rows"),
    )
    lefts, tops = plot.x(edges), plot.y(counts)
    marks = [
        svg.rectangle(left + 0.5, top, right - left - 1, plot.y.start - top, "bar")
        for left, right, top in zip(lefts[:-1], lefts[1:], tops, strict=True)
    ]
    mean = float(np.sqrt(np.mean(values**2)))
    x = float(plot.x(mean))
    if plot.x.start <= x <= plot.x.end:
        marks.append(svg.line(x, plot.y.start, x, plot.y.end, "marker"))
    words = translate(
        "root mean square {mean}, middle {middle}; the truth scatters by {scatter}",
        mean=score_text(mean),
        middle=score_text(float(np.median(values))),
        scatter=score_text(one.scatter),
    )
    return Figure(
        name=f"sharpness{end}",
        title=translate("Sharpness: {name}", name=one.name),
        caption=translate(
            "How wide the distributions are: {words}. Of distributions that hold, narrower ones "
            "say more.",
            words=words,
        ),
        drawing=svg.draw(
            plot,
            marks,
            title=translate("histogram of predicted standard deviations: {words}", words=words),
        ),
        legend=(("marker", translate("root mean square")),),
    )
