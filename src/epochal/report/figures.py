"""A chart of the report with its title and caption, and the chart of the headline score."""

from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from epochal.report import svg
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK
from epochal.scoring.formatting import capitalised, score_text, tick_text
from epochal.translation import translate


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A chart with its title, caption and legend.

    Parameters
    ----------
    name : str
        Its id on the page.
    title, caption : str
        The caption says how to read it.
    drawing : Markup
        The `<svg>` element.
    legend : tuple of (str, str)
        The CSS class of a mark and its meaning.
    """

    name: str
    title: str
    caption: str
    drawing: Markup
    legend: tuple[tuple[str, str], ...] = ()


def score_figure(score: Score) -> Figure:
    """Draw a score with its confidence interval, the network above the baselines."""
    rows = [(NETWORK, score.network), *score.baselines.items()]
    shown = [(name, s) for name, s in rows if np.isfinite(s.value)]
    spans = svg.widest([[s.value, s.low, s.high] for _, s in shown])
    height = 46 + 30 * len(shown)
    plot = svg.frame(spans, [0, 1], x_label=score.title, y_label="", height=height)
    plot = replace(plot, x=replace(_widened(plot.x), start=128, end=338))
    marks = []
    for index, (name, s) in enumerate(shown):
        y = 20 + 30 * index
        css = "network" if name == NETWORK else "baseline"
        x, low, high = (float(v) for v in plot.x([s.value, s.low, s.high]))
        words = translate(name)
        label = svg.shorten(words, 20)
        marks.append(svg.text(118, y + 4, label, f"row {css}", anchor="end", full=words))
        if np.isfinite(low) and np.isfinite(high):
            marks.append(svg.line(low, y, high, y, f"interval {css}"))
        marks.append(
            Markup('<circle class="point {}" cx="{:.1f}" cy="{:.1f}" r="5"/>').format(css, x, y)
        )
        value = score_text(s.value, score.percent)
        marks.append(svg.text(348, y + 4, value, f"row {css}"))
    return Figure(
        name="headline",
        title=translate("{score} on the test rows", score=capitalised(score.title)),
        caption=translate(
            "Points are scores on the test rows, bars 95% bootstrap confidence intervals. Higher "
            "is better."
        )
        if score.higher_is_better
        else translate(
            "Points are scores on the test rows, bars 95% bootstrap confidence intervals. Lower "
            "is better."
        ),
        drawing=_rows_only(plot, marks, score),
    )


def _widened(scale: svg.Scale) -> svg.Scale:
    margin = 0.04 * (scale.high - scale.low)
    return replace(scale, low=scale.low - margin, high=scale.high + margin)


def _rows_only(plot: svg.Frame, marks: list[Markup], score: Score) -> Markup:
    """The chart with a horizontal axis only: its rows are named."""
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
            opening.format(
                plot.width,
                plot.height,
                translate("{score} beside the baselines", score=translate(score.name)),
            ),
            *axis,
            *marks,
            Markup("</svg>"),
        ]
    )
