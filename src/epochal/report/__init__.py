"""One self-contained HTML page about a run."""

from epochal.report.content import (
    ClassOutcome,
    Column,
    LabelOutcome,
    Leak,
    RangeTest,
    ReportContent,
    ValueOutcome,
)
from epochal.report.page import render

__all__ = [
    "ClassOutcome",
    "Column",
    "LabelOutcome",
    "Leak",
    "RangeTest",
    "ReportContent",
    "ValueOutcome",
    "render",
]
