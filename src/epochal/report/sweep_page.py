"""What a sweep of a table found, as one self-contained HTML page."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from epochal.report.page import markup
from epochal.scoring.formatting import interval_text, score_text
from epochal.translation import current_language, translatable, translate

if TYPE_CHECKING:
    from epochal.sweeps import Setting, Sweep

SHOWN = 30  # settings of a table
PLOTS = {
    "history": translatable("The best so far, trial by trial"),
    "parallel": translatable("All parameters of each setting"),
    "slice": translatable("Each parameter"),
}
_VERDICTS = {
    "best": translatable("best"),
    "simplest": translatable("simplest of those alike"),
    "alike": translatable("alike"),
    "worse": translatable("worse"),
    "diverged": translatable("diverged"),
}
_FEWEST = 4  # settings of which importances can be told


def render_sweep(found: "Sweep", *, target: str, source: str, command: str, created: str) -> str:
    """The page as HTML.

    Parameters
    ----------
    found : Sweep
        With a setting whose fits all ended.
    target, source : str
        What is predicted, and the name of the table.
    command : str
        The command that trains with the best setting.
    created : str
        Date and time, as text.

    Returns
    -------
    str
        A whole document that includes its style and plots, without script or links.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["name"] = Markup('<span class="name">{}</span>').format
    environment.globals["translate"] = translate
    environment.globals["markup"] = markup
    package = files("epochal.report")
    template = environment.from_string((package / "sweep.html").read_text(encoding="utf-8"))
    best, simplest = found.best, found.simplest
    worse = [setting for setting in found.settings if setting.is_worse]
    return template.render(
        language=current_language(),
        found=found,
        target=target,
        source=source,
        command=command,
        created=created,
        version=version("epochal"),
        style=Markup((package / "report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own
        value=score_text(best.interval.value),
        interval=_interval(best),
        best=_texts(best.settings),
        simplest=_texts(simplest.settings) if simplest.number != best.number else [],
        importances=[(name, f"{part:.0%}") for name, part in importances_of(found).items()],
        headings=[translate("trial"), *setting_headings(found)],
        alike=_rows(found, found.alike),
        worse=_rows(found, worse),
        worse_count=len(worse),
        plots=_plots(found),
    )


def setting_headings(found: "Sweep") -> list[str]:
    """Those of the columns of `setting_cells`."""
    names = list(found.settings[0].settings)
    return [*names, found.objective, translate("95% interval"), translate("behind"), ""]


def setting_cells(found: "Sweep", setting: "Setting") -> list[str]:
    """A setting and what came of it, a text for each column."""
    return [
        *(text for _, text in _texts(setting.settings)),
        score_text(setting.interval.value),
        _interval(setting),
        score_text(setting.difference.value),
        translate(_VERDICTS[found.verdict_of(setting)]),
    ]


def importances_of(found: "Sweep") -> Mapping[str, float]:
    """How important each parameter is; nothing where too few settings tell."""
    finite = sum(np.isfinite(each.interval.value) for each in found.settings)
    return {} if finite < _FEWEST else dict(found.importances())


def _rows(found: "Sweep", settings: Sequence["Setting"]) -> list[list[str]]:
    return [[str(each.number), *setting_cells(found, each)] for each in settings[:SHOWN]]


def _texts(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, _text(value)) for name, value in settings.items()]


def _text(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else f"{value:.4g}"


def _interval(setting: "Setting") -> str:
    low, high = setting.interval.low, setting.interval.high
    return interval_text(low, high) if np.isfinite(low) else ""


def _plots(found: "Sweep") -> list[tuple[str, str, str]]:
    """The name, title and address of each plot; none where there is nothing to compare."""
    if len(found.settings) < 2:
        return []
    made = []
    for kind, title in PLOTS.items():
        figure, buffer = found.plot(kind), BytesIO()
        figure.suptitle("")  # the page has its own
        for axes in figure.axes:
            axes.set_title("")
        figure.savefig(buffer, format="svg", bbox_inches="tight")
        address = f"data:image/svg+xml;base64,{b64encode(buffer.getvalue()).decode()}"
        made.append((kind, translate(title), address))
    return made
