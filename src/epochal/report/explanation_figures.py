"""The charts of the section on why: importances of columns, and partial dependence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from epochal.explanation.importances import Importances
from epochal.explanation.learning_curve import LearningCurve
from epochal.explanation.partial_dependence import PartialDependence
from epochal.report import svg
from epochal.report.explanation_content import TEST_ROWS, ExplanationContent
from epochal.report.figures import Figure
from epochal.scoring.formatting import capitalised, score_text, tick_text
from epochal.scoring.metrics import label_title
from epochal.translation import current_language, translate, translate_count
from epochal.translation.languages import ENGLISH

MOST_SHOWN = 20
"""Groups of columns in the chart; `run.json` has all."""

_LEFT, _RIGHT, _ROW = 172, 346, 26


def explanation_figures(content: ExplanationContent) -> list[Figure]:
    """The importances, then the partial dependence on the first columns."""
    importances = content.importances
    figures = []
    if importances is not None and importances.groups:
        figures.append(importance_figure(importances, content.where))
    figures += [
        dependence_figure(one, content.outputs[one.output], number)
        for number, one in enumerate(content.dependences)
    ]
    curve = content.learning_curve
    return figures if curve is None else [*figures, curve_figure(curve)]


def importance_figure(importances: Importances, where: str = TEST_ROWS) -> Figure:
    """Draw how much worse the score is with each column shuffled, with its interval."""
    factor = 100 if importances.percent else 1
    worse = (
        translate("worse by, percentage points") if importances.percent else translate("worse by")
    )
    rows = [
        _Row(
            name=group.name,
            spans=factor
            * np.array([getattr(group.importance, at) for at in ("value", "low", "high")]),
            css="network" if group.is_told else "baseline",
            shown=_amount(group.importance.value, importances.percent),
        )
        for group in importances.groups[:MOST_SHOWN]
    ]
    return Figure(
        name="importances",
        title=translate("What the {score} rests on", score=label_title(importances.score)),
        caption=_caption(importances, where),
        drawing=_draw_rows(rows, worse, translate("importance of columns"), zero=True),
        legend=(
            ("point", translate("its interval is above 0")),
            ("point hollow", translate("it cannot be told from 0")),
        ),
    )


def _amount(value: float, percent: bool) -> str:
    """In percentage points where the score is a percentage."""
    return score_text(value, percent).removesuffix("%")


def _caption(importances: Importances, where: str) -> str:
    words = [
        translate(
            "How much worse the {score} is where the values of a column are shuffled among "
            "{rows:,} {where} ({times}), with 95% bootstrap confidence intervals.",
            score=label_title(importances.score),
            rows=importances.rows,
            where=translate(where),
            times=translate_count("once", "{count} times", importances.repeats),
        )
    ]
    if any(len(group.columns) > 1 for group in importances.groups):
        words.append(translate("Columns that tell nearly the same are shuffled together."))
    more = len(importances.groups) - MOST_SHOWN
    if more > 0:
        words.append(translate("{count:,} more are in run.json.", count=more))
    if importances.not_measured:
        words.append(
            translate_count(
                "{count:,} column on which predictions seem to rest least was not measured.",
                "{count:,} columns on which predictions seem to rest least were not measured.",
                len(importances.not_measured),
            )
        )
    return " ".join(words)


def dependence_figure(found: PartialDependence, output: str, number: int = 0) -> Figure:
    """Draw the mean prediction over the values of a column."""
    at = found.output
    mean, low, high = (part[:, at] for part in (found.mean, found.low, found.high))
    # English begins a title with a capital; elsewhere the first word may be a name of the data.
    first = capitalised(output) if current_language() == ENGLISH else output
    title = translate("{output} by {column}", output=first, column=found.column)
    mean_by = translate("mean {output}, by {column}", output=output, column=found.column)
    means, spread = translate("mean"), translate("the middle 80% of the rows")
    told = ", ".join(
        f"{value if isinstance(value, str) else tick_text(value)}: {score_text(float(m))}"
        for value, m in zip(found.values, mean, strict=True)
    )
    if isinstance(found.values[0], str):
        rows = [
            _Row(
                name=str(value),
                spans=np.array([m, a, b]),
                css="network",
                shown=score_text(float(m)),
            )
            for value, m, a, b in zip(found.values, mean, low, high, strict=True)
        ]
        drawing = _draw_rows(rows, output, mean_by)
        legend = (("point", means), ("whisker", spread))
    else:
        values = np.array(found.values, float)
        plot = svg.frame(
            values, svg.widest([mean, low, high]), x_label=_axis(found), y_label=output
        )
        marks = [svg.band(plot, values, low, high), svg.curve(plot, values, mean, "series first")]
        drawing = svg.draw(plot, marks, title=f"{mean_by}: {told}")
        legend = (("first", means), ("band", spread))
    return Figure(
        name=f"dependence-{number}",
        title=title,
        caption=translate("Each row is predicted with each of these values in place of its own."),
        drawing=drawing,
        legend=legend,
    )


def curve_figure(curve: LearningCurve) -> Figure:
    """Draw the score over the number of training rows."""
    rows = np.array(curve.rows, float)
    ends = np.array([[one.value, one.low, one.high] for one in curve.scores]).T
    value, low, high = (100 if curve.percent else 1) * ends
    unit = ", %" if curve.percent else ""
    plot = svg.frame(
        rows,
        svg.widest([value, low, high]),
        x_label=translate("training rows"),
        y_label=f"{curve.title}{unit}",
        log_x=True,
    )
    told = ", ".join(
        translate("{rows:,} rows: {score}", rows=count, score=score_text(one.value, curve.percent))
        for count, one in zip(curve.rows, curve.scores, strict=True)
    )
    known = np.isfinite(low) & np.isfinite(high)
    marks = [svg.band(plot, rows[known], low[known], high[known])] if known.any() else []
    marks += [
        svg.curve(plot, rows, value, "series first"),
        svg.dots(plot, rows, value, "point network"),
    ]
    return Figure(
        name="learning-curve",
        title=translate("Would more rows help?"),
        caption=f"{capitalised(curve.sentence)}. {_how_made(curve)}",
        drawing=svg.draw(
            plot,
            marks,
            title=translate("{score} over training rows: {points}", score=curve.title, points=told),
        ),
        legend=(("first", translate("score")), ("band", translate("95% confidence interval"))),
    )


def _how_made(curve: LearningCurve) -> str:
    if curve.higher_is_better:
        return translate(
            "Each point is the same training on a part of the training rows, scored on the same "
            "test rows; higher is better."
        )
    return translate(
        "Each point is the same training on a part of the training rows, scored on the same test "
        "rows; lower is better."
    )


def _axis(found: PartialDependence) -> str:
    if found.kind != "date":
        return found.column
    return translate("{column} (year)", column=found.column)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Row:
    """A named row of a chart: a value and the ends of a line through it."""

    name: str
    spans: NDArray[np.float64]
    css: str
    shown: str


def _draw_rows(rows: Sequence[_Row], x_label: str, title: str, *, zero: bool = False) -> Markup:
    """A point and a line for each row, and its value; `zero`: 0 is on the axis, and marked."""
    spans: list[ArrayLike] = [row.spans for row in rows]
    height = 52 + _ROW * len(rows)
    ends = svg.widest([*spans, [0.0]] if zero else spans)
    plot = svg.frame(ends, [0, 1], x_label=x_label, y_label="", height=height)
    margin = 0.04 * (plot.x.high - plot.x.low)
    scale = replace(
        plot.x, low=plot.x.low - margin, high=plot.x.high + margin, start=_LEFT, end=_RIGHT
    )
    told = ", ".join(f"{row.name} {row.shown}" for row in rows)
    opening = Markup('<svg class="chart" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">')
    parts = [opening.format(plot.width, height, f"{title}: {told}"), *_axis_of(scale, height)]
    if zero:
        x = float(scale(0.0))
        parts.append(svg.line(x, 8, x, height - 42, "marker"))
    for number, row in enumerate(rows):
        parts += _marks(row, scale, 20 + _ROW * number)
    middle = (scale.start + scale.end) / 2
    parts.append(svg.text(middle, height - 6, svg.shorten(x_label, 44), "axis", anchor="middle"))
    return Markup("\n").join([*parts, Markup("</svg>")])


def _marks(row: _Row, scale: svg.Scale, y: float) -> list[Markup]:
    label = svg.shorten(row.name, 23)
    marks = [svg.text(_LEFT - 8, y + 4, label, f"row {row.css}", anchor="end", full=row.name)]
    x, low, high = (float(v) for v in scale(row.spans))
    if np.isfinite(low) and np.isfinite(high):
        marks.append(svg.line(low, y, high, y, f"interval {row.css}"))
    if np.isfinite(x):
        circle = Markup('<circle class="point {}" cx="{:.1f}" cy="{:.1f}" r="4.5"/>')
        marks.append(circle.format(row.css, x, y))
    return [*marks, svg.text(_RIGHT + 8, y + 4, row.shown, f"row {row.css}")]


def _axis_of(scale: svg.Scale, height: float) -> list[Markup]:
    bottom, ticks = height - 42, scale.ticks(4)
    parts = [svg.line(scale.start, bottom, scale.end, bottom, "base")]
    for value, x in zip(ticks, scale(ticks), strict=True):
        parts.append(svg.line(x, 8, x, bottom, "grid"))
        parts.append(svg.text(x, bottom + 16, tick_text(value), "tick", anchor="middle"))
    return parts
