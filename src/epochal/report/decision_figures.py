"""Charts for choosing a threshold: precision, recall and cost over it, precision-recall, lift."""

import numpy as np

from epochal.report import svg
from epochal.report.content import ClassOutcome
from epochal.report.figures import Figure
from epochal.scoring.formatting import score_text
from epochal.scoring.threshold import Decisions
from epochal.translation import translate


def decision_figures(outcome: ClassOutcome) -> list[Figure]:
    """The charts of an outcome of two classes; none where the test rows are all of one."""
    found = Decisions.of(outcome.truth, outcome.probabilities[:, 1])
    if found.positives in (0, found.rows):
        return []
    name, at = outcome.classes[1], outcome.threshold
    costs = [_cost_figure(found, at, outcome.costs)] if outcome.costs else []
    return [
        _threshold_figure(found, at, name),
        *costs,
        _precision_recall_figure(found, at, name),
        _lift_figure(found, name),
    ]


def _threshold_figure(found: Decisions, at: float, name: str) -> Figure:
    """Draw precision and recall over the threshold."""
    plot = svg.frame(
        [0, 1],
        [0, 1],
        x_label=translate("threshold of “{name}”", name=name),
        y_label=translate("on the test rows"),
    )
    chosen = found.index_of(at)
    x = float(plot.x(at))
    marks = [
        svg.curve(plot, found.thresholds[1:], found.recall[1:], "series second"),
        svg.curve(plot, found.thresholds[1:], found.precision[1:], "series first"),
        svg.line(x, plot.y.start, x, plot.y.end, "marker"),
    ]
    here = translate(
        "precision {precision} and recall {recall} at the threshold {threshold}",
        precision=_text(found.precision[chosen]),
        recall=_text(found.recall[chosen]),
        threshold=score_text(at),
    )
    return Figure(
        name="threshold",
        title=translate("Precision and recall by threshold"),
        caption=translate(
            "A row is said to be “{name}” from the threshold on: {here}.", name=name, here=here
        ),
        drawing=svg.draw(
            plot,
            marks,
            title=translate(
                "Precision and recall of {name} by threshold: {here}", name=name, here=here
            ),
        ),
        legend=(
            ("first", translate("precision")),
            ("second", translate("recall")),
            ("marker", translate("threshold in use")),
        ),
    )


def _cost_figure(found: Decisions, at: float, costs: tuple[float, float]) -> Figure:
    """Draw the mean cost of a row over the threshold."""
    values = found.cost(*costs)
    plot = svg.frame(
        [0, 1], [0, *values], x_label=translate("threshold"), y_label=translate("cost per row")
    )
    x, here = float(plot.x(at)), score_text(float(values[found.index_of(at)]))
    marks = [
        svg.curve(plot, found.thresholds[1:], values[1:], "series first"),
        svg.line(x, plot.y.start, x, plot.y.end, "marker"),
    ]
    words = {"here": here, "threshold": score_text(at), "least": score_text(values.min())}
    return Figure(
        name="cost",
        title=translate("Cost by threshold"),
        caption=translate(
            "With fp={fp:g} and fn={fn:g}, a test row costs {here} at the threshold in use, "
            "{threshold}; at least {least}.",
            fp=costs[0],
            fn=costs[1],
            **words,
        ),
        drawing=svg.draw(
            plot,
            marks,
            title=translate(
                "Cost per row by threshold: {here} at the threshold in use, {threshold}; at least "
                "{least}",
                **words,
            ),
        ),
        legend=(
            ("first", translate("cost per row")),
            ("marker", translate("threshold in use")),
        ),
    )


def _precision_recall_figure(found: Decisions, at: float, name: str) -> Figure:
    """Draw precision over recall."""
    plot = svg.frame([0, 1], [0, 1], x_label=translate("recall"), y_label=translate("precision"))
    share, chosen = found.positives / found.rows, found.index_of(at)
    level = float(plot.y(share))
    marks = [
        svg.line(plot.x.start, level, plot.x.end, level, "ideal"),
        svg.curve(plot, found.recall[1:], found.precision[1:], "series first"),
        svg.dots(
            plot, [found.recall[chosen]], [found.precision[chosen]], "point network", radius=5
        ),
    ]
    return Figure(
        name="precision-recall",
        title=translate("Precision and recall"),
        caption=translate(
            "Whoever guesses has a precision of {share}, the fraction of “{name}”.",
            share=_text(share),
            name=name,
        ),
        drawing=svg.draw(
            plot,
            marks,
            title=translate(
                "Precision over recall of {name}: precision {precision} at recall {recall}, beside "
                "{share} by guessing",
                name=name,
                precision=_text(found.precision[chosen]),
                recall=_text(found.recall[chosen]),
                share=_text(share),
            ),
        ),
        legend=(
            ("first", translate("network")),
            ("point", translate("threshold in use")),
            ("ideal", translate("guessing")),
        ),
    )


def _lift_figure(found: Decisions, name: str) -> Figure:
    """Draw how many times more positive rows are among the first ones than among all."""
    said = (found.true_positives + found.false_positives)[1:] / found.rows
    lift = found.precision[1:] * found.rows / found.positives
    plot = svg.frame(
        [0, 1],
        [0, *lift],
        x_label=translate("fraction of the rows, likeliest first"),
        y_label=translate("lift"),
    )
    level = float(plot.y(1.0))
    marks = [
        svg.line(plot.x.start, level, plot.x.end, level, "ideal"),
        svg.curve(plot, said, lift, "series first"),
    ]
    tenth = float(np.interp(0.1, said, lift))
    words = translate(
        "the likeliest tenth of the rows has {times} times as many “{name}” as all",
        times=score_text(tenth),
        name=name,
    )
    return Figure(
        name="lift",
        title=translate("Lift"),
        caption=translate("Of the rows with the highest probabilities: {words}.", words=words),
        drawing=svg.draw(plot, marks, title=translate("Lift: {words}", words=words)),
        legend=(("first", translate("network")), ("ideal", translate("guessing"))),
    )


def _text(fraction: float) -> str:
    return score_text(float(fraction), percent=True)
