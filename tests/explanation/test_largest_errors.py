"""The rows with the largest errors, for every task."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from epochal.explanation.largest_errors import largest_errors, row_errors


def test_of_two_classes_it_is_the_log_loss_of_the_row():
    truth, outputs = np.array([[1], [0], [1]]), np.array([[0.9], [0.8], [0.1]])
    found = largest_errors("binary", truth, outputs, count=2)
    assert found.rows == (2, 1)
    assert found.errors == pytest.approx((-np.log(0.1), -np.log(0.2)))
    assert found.what == "log loss"


def test_the_mean_over_the_rows_is_the_log_loss_of_scikit_learn():
    random = np.random.default_rng(0)
    outputs = random.dirichlet(np.ones(3), 50)
    truth = random.integers(0, 3, 50)
    _, errors = row_errors("multiclass", truth, outputs)
    assert errors.mean() == pytest.approx(log_loss(truth, outputs))


def test_of_labels_it_is_the_mean_over_them():
    truth, outputs = np.array([[1, 0]]), np.array([[0.5, 0.75]])
    _, (error,) = row_errors("multilabel", truth, outputs)
    assert error == pytest.approx(-(np.log(0.5) + np.log(0.25)) / 2)


def test_of_several_numbers_each_counts_in_its_own_deviations():
    truth = np.array([[0.0, 0.0], [2.0, 2000.0]])
    outputs = np.array([[1.0, 0.0], [2.0, 2100.0]])
    what, errors = row_errors("regression", truth, outputs)
    assert what == "mean absolute error in standard deviations"
    assert errors == pytest.approx([0.5, 0.05])


def test_a_probability_of_0_is_finite_and_the_largest():
    found = largest_errors("binary", np.array([[1], [1]]), np.array([[0.01], [0.0]]))
    assert found.rows == (1, 0)
    assert np.isfinite(found.errors).all()
