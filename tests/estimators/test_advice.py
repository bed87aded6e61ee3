"""An estimator's verdict advises parameters that the estimator has."""

import re

import numpy as np
import pytest

from epochal.diagnosis.diagnosis import KINDS, Diagnosis
from epochal.estimators import DNNClassifier, DNNRegressor
from epochal.estimators.advice import advice_of
from epochal.models.recipes import recipe_for

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
Y = (X[:, 0] > 0).astype(int)


def test_without_validation_rows_it_says_how_to_have_some():
    model = DNNClassifier((4,), members=1, epochs=3, learning_rate=1e-3, random_state=0).fit(X, Y)
    assert "validation_split" not in str(model.verdict_)
    partly = DNNClassifier((4,), random_state=0).partial_fit(X, Y, classes=[0, 1])
    assert "validation_split" not in str(partly.verdict_)


def test_what_is_unknown_is_known_with_rows_left_out():
    model = DNNClassifier()
    unknown = Diagnosis(kind="unknown", sentence="", remedy="validation_split=0.2")
    found = advice_of(model, unknown, recipe_for("tabular", 1000, 10))
    assert found.remedy == "early_stopping=True, or members=8, so that left-out rows tell"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", [DNNClassifier(), DNNRegressor(guideline="default", l2=0.1)])
def test_every_parameter_that_it_names_is_one(kind, model):
    recipe = recipe_for(model.guideline, 1000, 10)
    model.learning_rate_ = 0.01
    found = advice_of(model, Diagnosis(kind=kind, sentence="", remedy="more rows"), recipe)
    named = re.findall(r"(\w+)=", found.remedy)
    assert set(named) <= set(model.get_params())
    assert bool(named) == (kind != "fine")
    if kind == "overfitting":
        assert "weight_decay" not in named
        assert f"l2={1.0 if model.l2 else 0.01}" in found.remedy
