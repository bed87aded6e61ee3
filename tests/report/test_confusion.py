"""Confusion matrices: counted, drawn and, where there are many classes, folded."""

from dataclasses import replace

import numpy as np
from sklearn.metrics import confusion_matrix as reference

from epochal.report import ClassOutcome
from epochal.report.confusion import MOST_CLASSES, confusion_figure, confusion_matrix, label_figure


def test_the_counts_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    expected = reference(truth, predicted, labels=range(5))
    assert confusion_matrix(truth, predicted, 5).tolist() == expected.tolist()


def test_many_classes_are_folded_and_no_row_is_lost():
    count = 40
    truth = np.arange(2000) % count
    outcome = ClassOutcome(
        classes=tuple(f"class {i}" for i in range(count)),
        truth=truth,
        probabilities=np.eye(count)[truth],
    )
    drawing = str(confusion_figure(outcome).drawing)
    assert f"{count - MOST_CLASSES + 1} others" in drawing
    assert drawing.count('class="cell"') == MOST_CLASSES**2


def test_the_matrix_of_each_label(contents):
    outcome = contents["multilabel"]().outcome
    few = replace(outcome, truth=outcome.truth[:4], probabilities=np.full((4, 3), 0.9))
    drawing = str(label_figure(few).drawing)
    assert "false positive" in drawing
    assert "false negative" in drawing
