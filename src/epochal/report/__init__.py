"""One self-contained HTML page about a run."""

from epochal.report.content import (
    ClassOutcome,
    Column,
    Comparison,
    Interval,
    LabelOutcome,
    Leak,
    RangeTest,
    ReportContent,
    Score,
    ValueOutcome,
)
from epochal.report.page import render

__all__ = [
    "ClassOutcome",
    "Column",
    "Comparison",
    "Interval",
    "LabelOutcome",
    "Leak",
    "RangeTest",
    "ReportContent",
    "Score",
    "ValueOutcome",
    "render",
]
