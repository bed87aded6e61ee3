"""The estimators on data: what they learn, what they take, and where they fit in."""

import pickle
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import (
    load_diabetes,
    load_iris,
    make_classification,
    make_friedman1,
    make_multilabel_classification,
)
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import epochal
from epochal.engine.xla import EXECUTABLES
from epochal.errors import InputError
from epochal.estimators import DNNClassifier, DNNRegressor
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
    assert model.n_iter_ == 100
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
    outputs = model.model_.predict(model.scaler_.transform(X).astype("float32"), verbose=0)
    np.testing.assert_allclose(outputs, model.predict_proba(X), rtol=1e-4, atol=1e-6)


def test_several_labels():
    x, labels = make_multilabel_classification(400, n_classes=3, random_state=0)
    model = DNNClassifier(**QUICK).fit(x, labels)
    assert model.predict(x).shape == model.predict_proba(x).shape == (400, 3)
    assert (model.predict(x) == labels).mean() > 0.85
    np.testing.assert_array_equal(model.predict(x), model.decision_function(x) > 0)


def test_a_curved_surface_is_fitted_better_than_by_a_plane():
    x, y = make_friedman1(600, noise=0.5, random_state=0)
    y = 1e4 * y + 1e6  # targets are standardised inside
    model = DNNRegressor(random_state=0).fit(x[:400], y[:400])
    plane = LinearRegression().fit(x[:400], y[:400])
    assert model.score(x[400:], y[400:]) > plane.score(x[400:], y[400:]) + 0.05


def test_several_outputs():
    x, y = make_friedman1(300, random_state=0)
    model = DNNRegressor(**QUICK).fit(x, np.column_stack([y, -1000 * y]))
    predicted = model.predict(x)
    assert predicted.shape == (300, 2)
    assert model.score(x, np.column_stack([y, -1000 * y])) > 0.7


def test_a_class_that_weighs_nothing_is_not_predicted():
    model = DNNClassifier(**QUICK).fit(X, Y, sample_weight=np.where(Y == 1, 0.0, 2.0))
    assert set(model.predict(X)) == {0, 2}
    assert list(model.classes_) == [0, 2]


def test_class_weights_move_the_boundary():
    x, y = make_classification(400, n_informative=4, weights=[0.9], flip_y=0.1, random_state=0)
    plain = DNNClassifier(**QUICK).fit(x, y).predict(x).mean()
    balanced = DNNClassifier(**QUICK, class_weight="balanced").fit(x, y).predict(x).mean()
    assert balanced > plain


def test_frames_keep_their_names_and_pandas_targets_work():
    model = DNNClassifier(**QUICK).fit(*IRIS)
    assert list(model.feature_names_in_) == list(IRIS[0].columns)
    np.testing.assert_array_equal(
        model.predict(IRIS[0]), DNNClassifier(**QUICK).fit(X, Y).predict(X)
    )


def test_equal_seeds_give_equal_models_to_the_bit():
    first, again, other = (
        DNNRegressor(**(QUICK | {"dropout": 0.1, "random_state": seed})).fit(X[:, :3], X[:, 3])
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.predict(X[:, :3]), again.predict(X[:, :3]))
    assert not np.array_equal(first.predict(X[:, :3]), other.predict(X[:, :3]))


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 700])
def test_a_prediction_hangs_on_its_row_alone(rows):
    model = DNNClassifier(**QUICK).fit(X, Y)
    many = np.tile(X, (5, 1))[:rows]
    np.testing.assert_array_equal(model.predict_proba(many)[-1:], model.predict_proba(many[-1:]))


def test_early_stopping_holds_rows_out_and_keeps_the_best_epoch():
    x, y = make_classification(300, flip_y=0.4, random_state=0)
    model = DNNClassifier(
        (64,), early_stopping=True, epochs=200, patience=5, learning_rate=0.01, random_state=0
    ).fit(x, y)
    losses = model.history_["val_loss"]
    assert model.n_iter_ == len(losses) < 200
    assert np.argmin(losses) == len(losses) - 6
    assert model.learning_rate_ == 0.01


def test_early_stopping_is_automatic_from_1000_rows_on():
    x, y = make_classification(1000, random_state=0)
    assert "val_loss" in DNNClassifier(**QUICK).fit(x, y).history_
    assert "val_loss" not in DNNClassifier(**QUICK).fit(x[:999], y[:999]).history_


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


@pytest.mark.parametrize("fits", [5, pytest.param(100, marks=pytest.mark.slow)])
def test_fits_of_equal_shapes_compile_once(fits):
    x, y = make_classification(1000, 20, random_state=0)
    DNNClassifier(epochs=2, random_state=0).fit(x, y).predict(x)
    traced = EXECUTABLES.traced
    for seed in range(fits):
        shuffled = np.random.default_rng(seed).permutation(1000)
        model = DNNClassifier(epochs=2, random_state=seed).fit(x[shuffled], y[shuffled])
    model.predict(x)
    assert EXECUTABLES.traced == traced


def test_a_frame_with_text_points_to_what_encodes_it():
    frame = IRIS[0].assign(colour="blue", when=pd.Timestamp("2024-01-01"))
    message = r"numeric columns only, got 'colour' \(.*\), 'when' \(datetime64.*with skrub.TableVec"
    with pytest.raises(InputError, match=message):
        DNNClassifier().fit(frame, Y)
    many = pd.DataFrame({f"c{number}": ["a", "b"] for number in range(9)})
    with pytest.raises(InputError, match="and 4 more: encode them first"):
        DNNClassifier().fit(many, [0, 1])


def test_booleans_and_missing_kinds_of_numbers_are_numbers():
    frame = IRIS[0].assign(flag=True, whole=pd.Series(range(150), dtype="Int64"))
    assert DNNClassifier(**QUICK).fit(frame, Y).n_features_in_ == 6


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
        ({"dropout": "a"}, r"dropout must be a rate in \[0, 1\), got 'a'"),
        ({"l2": "a"}, "l2 must be finite and at least 0, got 'a'"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": 2.5}, "batch_size must be a whole number of at least 1, got 2.5"),
        ({"patience": 0}, "patience must be a whole number of at least 1, got 0"),
        ({"guideline": "defualt"}, "Did you mean 'default'?"),
        ({"engine": "xle"}, "Did you mean 'xla'?"),
        ({"hidden": (0,)}, "hidden must hold the units of each hidden layer"),
        ({"learning_rate": 1e30, "optimizer": "sgd"}, "learning_rate must keep the loss finite"),
    ],
)
def test_wrong_parameters(parameters, message):
    with pytest.raises(InputError, match=message):
        DNNRegressor(**(QUICK | {"learning_rate": 0.01} | parameters)).fit(X[:, :3], X[:, 3])


def test_wrong_targets_and_weights():
    with pytest.raises(InputError, match=r"y must have at least 2 classes, got 1 class \(7\): add"):
        DNNClassifier().fit(X, np.full(150, 7))
    with pytest.raises(InputError, match="got 2 columns of more than two classes: wrap this"):
        DNNClassifier().fit(X, np.column_stack([Y, Y]))
    with pytest.raises(InputError, match="above 0 for at least 2 rows, got 1 of 150 rows: check"):
        DNNRegressor().fit(X, Y, sample_weight=np.eye(150)[0])
    with pytest.raises(ValueError, match="Negative values"):
        DNNRegressor().fit(X, Y, sample_weight=-np.ones(150))


def test_a_fit_that_diverges_later_is_refused_as_well():
    x = np.random.default_rng(0).standard_normal((64, 3))
    model = DNNRegressor(hidden=(8,), learning_rate=0.5, epochs=3, optimizer="momentum")
    later = fit_that_ends_in_nan(first_loss=1.0)
    with mock.patch("epochal.estimators.base.fit", later), pytest.raises(InputError) as error:
        model.fit(x, x.sum(axis=1))
    assert str(error.value) == (
        "learning_rate must keep the loss finite, got 0.5, with which the loss diverged in epoch "
        "2: lower it."
    )


def fit_that_ends_in_nan(first_loss):
    """`epochal.fit`, of a run whose weights are no numbers from the second epoch on."""

    def fit(model, *args, **kwargs):
        run = epochal.fit(model, *args, **kwargs)
        model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
        run.history["loss"] = [first_loss, np.nan, np.nan]
        return run

    return fit


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


def test_sparse_rows_name_the_encoder_s_option():
    with pytest.raises(InputError) as error:
        DNNClassifier().fit(scipy.sparse.csr_matrix(np.eye(4)), [0, 1, 0, 1])
    assert str(error.value) == (
        "X must be dense, got a sparse csr_matrix of shape (4, 4): pass X.toarray(), or make the "
        "step before return dense rows, as OneHotEncoder(sparse_output=False) does."
    )
