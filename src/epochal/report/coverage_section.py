"""The report's section on how sure predictions are: coverage of intervals or sets, and risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from epochal.conformal.answering import risk_by_coverage
from epochal.conformal.verdict import falls_short, warning
from epochal.report import svg
from epochal.report.content import ClassOutcome, LabelOutcome, ValueOutcome
from epochal.report.figures import Figure
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.tested_coverage import CoverageOfGroup, TestedCoverage
from epochal.translation import translatable, translate

_SIZES = {
    "interval": translatable("Mean width"),
    "set": translatable("Mean number of classes"),
    "label": translatable("Unsure"),
}
"""What is told of the size, by what was made."""


@dataclass(frozen=True, kw_only=True)
class CoverageTable:
    """What the page shows of the intervals of one target, of sets, or of a label.

    Parameters
    ----------
    sentence, promise : str
        What was found on the test rows; what that promises for others, and what breaks it.
    headings : tuple of str
    rows : tuple of tuple of str
        All test rows first, then groups of them.
    """

    sentence: str
    promise: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def coverage_tables(found: Sequence[TestedCoverage]) -> list[CoverageTable]:
    """A table for each target."""
    return [
        CoverageTable(
            sentence=f"{_sentence(one)} {warning()}" if falls_short(one) else _sentence(one),
            promise=promise(one),
            headings=(
                translate("Test rows"),
                translate("Number"),
                translate("Coverage"),
                translate(_SIZES[one.kind]),
            ),
            rows=tuple(_row(group, one.kind) for group in one.groups),
        )
        for one in found
    ]


def _row(group: CoverageOfGroup, kind: str) -> tuple[str, ...]:
    coverage = group.coverage
    ends = interval_text(coverage.low, coverage.high, True)
    return (
        group.name or translate("all"),
        f"{group.rows:,}",
        f"{score_text(coverage.value, True)} ({ends})",
        score_text(group.size, kind == "label"),
    )


def _sentence(one: TestedCoverage) -> str:
    """What was found on the test rows."""
    coverage = one.overall.coverage
    values = {
        "asked": f"{100 * one.asked:g}%",
        "target": one.target,
        "held": score_text(coverage.value, True),
        "interval": interval_text(coverage.low, coverage.high, True),
        "size": score_text(one.overall.size, one.kind == "label"),
    }
    if one.kind == "label":
        return translate(
            "Whether rows have the label {target} is said as in, out or unsure, which shall be "
            "right for {asked} of new rows; for {held} of the test rows it was (95% interval "
            "{interval}), and {size} are unsure.",
            **values,
        )
    if one.kind == "interval":
        return translate(
            "Intervals of {target} that shall hold the truth of {asked} of new rows held that of "
            "{held} of the test rows (95% interval {interval}); they are {size} wide on average.",
            **values,
        )
    return translate(
        "Sets of classes that shall hold the truth of {asked} of new rows held that of {held} of "
        "the test rows (95% interval {interval}); they have {size} classes on average.",
        **values,
    )


def promise(one: TestedCoverage) -> str:
    """What the coverage is promised for, and what breaks it."""
    made = translate(
        "They are made from the errors on the {rows:,} rows that networks left out in the "
        "training.",
        rows=one.left_out,
    )
    if one.holds_for == "nothing":
        promised = translate(
            "They promise nothing for later rows: time goes on between the training and them, and "
            "what has changed since is in no interval. Trust what was measured on later rows."
        )
    elif one.holds_for == "groups":
        promised = translate(
            "Of new rows of new groups, drawn as those of the training were, they hold about as "
            "many as asked, on average over all; drift and the order of time break this."
        )
    else:
        promised = translate(
            "Of new rows, drawn as those of the training were, they hold about as many as asked, "
            "on average over all, not among the rows of each kind; drift, the order of time and "
            "rows of groups that belong together break this."
        )
    if one.kind == "label":
        promised += " " + translate(
            "That is for each label by itself, and more where a label is told right more often "
            "than asked: what is likelier is never left out."
        )
    return f"{made} {promised}"


def risk_figures(outcome: ClassOutcome | LabelOutcome | ValueOutcome) -> list[Figure]:
    """The error rate over the share of rows that is answered, of classes."""
    if not isinstance(outcome, ClassOutcome):
        return []
    chosen = outcome.predicted
    confidence = outcome.probabilities[np.arange(len(chosen)), chosen]
    share, risk = risk_by_coverage(confidence, chosen != outcome.truth)
    plot = svg.frame(
        [0, 1],
        [0, float(risk.max())],
        x_label=translate("share of rows answered"),
        y_label=translate("error rate"),
    )
    marks = [svg.curve(plot, share, risk, "series first")]
    return [
        Figure(
            name="risk",
            title=translate("Errors among the rows that are answered"),
            caption=translate(
                "The most confident test rows are answered first: with all of them answered, "
                "{all} are wrong, with the more confident half {half}.",
                all=score_text(float(risk[-1]), True),
                half=score_text(float(risk[np.searchsorted(share, 0.5)]), True),
            ),
            drawing=svg.draw(plot, marks, title=translate("error rate over the share answered")),
        )
    ]
