"""A day of a scikit-learn user: a pipeline, a search, a second look, a file for a colleague."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from epochal import DNNClassifier, DNNRegressor
from epochal.diagnosis.diagnosis import KINDS
from epochal.engine.xla.executables import EXECUTABLES
from epochal.errors import InputError

QUICK: dict[str, Any] = {"members": 1, "hidden": (16,), "epochs": 20, "random_state": 0}


def loans(rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """Numbers with gaps, a category, a boolean; what is repaid turns on two that interact."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "income": random.lognormal(10, 0.5, rows),
            "debt": random.lognormal(8, 1, rows),
            "noise": random.normal(size=rows),
            "purpose": random.choice(["car", "house", "travel"], rows),
            "member": random.random(rows) < 0.5,
        }
    )
    risk = np.log(frame["debt"]) - 8 + (frame["purpose"] == "travel") * (1 - 2 * frame["member"])
    repaid = np.where(risk + 0.3 * random.normal(size=rows) < 0, "yes", "no")
    frame.loc[random.random(rows) < 0.1, "income"] = np.nan
    return frame, pd.Series(repaid, name="repaid")


@pytest.mark.slow
def test_a_frame_as_it_is_beats_a_pipeline_of_encoders():
    x, y = loans(800)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0, stratify=y)
    encode = ColumnTransformer([("numbers", StandardScaler(), ["debt", "noise"])])
    linear = make_pipeline(encode, LogisticRegression()).fit(x_train, y_train)

    model = DNNClassifier(members=4, random_state=0)
    with pytest.raises(InputError, match="Did you mean 'tabular'"):
        DNNClassifier(guideline="tabulr").fit(x_train, y_train)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(x_train, y_train[:-1])
    model.fit(x_train, y_train)
    assert list(model.classes_) == ["no", "yes"]
    assert list(model.feature_names_in_) == list(x)
    loss = log_loss(y_test, model.predict_proba(x_test))
    assert loss < log_loss(y_test, linear.predict_proba(x_test)) - 0.05
    assert "DNNClassifier" in model._repr_html_()

    # A second look, with scikit-learn's own tools.
    found = permutation_importance(model, x_test, y_test, n_repeats=3, random_state=0)
    ranked = x.columns[found.importances_mean.argsort()[::-1]]
    assert ranked[0] == "debt"
    assert set(ranked[1:3]) == {"purpose", "member"}

    # New rows with a purpose that nobody had, and a column too few.
    new = x_test.head(3).assign(purpose="boat")
    assert np.isfinite(model.predict_proba(new)).all()
    with pytest.raises(ValueError, match="debt"):
        model.predict(x_test.drop(columns="debt"))


@pytest.mark.slow
def test_a_search_compiles_once_and_its_winner_goes_to_a_colleague(tmp_path):
    x, y = loans(300)
    groups = np.repeat(np.arange(60), 5)
    DNNClassifier(**QUICK).fit(x, y)
    search = GridSearchCV(
        DNNClassifier(**QUICK),
        {"learning_rate": [1e-4, 1e-2], "patience": [2, 5], "l2": [0.0, 1e-3]},
        cv=GroupKFold(3),
    )
    traced = EXECUTABLES.traced
    search.fit(x, y, groups=groups)
    assert EXECUTABLES.traced == traced
    assert search.best_params_["learning_rate"] == 1e-2

    best = search.best_estimator_
    skops.io.dump(best, tmp_path / "best.skops")
    types = skops.io.get_untrusted_types(file=tmp_path / "best.skops")
    for again in (
        skops.io.load(tmp_path / "best.skops", trusted=types),
        pickle.loads(pickle.dumps(best)),
    ):
        np.testing.assert_array_equal(again.predict_proba(x), best.predict_proba(x))
        assert again.get_params() == best.get_params()

    fresh = clone(best)
    assert not hasattr(fresh, "classes_")
    np.testing.assert_array_equal(fresh.fit(x, y).predict_proba(x), best.predict_proba(x))


def test_rows_that_come_in_portions_and_a_target_in_units():
    random = np.random.default_rng(1)
    x = random.normal(size=(600, 4))
    y = 1e6 + 1e5 * (x[:, 0] + np.abs(x[:, 1]))
    model = DNNRegressor(hidden=(32,), learning_rate=0.01, random_state=0)
    for _ in range(8):
        for rows in np.array_split(np.arange(600), 4):
            model.partial_fit(x[rows], y[rows])
    assert len(model.loss_curve_) == 32
    assert model.score(x, y) > 0.8

    whole = DNNRegressor(**QUICK | {"learning_rate": 0.01, "epochs": 60})
    scores = cross_val_score(make_pipeline(StandardScaler(), whole), x, y, cv=3)
    assert scores.min() > 0.8
    assert whole.fit(x, y).verdict_.kind in KINDS
