"""Estimators that go on, are watched, saved, and shown in a notebook."""

import json
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.datasets import load_diabetes, load_iris
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import epochal
from epochal.engine.xla import EXECUTABLES
from epochal.errors import InputError
from epochal.estimators import DNNClassifier, DNNRegressor
from epochal.estimators.inputs import weighted_rows
from epochal.tuning import guided_fit

X, Y = load_iris(return_X_y=True)
QUICK: dict[str, Any] = {"hidden": (8,), "members": 1, "epochs": 10, "random_state": 0}


def through_skops(model: Any) -> Any:
    content = skops.io.dumps(model)
    types = skops.io.get_untrusted_types(data=content)
    assert not [name for name in types if name.startswith("keras")]
    return skops.io.loads(content, trusted=types)


def frame() -> pd.DataFrame:
    names = np.array(["setosa", "other", None], dtype=object)
    return pd.DataFrame(X, columns=list("abcd")).assign(name=names[Y])


@pytest.mark.parametrize("x", [X, frame()], ids=["array", "frame"])
@pytest.mark.parametrize("members", [1, 3])
def test_skops_gives_the_same_classifier_back(x, members):
    model = DNNClassifier(**QUICK | {"members": members}).fit(x, Y)
    again = through_skops(model)
    assert_array_equal(again.predict_proba(x), model.predict_proba(x))
    assert again.get_params() == model.get_params()
    assert again.verdict_ == model.verdict_
    assert again.loss_curve_ == model.loss_curve_
    assert not hasattr(again, "run_")


def test_skops_gives_the_same_regressor_back_in_a_pipeline():
    x, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(MinMaxScaler(), DNNRegressor(**QUICK)).fit(x, y)
    assert_array_equal(through_skops(pipeline).predict(x), pipeline.predict(x))


def test_what_is_not_trained_is_saved_as_well():
    assert through_skops(DNNClassifier(**QUICK)).get_params() == DNNClassifier(**QUICK).get_params()


def test_a_saved_network_that_could_run_code_is_refused():
    model = DNNRegressor(**QUICK).fit(X[:, :3], X[:, 3])
    evil = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x)])
    model.models_ = [evil]
    with pytest.raises(InputError, match="may run code"):
        through_skops(model)


def test_the_record_of_the_training():
    model = DNNClassifier(**QUICK | {"early_stopping": True}).fit(X, Y)
    assert isinstance(model.run_, epochal.Run)
    assert isinstance(model.verdict_, epochal.Diagnosis)
    assert model.loss_curve_ == model.history_["loss"]
    assert len(model.loss_curve_) == model.n_iter_
    assert_allclose(model.loss_curve_, model.run_.history["loss"])
    assert model.model_ is model.models_[0]
    assert not hasattr(DNNClassifier(), "loss_curve_")


def test_partial_fit_goes_on_and_learns():
    model = DNNClassifier(hidden=(16,), learning_rate=0.01, random_state=0)
    parts = np.array_split(np.random.default_rng(0).permutation(len(Y)), 3)
    for _ in range(10):
        for rows in parts:
            model.partial_fit(X[rows], Y[rows], classes=[0, 1, 2])
    assert model.score(X, Y) > 0.9
    assert model.loss_curve_[-1] < 0.5 * model.loss_curve_[0]
    assert model.n_iter_ == len(model.loss_curve_) == 30
    assert len(model.models_) == 1
    again = through_skops(model)
    for each in (model, again):
        each.set_params(random_state=1).partial_fit(X, Y)
    assert_allclose(again.predict_proba(X), model.predict_proba(X), rtol=1e-5)


def test_partial_fit_of_a_regressor_keeps_encoder_and_scaler():
    model = DNNRegressor(hidden=(16,), members=2, learning_rate=0.01, random_state=0)
    model.partial_fit(X[:, :3], X[:, 3])
    encoder, scaler = model.encoder_, model.target_scaler_
    for _ in range(20):
        model.partial_fit(X[:, :3], X[:, 3])
    assert model.encoder_ is encoder
    assert model.target_scaler_ is scaler
    assert len(model.models_) == 2
    assert model.score(X[:, :3], X[:, 3]) > 0.9


def test_partial_fit_must_know_the_classes():
    with pytest.raises(InputError, match="classes must be given in the first call"):
        DNNClassifier(**QUICK).partial_fit(X, Y)
    model = DNNClassifier(**QUICK).partial_fit(X[:100], Y[:100], classes=[0, 1])
    with pytest.raises(InputError, match="y must hold known classes only, got 2"):
        model.partial_fit(X, Y)


@pytest.mark.parametrize("members", [1, 2])
def test_a_warm_start_begins_where_the_last_fit_ended(members):
    cold = {"learning_rate": 0.003, "members": members, "epochs": 30}
    model = DNNClassifier(**QUICK | cold, warm_start=True).fit(X, Y)
    encoder, first = model.encoder_, model.loss_curve_
    model.fit(X, Y)
    assert model.encoder_ is encoder
    assert model.loss_curve_[0] < 0.7 * first[0]
    with pytest.raises(InputError, match="y must have the classes of the last fit"):
        model.fit(X[:100], Y[:100])
    assert DNNClassifier(**QUICK | cold).fit(X, Y).fit(X, Y).loss_curve_ == first


def test_callbacks_are_called_for_every_network():
    epochs: list[int] = []

    class Count(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            epochs.append(epoch)

        def __deepcopy__(self, memo: Any) -> "Count":
            return Count()

    DNNClassifier(**QUICK | {"epochs": 3}, callbacks=[Count()]).fit(X, Y)
    assert epochs == [0, 1, 2]
    DNNClassifier(**QUICK | {"epochs": 3, "members": 2}, callbacks=[Count()]).fit(X, Y)
    assert len(epochs) == 9
    with pytest.raises(InputError, match="callbacks must be Keras callbacks"):
        DNNClassifier(**QUICK, callbacks=["stop"]).fit(X, Y)


@pytest.mark.parametrize("members", [1, 2])
def test_an_eval_set_is_what_the_networks_stop_by(members):
    rows = np.random.default_rng(0).permutation(len(Y))
    train, held = rows[:100], rows[100:]
    settings = QUICK | {"members": members, "epochs": 20}
    model = DNNClassifier(**settings).fit(X[train], Y[train], eval_set=[(X[held], Y[held])])
    assert len(model.history_["val_loss"]) == model.n_iter_
    if members == 1:
        # The weights of the best epoch were kept: their loss on these rows is the lowest.
        probability = model.predict_proba(X[held])[np.arange(len(held)), Y[held]]
        assert_allclose(-np.log(probability).mean(), min(model.history_["val_loss"]), rtol=1e-4)
    with pytest.raises(InputError, match=r"eval_set must be \(X, y\), or a list of one such pair"):
        model.fit(X, Y, eval_set=X)
    with pytest.raises(InputError, match="eval_set's y must hold known classes only, got 2"):
        model.fit(X[:100], Y[:100], eval_set=(X, Y))


@pytest.mark.parametrize("members", [1, 4])
def test_rows_of_a_group_are_on_one_side_of_every_split(members, monkeypatch):
    groups = np.repeat(np.arange(30), 5)
    x = np.column_stack([groups, X])
    settings = QUICK | {"members": members, "epochs": 1, "numeric_encoding": "standard"}
    seen: list[tuple[Any, Any, Any]] = []
    whole = guided_fit.fit_networks

    def spy(build: Any, training: Any, validation: Any, recipe: Any, **options: Any) -> Any:
        seen.append((training.x[:, 0], validation, options["relations"]))
        return whole(build, training, validation, recipe, **options)

    monkeypatch.setattr("epochal.estimators.base.fit_networks", spy)
    model = DNNClassifier(**settings, early_stopping=True).fit(x, Y, groups=groups)
    assert model.n_iter_ == 1
    training, validation, relations = seen[0]
    if members == 1:
        assert not set(training) & set(validation.x[:, 0])
        assert 10 <= len(validation.x) <= 20
    else:
        assert validation is None
        assert_array_equal(relations.groups, groups)
    with pytest.raises(InputError, match="groups must hold at least 2 different groups, got 1"):
        model.fit(x, Y, groups=np.zeros(len(Y)))
    with pytest.raises(InputError, match="groups must have one value for each of the 150 rows"):
        model.fit(x, Y, groups=groups[:3])


def test_groups_and_weights_belong_to_the_same_rows():
    groups, weight = np.repeat(np.arange(30), 5), np.ones(len(Y))
    weight[::2] = 0
    kept = weighted_rows(X, Y, weight, groups)
    assert_array_equal(kept.groups, groups[1::2])


def test_groups_come_by_metadata_routing():
    groups = np.repeat(np.arange(30), 5)
    with config_context(enable_metadata_routing=True):
        model = DNNClassifier(**QUICK, early_stopping=True).set_fit_request(groups=True)
        scores = cross_val_score(
            model,
            X,
            Y,
            cv=StratifiedGroupKFold(3),
            params={"groups": groups},
            error_score="raise",
        )
    assert len(scores) == 3


def test_a_grid_search_compiles_a_program_once_a_shape():
    x = np.random.default_rng(0).standard_normal((60, 3))
    settings = QUICK | {"epochs": 2, "numeric_encoding": "standard", "engine": "xla"}
    traced = EXECUTABLES.traced
    DNNRegressor(**settings | {"learning_rate": 0.01}).fit(x[:30], x[:30, 0])
    once = EXECUTABLES.traced - traced
    grid = {"learning_rate": [0.01, 0.003], "patience": [5, 6], "epochs": [1, 2]}
    search = GridSearchCV(DNNRegressor(**settings), grid, cv=2, error_score="raise", refit=False)
    search.fit(x, x[:, 0])
    assert len(search.cv_results_["params"]) == 8
    assert EXECUTABLES.traced - traced == once == 1


def test_permutation_importance_finds_the_column_that_counts():
    x = np.random.default_rng(0).standard_normal((300, 3))
    model = DNNRegressor(**QUICK | {"epochs": 40}).fit(x, x[:, 1])
    importance = permutation_importance(model, x, x[:, 1], n_repeats=2, random_state=0)
    assert importance.importances_mean.argmax() == 1
    assert importance.importances_mean[1] > 10 * abs(importance.importances_mean[[0, 2]]).max()


def test_a_notebook_sees_parameters_and_network():
    model = DNNClassifier(**QUICK)
    assert "Dense" not in model._repr_mimebundle_()["text/html"]
    html = model.fit(X, Y)._repr_mimebundle_()["text/html"]
    assert "DNNClassifier" in html
    assert "Dense" in html
    assert "data:image/png" in html
    assert json.dumps(html)
