"""The baselines: constant, linear and boosted, on the shapes of every task."""

import numpy as np
import pytest

from epochal.scoring.baselines import baseline_names, fit_baselines

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 4)).astype(np.float32)
SCORE = X @ np.array([1.0, -2.0, 0.0, 0.5])


def test_regression():
    y = np.stack([SCORE, 3 * SCORE + 1], axis=1)
    predicted = fit_baselines("regression", X[:200], y[:200], X[200:])
    assert (
        tuple(predicted)
        == baseline_names("regression")
        == (
            "mean",
            "linear regression",
            "gradient boosting",
        )
    )
    assert np.allclose(predicted["mean"], y[:200].mean(axis=0))
    assert np.allclose(predicted["linear regression"], y[200:], atol=0.1)
    boosted = predicted["gradient boosting"]
    assert boosted.shape == (100, 2)
    assert np.corrcoef(boosted[:, 1], y[200:, 1])[0, 1] > 0.9


def test_bounded_values_stay_within_their_bounds():
    y = (SCORE > 0).astype(float)[:, None]
    predicted = fit_baselines("unit_interval", X, y, 10 * X)
    assert 0 <= predicted["gradient boosting"].min() < predicted["gradient boosting"].max() <= 1
    assert predicted["linear regression"].min() == 0
    assert predicted["linear regression"].max() == 1


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_yes_or_no(task):
    y = np.stack([SCORE > 0, np.zeros(300)][: 1 if task == "binary" else 2], axis=1).astype(float)
    predicted = fit_baselines(task, X[:200], y[:200], X[200:])
    assert tuple(predicted) == baseline_names(task)
    frequency = predicted["most frequent class"][:, 0]
    assert np.allclose(frequency, y[:200, 0].mean())
    assert np.mean((predicted["logistic regression"][:, 0] > 0.5) == y[200:, 0]) > 0.9
    # A label that no training row has is never expected.
    assert np.all(predicted["logistic regression"][:, 1:] == 0)
    assert np.mean((predicted["gradient boosting"][:, 0] > 0.5) == y[200:, 0]) > 0.8
    assert np.all(predicted["gradient boosting"][:, 1:] == 0)


def test_a_class_that_no_training_row_has_gets_no_probability():
    y = np.where(SCORE > 0, 2, 0)
    predicted = fit_baselines("multiclass", X, y, X, classes=3)
    for probabilities in predicted.values():
        assert probabilities.shape == (300, 3)
        assert np.all(probabilities[:, 1] == 0)
        assert np.allclose(probabilities.sum(axis=1), 1)


def test_boosting_sees_what_a_line_does_not():
    y = (np.abs(X[:, 0]) > 0.7).astype(float)[:, None]
    predicted = fit_baselines("binary", X[:200], y[:200], X[200:])
    right = {name: np.mean((p[:, 0] > 0.5) == y[200:, 0]) for name, p in predicted.items()}
    assert right["gradient boosting"] > 0.9 > right["logistic regression"] + 0.1
