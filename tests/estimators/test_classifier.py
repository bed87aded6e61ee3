"""`DNNClassifier` on data: what it learns, and what it refuses."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import (
    load_iris,
    make_classification,
    make_multilabel_classification,
)

from epochal.errors import InputError
from epochal.estimators import DNNClassifier
from tests.training.chosen import chosen

IRIS = load_iris(return_X_y=True, as_frame=True)
X, Y = IRIS[0].to_numpy(), IRIS[1].to_numpy()
QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 30, "random_state": 0}


def test_three_classes_of_irises():
    model = DNNClassifier(random_state=0).fit(X, Y)
    assert model.score(X, Y) > 0.95
    assert list(model.classes_) == [0, 1, 2]
    probabilities = model.predict_proba(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), model.predict(X))
    assert 1 < model.n_iter_ <= 100
    assert model.engine_ == chosen()[0]


def test_two_classes_with_names():
    names = np.where(Y == 2, "virginica", "other")
    model = DNNClassifier(**QUICK).fit(X, names)
    assert list(model.classes_) == ["other", "virginica"]
    scores = model.decision_function(X)
    assert scores.shape == (150,)
    np.testing.assert_array_equal(model.predict(X), np.where(scores > 0, "virginica", "other"))
    # The logit of the second class, and a probability that keeps its small end.
    np.testing.assert_allclose(model.predict_proba(X)[:, 0], 1 / (1 + np.exp(scores)), rtol=1e-12)


def test_the_model_is_the_network_behind_the_probabilities():
    model = DNNClassifier(**QUICK).fit(X, Y)
    outputs = model.model_.predict(model.encoder_.transform(X), verbose=0)
    np.testing.assert_allclose(outputs, model.predict_proba(X), rtol=1e-4, atol=1e-6)


def test_several_labels():
    x, labels = make_multilabel_classification(400, n_classes=3, random_state=0)
    model = DNNClassifier(**QUICK).fit(x, labels)
    assert model.predict(x).shape == model.predict_proba(x).shape == (400, 3)
    assert (model.predict(x) == labels).mean() > 0.85
    np.testing.assert_array_equal(model.predict(x), model.decision_function(x) > 0)


def test_a_class_that_weighs_nothing_is_not_predicted():
    model = DNNClassifier(**QUICK).fit(X, Y, sample_weight=np.where(Y == 1, 0.0, 2.0))
    assert set(model.predict(X)) == {0, 2}
    assert list(model.classes_) == [0, 2]


def test_class_weights_move_the_boundary():
    x, y = make_classification(400, n_informative=4, weights=[0.9], flip_y=0.1, random_state=0)
    plain = DNNClassifier(**QUICK).fit(x, y).predict(x).mean()
    balanced = DNNClassifier(**QUICK, class_weight="balanced").fit(x, y).predict(x).mean()
    assert balanced > plain


def test_wrong_targets():
    with pytest.raises(InputError, match=r"y must have at least 2 classes, got 1 class \(7\): add"):
        DNNClassifier().fit(X, np.full(150, 7))
    with pytest.raises(InputError, match="got 2 columns of more than two classes: wrap this"):
        DNNClassifier().fit(X, np.column_stack([Y, Y]))
