"""The lab: experiments of textbook claims on real data, beside the figures that are quoted."""

from epochal.lab.experiment import ALL_SCALES, Experiment, Result, Scale, Variants
from epochal.lab.experiment_list import ALL_EXPERIMENTS, experiment_named, scale_named
from epochal.lab.result_page import Section, page_sections, write_html, write_markdown
from epochal.lab.result_store import DEFAULT_FOLDER, ProgressObserver, ResultStore, StoredResult
from epochal.lab.result_table import HEADINGS, Row, below_quoted, format_quoted, table_rows
from epochal.lab.sources import ALL_SOURCES, Citation, Source

__all__ = [
    "ALL_EXPERIMENTS",
    "ALL_SCALES",
    "ALL_SOURCES",
    "DEFAULT_FOLDER",
    "HEADINGS",
    "Citation",
    "Experiment",
    "ProgressObserver",
    "Result",
    "ResultStore",
    "Row",
    "Scale",
    "Section",
    "Source",
    "StoredResult",
    "Variants",
    "below_quoted",
    "experiment_named",
    "format_quoted",
    "page_sections",
    "scale_named",
    "table_rows",
    "write_html",
    "write_markdown",
]
