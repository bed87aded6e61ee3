"""Every score against scikit-learn's, with weights of one and with rows drawn again."""

import numpy as np
import pytest
from sklearn import metrics as reference

from epochal.scoring.calibration_error import calibration_error, confidence_calibration_error
from epochal.scoring.metrics import label_title, labelled, titled
from epochal.scoring.task_metrics import ALL_METRICS
from epochal.translation import language

ROWS = 120
RNG = np.random.default_rng(0)
PROBABILITIES = RNG.dirichlet(np.ones(4), ROWS).round(1) + 0.025  # with ties
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)
CLASSES = RNG.integers(0, 4, ROWS)
YES = RNG.random((ROWS, 3)).round(1)
LABELS = (RNG.random((ROWS, 3)) < 0.3).astype(int)
TRUE = RNG.normal(1e6, 5, (ROWS, 1))
GUESS = TRUE + RNG.normal(0, 2, (ROWS, 1))


def _class_auc(truth, p):
    return reference.roc_auc_score(truth, p, multi_class="ovr")


def _label_log_loss(truth, p):
    clipped = np.clip(p, 2.0**-23, 1 - 2.0**-23)
    columns = zip(truth.T, clipped.T, strict=True)
    return np.mean([reference.log_loss(t, q, labels=[0, 1]) for t, q in columns])


def _label_brier(truth, p):
    return np.mean([reference.brier_score_loss(t, q) for t, q in zip(truth.T, p.T, strict=True)])


def _class_brier(truth, p):
    return np.mean([((row - np.eye(4)[k]) ** 2).sum() for k, row in zip(truth, p, strict=True)])


def _of_one(function):
    """A score of scikit-learn's on predicted classes of a single label."""
    return lambda truth, p: function(truth[:, 0], p[:, 0] >= 0.5)


CASES = {
    ("binary", "accuracy"): _of_one(reference.accuracy_score),
    ("binary", "balanced accuracy"): _of_one(reference.balanced_accuracy_score),
    ("binary", "AUC"): reference.roc_auc_score,
    ("binary", "average precision"): reference.average_precision_score,
    ("binary", "log loss"): _label_log_loss,
    ("binary", "Brier score"): _label_brier,
    ("binary", "F1"): _of_one(reference.f1_score),
    ("binary", "precision"): _of_one(reference.precision_score),
    ("binary", "recall"): _of_one(reference.recall_score),
    ("multiclass", "balanced accuracy"): lambda t, p: reference.balanced_accuracy_score(
        t, p.argmax(axis=1)
    ),
    ("multilabel", "average precision"): reference.average_precision_score,
    ("multiclass", "accuracy"): lambda t, p: reference.accuracy_score(t, p.argmax(axis=1)),
    ("multiclass", "AUC"): _class_auc,
    ("multiclass", "log loss"): lambda t, p: reference.log_loss(t, p, labels=range(4)),
    ("multiclass", "Brier score"): _class_brier,
    ("multiclass", "F1"): lambda t, p: reference.f1_score(t, p.argmax(axis=1), average="macro"),
    ("multilabel", "accuracy"): lambda t, p: np.mean((p >= 0.5) == t),
    ("multilabel", "AUC"): reference.roc_auc_score,
    ("multilabel", "log loss"): _label_log_loss,
    ("multilabel", "Brier score"): _label_brier,
    ("multilabel", "F1"): lambda t, p: reference.f1_score(t, p >= 0.5, average="macro"),
    ("regression", "RMSE"): reference.root_mean_squared_error,
    ("regression", "MAE"): reference.mean_absolute_error,
    ("regression", "R²"): reference.r2_score,
}
DATA = {
    "binary": (LABELS[:, :1], YES[:, :1]),
    "multiclass": (CLASSES, PROBABILITIES),
    "multilabel": (LABELS, YES),
    "regression": (TRUE, GUESS),
}


@pytest.mark.parametrize(("task", "name"), CASES)
def test_weights_that_count_rows_give_the_score_of_those_rows(task, name):
    truth, predicted = DATA[task]
    metric = next(m for m in ALL_METRICS[task] if m.name == name)
    drawn = np.random.default_rng(1).integers(0, ROWS, (3, ROWS))
    weights = np.array([np.ones(ROWS), *(np.bincount(d, minlength=ROWS) for d in drawn)])
    expected = [CASES[task, name](truth, predicted)]
    expected += [CASES[task, name](truth[rows], predicted[rows]) for rows in drawn]
    assert metric.function(truth, predicted, weights) == pytest.approx(expected, rel=1e-9)


def test_every_task_has_scores_and_every_score_a_case():
    named = {(task, m.name) for task in DATA for m in ALL_METRICS[task]}
    assert named - set(CASES) == {
        (task, "calibration error (15 bins)") for task in ("binary", "multiclass", "multilabel")
    }
    assert ALL_METRICS["unit_interval"] == ALL_METRICS["regression"]


def test_the_calibration_error_is_the_debiased_one_and_lower_is_better():
    expected = {
        "binary": calibration_error(LABELS[:, 0], YES[:, 0], debiased=True),
        "multiclass": confidence_calibration_error(CLASSES, PROBABILITIES, debiased=True),
        "multilabel": np.mean(
            [
                calibration_error(truth, p, debiased=True)
                for truth, p in zip(LABELS.T, YES.T, strict=True)
            ]
        ),
    }
    for task, value in expected.items():
        metric = next(m for m in ALL_METRICS[task] if m.name == "calibration error (15 bins)")
        found = metric.function(*DATA[task], np.ones((1, ROWS)))
        assert found == pytest.approx([value])
        assert float(found[0]) > 0.1
        brier = next(m for m in ALL_METRICS[task] if m.name == "Brier score")
        assert (metric.higher_is_better, brier.higher_is_better) == (False, False)


def test_a_draw_of_a_single_class_has_no_area():
    auc = next(m for m in ALL_METRICS["binary"] if m.name == "AUC")
    truth, weights = np.array([[0], [0], [1]]), np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    areas = auc.function(truth, np.array([[0.1], [0.2], [0.3]]), weights)
    assert np.isnan(areas[0])
    assert areas[1] == 1.0


def test_a_draw_without_positive_rows_has_no_precision_and_no_recall_of_them():
    truth, weights = np.array([[0], [0], [1]]), np.array([[1.0, 1.0, 0.0]])
    for name in ("average precision", "recall"):
        metric = next(m for m in ALL_METRICS["binary"] if m.name == name)
        assert np.isnan(metric.function(truth, np.array([[0.1], [0.7], [0.3]]), weights)).all()


def test_a_certain_mistake_costs_much_but_not_everything():
    loss = next(m for m in ALL_METRICS["binary"] if m.name == "log loss")
    cost = loss.function(np.array([[1]]), np.array([[0.0]]), np.ones((1, 1)))
    assert 15 < cost[0] < 17


@pytest.mark.parametrize("spoken", ["en", "ko"])
@pytest.mark.parametrize("of", [None, "fraud", "part of speech", ""])
def test_a_stored_label_has_the_title_of_its_score(spoken, of):
    with language(spoken):
        for metric in (metric for found in ALL_METRICS.values() for metric in found):
            label = labelled(metric.name, of)
            assert label_title(label) == titled(metric.name, of)
            assert spoken != "en" or label_title(label) == label
