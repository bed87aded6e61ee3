"""The page: a run's content as one HTML file that needs nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from epochal.report.confusion import confusion_figure, label_figure
from epochal.report.content import ClassOutcome, Column, LabelOutcome, ReportContent, ValueOutcome
from epochal.report.figures import (
    Figure,
    calibration_figure,
    history_figures,
    penalty_figure,
    range_figure,
    rate_figure,
    residual_figure,
    score_figure,
    truth_figure,
)
from epochal.scoring import Score
from epochal.scoring.formatting import interval_text, score_text

MOST_COLUMNS = 200
"""Columns that the page lists; the run folder holds all of them."""

MOST_TARGETS = 4
"""Targets of a regression that get figures."""


def render(content: ReportContent) -> str:
    """The report as HTML.

    Parameters
    ----------
    content : ReportContent
        What it says. All its texts are escaped.

    Returns
    -------
    str
        A whole document: style and drawings inside, no script, no address.

    Examples
    --------
    >>> from pathlib import Path
    >>> Path("report.html").write_text(render(content), encoding="utf-8")  # doctest: +SKIP
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["score"] = score_text
    environment.filters["thousands"] = lambda count: f"{count:,}"
    room = files("epochal.report")
    template = environment.from_string((room / "report.html").read_text(encoding="utf-8"))
    style = (room / "report.css").read_text(encoding="utf-8")
    return template.render(
        run=content,
        style=Markup(style),  # noqa: S704 - our own file
        verdict=verdict(content),
        headline=score_figure(content.scores[0]),
        scores=[_score_row(score) for score in content.scores],
        learning=_learning_figures(content),
        outcome=_outcome_figures(content.outcome),
        columns=_listed(content.columns),
        parts=_parts(content.rows),
    )


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What the run came to: the headline, and whether it beats the simple way."""

    value: str
    interval: str
    sentence: str


def verdict(content: ReportContent) -> Diagnosis:
    """The headline in words: never more sure of a gain than the test part allows.

    Returns
    -------
    Diagnosis
        The score, its interval, and one sentence about the best baseline.
    """
    score = content.scores[0]
    return Diagnosis(
        value=score_text(score.network.value, score.percent),
        interval=interval_text(score.network.low, score.network.high, score.percent),
        sentence=_comparison_sentence(content),
    )


def _comparison_sentence(content: ReportContent) -> str:
    comparison, score = content.comparison, content.scores[0]
    if comparison is None:
        return ""
    gain = comparison.gain
    unit = " points" if score.percent else ""
    scale = 100 if score.percent else 1
    texts = [_signed(scale * value, score.percent) for value in (gain.value, gain.low, gain.high)]
    size = f"{texts[0]}{unit}, 95% interval {texts[1]} to {texts[2]}"
    if gain.low > 0:
        return f"Better than {comparison.baseline}, row for row ({size})."
    if gain.high < 0:
        return f"Worse than {comparison.baseline}, row for row ({size}): take that instead."
    return f"On these rows it cannot be told apart from {comparison.baseline} ({size})."


def _signed(value: float, percent: bool) -> str:
    text = f"{abs(value):.1f}" if percent else score_text(abs(value))
    return f"{'−' if value < 0 else '+'}{text}"


@dataclass(frozen=True, kw_only=True)
class ScoreCell:
    """One cell of the table of scores."""

    value: str
    interval: str
    best: bool


def _score_row(score: Score) -> tuple[str, str, list[ScoreCell]]:
    """A score's name, which way is better, and its cells: the network, then the baselines."""
    all_scores = [score.network, *score.baselines.values()]
    values = np.array([s.value for s in all_scores])
    signed = np.where(np.isfinite(values), values if score.higher_is_better else -values, -np.inf)
    best = signed.max()
    cells = [
        ScoreCell(
            value=score_text(s.value, score.percent),
            interval=interval_text(s.low, s.high, score.percent),
            best=bool(np.isfinite(best) and own == best),
        )
        for s, own in zip(all_scores, signed, strict=True)
    ]
    return score.name, "higher is better" if score.higher_is_better else "lower is better", cells


def _learning_figures(content: ReportContent) -> list[Figure]:
    figures = history_figures(content.history, content.best_epoch)
    if content.penalty is not None:
        tested = content.history.get("val_loss")
        whole = tested is not None and len(tested) == len(content.penalty)
        figures.append(penalty_figure(content.penalty, tested if whole else None))
    if content.learning_rates.size:
        figures.append(rate_figure(content.learning_rates))
    if content.range_test is not None:
        figures.append(range_figure(content.range_test))
    return figures


def _outcome_figures(outcome: ClassOutcome | LabelOutcome | ValueOutcome) -> list[Figure]:
    if isinstance(outcome, LabelOutcome):
        promised = calibration_figure(
            outcome.probabilities.ravel(), outcome.truth.ravel() == 1, "probability of a label"
        )
        return [label_figure(outcome), promised]
    if isinstance(outcome, ClassOutcome):
        return [confusion_figure(outcome), _class_calibration(outcome)]
    figures = []
    for index, name in enumerate(outcome.names[:MOST_TARGETS]):
        truth, predicted = outcome.truth[:, index], outcome.predicted[:, index]
        finite = np.isfinite(truth) & np.isfinite(predicted)
        if finite.any():
            for draw in (truth_figure, residual_figure):
                figure = draw(name, truth[finite], predicted[finite])
                # An id may stand on a page once.
                figures.append(replace(figure, name=figure.name + (f"-{index + 1}" * (index > 0))))
    return figures


def _class_calibration(outcome: ClassOutcome) -> Figure:
    if len(outcome.classes) == 2:
        return calibration_figure(
            outcome.probabilities[:, 1],
            outcome.truth == 1,
            f"probability of “{outcome.classes[1]}”",
        )
    chosen = outcome.probabilities.argmax(axis=1)
    return calibration_figure(
        outcome.probabilities.max(axis=1), chosen == outcome.truth, "probability of its choice"
    )


def _listed(columns: Sequence[Column]) -> tuple[list[Column], int]:
    """The columns that the page lists, left-out ones first, and how many more there are."""
    ordered = sorted(columns, key=lambda column: column.used)
    return ordered[:MOST_COLUMNS], max(0, len(ordered) - MOST_COLUMNS)


def _parts(rows: dict[str, int]) -> list[tuple[str, int, str]]:
    """Name, rows and share (as a percentage of all) of each part."""
    total = max(1, sum(rows.values()))
    return [(name, count, f"{100 * count / total:.1f}%") for name, count in rows.items()]
