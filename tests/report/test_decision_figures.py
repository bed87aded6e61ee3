"""Where the figures of a threshold stand is what the threshold decides."""

import re

import numpy as np
import pytest

from epochal.report.content import ClassOutcome
from epochal.report.decision_figures import decision_figures

TRUTH = np.array([0, 0, 1, 1])
POSITIVE = np.array([0.2, 0.6, 0.55, 0.8])


def captions(threshold: float) -> str:
    """What is written below the figures."""
    outcome = ClassOutcome(
        classes=("no", "yes"),
        truth=TRUTH,
        probabilities=np.column_stack([1 - POSITIVE, POSITIVE]),
        threshold=threshold,
        costs=(1.0, 9.0),
    )
    return " ".join(re.sub("<[^>]*>", "", str(one.caption)) for one in decision_figures(outcome))


@pytest.mark.parametrize(
    ("threshold", "precision", "recall", "cost"),
    [
        (0.99, "–", "0.0%", "4.50"),  # no row reaches it
        (0.8, "100.0%", "50.0%", "2.25"),
        (0.58, "50.0%", "50.0%", "2.50"),  # below 0.6, above the middle of 0.6 and 0.55
        (0.55, "66.7%", "100.0%", "0.250"),
        (0.0, "50.0%", "100.0%", "0.500"),
    ],
)
def test_a_threshold_is_described_by_the_rows_that_reach_it(threshold, precision, recall, cost):
    said = captions(threshold)
    assert f"precision {precision} and recall {recall} at the threshold" in said
    assert f"a test row costs {cost} at the threshold in use" in said
