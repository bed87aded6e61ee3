"""What both estimators do: parameters, early stopping, seeds, and life in scikit-learn."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    make_classification,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from epochal.engine.xla import EXECUTABLES
from epochal.errors import InputError
from epochal.estimators import DNNClassifier, DNNRegressor

IRIS = load_iris(return_X_y=True, as_frame=True)
X, Y = IRIS[0].to_numpy(), IRIS[1].to_numpy()
QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 30, "random_state": 0}


def test_equal_seeds_give_equal_models_to_the_bit():
    first, again, other = (
        DNNRegressor(**(QUICK | {"dropout": 0.1, "random_state": seed})).fit(X[:, :3], X[:, 3])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.predict(X[:, :3]), again.predict(X[:, :3]))
    assert not np.array_equal(first.predict(X[:, :3]), other.predict(X[:, :3]))


def test_a_prediction_hangs_on_its_row_alone():
    model = DNNClassifier(**QUICK).fit(X, Y)
    for rows in (1, 255, 256, 257, 700):
        many = np.tile(X, (5, 1))[:rows]
        whole, alone = model.predict_proba(many)[-1:], model.predict_proba(many[-1:])
        np.testing.assert_array_equal(whole, alone, err_msg=f"{rows} rows")


def test_early_stopping_holds_rows_out_and_keeps_the_best_epoch():
    x, y = make_classification(300, flip_y=0.4, random_state=0)
    model = DNNClassifier(
        (64,), members=1, early_stopping=True, epochs=200, patience=5, random_state=0
    ).fit(x, y)
    losses = model.history_["val_loss"]
    assert model.n_iter_ == len(losses) < 200
    assert np.argmin(losses) == len(losses) - 6


def test_early_stopping_is_automatic_from_1000_rows_on():
    x, y = make_classification(1000, random_state=0)
    alone = DNNClassifier(**QUICK, members=1)
    assert "val_loss" in alone.fit(x, y).history_
    assert "val_loss" not in alone.fit(x[:999], y[:999]).history_
    assert "val_loss" in DNNClassifier(**QUICK).fit(x[:999], y[:999]).history_


def test_members_are_as_many_as_asked_for_or_one_where_rows_are_few():
    assert len(DNNClassifier(**QUICK).fit(X, Y).models_) in (5, 10, 15, 20)
    assert len(DNNClassifier(**QUICK, members=3).fit(X, Y).models_) == 3
    assert len(DNNClassifier(**QUICK, guideline="default").fit(X, Y).models_) == 1
    assert len(DNNClassifier(**QUICK).fit(X[::4], Y[::4]).models_) == 1


def test_pickling_and_cloning():
    model = DNNRegressor(**QUICK).fit(X[:, :3], X[:, 3])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X[:, :3]), model.predict(X[:, :3]))
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model), "model_")


def test_it_works_in_a_pipeline_and_a_cross_validation():
    pipeline = make_pipeline(MinMaxScaler(), DNNClassifier(learning_rate=0.01, random_state=0))
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.9


@pytest.mark.slow
def test_it_works_in_a_grid_search_over_processes():
    search = GridSearchCV(
        DNNRegressor(**QUICK), {"hidden": [(8,), (32,)], "dropout": [0.0, 0.1]}, cv=2, n_jobs=2
    )
    x, y = load_diabetes(return_X_y=True)
    search.fit(x, y)
    assert len(search.cv_results_["mean_test_score"]) == 4
    assert search.best_score_ > 0.2


@pytest.mark.parametrize(
    ("fits", "members"), [pytest.param(100, 1, marks=pytest.mark.slow), (3, 4)]
)
@pytest.mark.parametrize("engine", ["native", "xla"])
def test_settings_of_equal_shapes_compile_once(fits, members, engine):
    x, y = make_classification(200, 20, random_state=0)
    chosen = {"members": members, "engine": engine, "hidden": (8,), "epochs": 2}
    DNNClassifier(**chosen, random_state=0).fit(x, y).predict(x)
    traced = EXECUTABLES.traced
    assert traced > 0 or engine == "native"
    for seed in range(fits):
        rate = 1e-3 * (seed + 1)
        model = DNNClassifier(**chosen, learning_rate=rate, patience=seed + 1, random_state=seed)
        model.fit(x, y)
    assert model.engine_ == engine
    model.predict(x)
    assert EXECUTABLES.traced == traced


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"learning_rate": -1},
            "learning_rate must be 'auto' or a finite number above 0, got -1: g",
        ),
        (
            {"learning_rate": "fast"},
            "learning_rate must be 'auto' or a finite number above 0, got 'fas",
        ),
        ({"early_stopping": "uato"}, "True, False or 'auto', got 'uato'. Did you mean 'auto'?"),
        (
            {"validation_fraction": 1.5},
            "validation_fraction must be a number above 0 and below 1, got 1.5",
        ),
        (
            {"validation_fraction": "0.1", "early_stopping": True},
            "validation_fraction must be a number above 0 and below 1, got '0.1': give e.g. 0.1",
        ),
        ({"dropout": "a"}, r"dropout must be at least 0 and below 1, got 'a'"),
        ({"l2": "a"}, "l2 must be finite and at least 0, got 'a'"),
        ({"members": 0}, "members must be a whole number of at least 1, got 0"),
        ({"members": 151}, "at most the number of rows of each class.*151 members and 150 rows"),
        ({"numeric_encoding": "standrad"}, "Did you mean 'standard'?"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number of at least 1, got 2.5"),
        ({"patience": 0}, "patience must be a whole number of at least 1, got 0"),
        ({"guideline": "defualt"}, "Did you mean 'default'?"),
        ({"engine": "xle"}, "Did you mean 'xla'?"),
        ({"hidden": (0,)}, "hidden must be the units of each hidden layer"),
        ({"learning_rate": 1e30, "optimizer": "sgd"}, "must stay finite, but diverged in epoch 1"),
    ],
)
def test_wrong_parameters(parameters, message):
    with pytest.raises(InputError, match=message):
        DNNRegressor(**(QUICK | {"learning_rate": 0.01} | parameters)).fit(X[:, :3], X[:, 3])


def test_numbers_of_numpy_are_numbers():
    x = np.random.default_rng(0).standard_normal((64, 3))
    given: dict[str, Any] = {
        "learning_rate": np.float32(0.01),
        "l2": np.float32(0.01),
        "dropout": np.float32(0.1),
        "validation_fraction": np.float32(0.25),
        "early_stopping": True,
        "epochs": np.int64(1),
    }
    model = DNNRegressor(hidden=(8,), **given)
    assert model.fit(x, x.sum(axis=1)).learning_rate_ == pytest.approx(0.01)
