"""The report of a run: plain values in, one self-contained HTML page out."""

from epochal.report.content import (
    ClassOutcome,
    DistributionOutcome,
    LabelOutcome,
    RangeTest,
    ReportContent,
    ValueOutcome,
)
from epochal.report.explanation_content import ErrorTable, ExplanationContent
from epochal.report.page import render

__all__ = [
    "ClassOutcome",
    "DistributionOutcome",
    "ErrorTable",
    "ExplanationContent",
    "LabelOutcome",
    "RangeTest",
    "ReportContent",
    "ValueOutcome",
    "render",
]
