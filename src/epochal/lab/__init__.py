"""The lab: every experiment of the source documents, beside the figure that they quote."""

from epochal.lab.experiment import ALL_SCALES, Arms, Experiment, Result, Scale
from epochal.lab.registry import ALL_EXPERIMENTS, experiment_named, scale_named
from epochal.lab.report import Section, sections, write_html, write_markdown
from epochal.lab.results import DEFAULT_FOLDER, Kept, Results, Watcher
from epochal.lab.table import HEADINGS, Row, falls_short, quoted_figure, rows_of

__all__ = [
    "ALL_EXPERIMENTS",
    "ALL_SCALES",
    "DEFAULT_FOLDER",
    "HEADINGS",
    "Arms",
    "Experiment",
    "Kept",
    "Result",
    "Results",
    "Row",
    "Scale",
    "Section",
    "Watcher",
    "experiment_named",
    "falls_short",
    "quoted_figure",
    "rows_of",
    "scale_named",
    "sections",
    "write_html",
    "write_markdown",
]
