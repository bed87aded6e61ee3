"""The report of a run as one self-contained HTML page."""

import re
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from epochal.report.columns import column_rows
from epochal.report.content import ReportContent
from epochal.report.coverage_section import coverage_tables, risk_figures
from epochal.report.distribution_figures import distribution_figures
from epochal.report.explanation_figures import explanation_figures
from epochal.report.figures import score_figure
from epochal.report.learning_figures import learning_figures
from epochal.report.outcome_figures import outcome_figures
from epochal.scoring import Score
from epochal.scoring.bootstrap import NETWORK
from epochal.scoring.formatting import capitalised, interval_text, score_text
from epochal.scoring.trials import Trials, trial_headings, trial_rows
from epochal.translation import current_language, translate, translate_count


def render(content: ReportContent) -> str:
    """The report as HTML.

    Parameters
    ----------
    content : ReportContent
        All its texts are escaped.

    Returns
    -------
    str
        A whole document that includes its style and drawings, without script or links.

    Examples
    --------
    >>> from pathlib import Path
    >>> Path("report.html").write_text(render(content), encoding="utf-8")  # doctest: +SKIP
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["score"] = score_text
    environment.filters["capitalise"] = capitalised
    environment.filters["thousands"] = lambda count: f"{count:,}"
    environment.filters["name"] = Markup('<span class="name">{}</span>').format
    environment.filters["code"] = Markup("<code>{}</code>").format
    environment.filters["options"] = _with_options
    environment.globals |= {
        "translate": translate,
        "translate_count": translate_count,
        "markup": markup,
    }
    package = files("epochal.report")
    template = environment.from_string((package / "report.html").read_text(encoding="utf-8"))
    style = (package / "report.css").read_text(encoding="utf-8")
    return template.render(
        language=current_language(),
        run=content,
        style=Markup(style),  # noqa: S704 - our own file
        headline=_score_row(content.scores[0])[2][0],
        headline_figure=score_figure(content.scores[0]),
        models=[NETWORK, *content.scores[0].baselines],
        scores=[_score_row(score) for score in content.scores],
        learning=learning_figures(content),
        outcome=outcome_figures(content.outcome),
        why=explanation_figures(content.explanation) if content.explanation else [],
        sureness=coverage_tables(content.coverage),
        sureness_figures=(risk_figures(content.outcome) if content.coverage else [])
        + distribution_figures(content.distributions),
        columns=column_rows(content.columns, content.numeric_encoding),
        parts=_parts(content.rows),
        trials=[(each, _trial_headings(each), trial_rows(each)) for each in content.trials],
    )


def markup(message: str, **values: object) -> Markup:
    """A message of the page in which some values are markup; the others are escaped."""
    return escape(translate(message)).format(**values)


@dataclass(frozen=True, kw_only=True)
class ScoreCell:
    """One cell of the table of scores."""

    value: str
    interval: str
    best: bool


def _with_options(text: str) -> Markup:
    """The text, whose options of the command line no line breaks after their hyphens."""
    parts = re.split(r"(--[a-z][a-z0-9-]*)", text)
    option = Markup('<span class="option">{}</span>').format
    return Markup("").join(option(part) if at % 2 else part for at, part in enumerate(parts))


def _score_row(score: Score) -> tuple[str, str, list[ScoreCell]]:
    """A score's name, which direction is better, and its cells: the network, then the baselines."""
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
    way = translate("higher is better") if score.higher_is_better else translate("lower is better")
    return score.title, way, cells


def _trial_headings(trials: Trials) -> list[str]:
    """Those of the columns: the option stands below what was tried."""
    what, _, *numbers, better = trial_headings(trials)
    return [what, *(heading.removesuffix(":") for heading in numbers), better]


def _parts(rows: dict[str, int]) -> list[tuple[str, int, str]]:
    """Name, number of rows and fraction of all rows, as a percentage, of each part."""
    total = max(1, sum(rows.values()))
    return [(name, count, f"{100 * count / total:.1f}%") for name, count in rows.items()]
