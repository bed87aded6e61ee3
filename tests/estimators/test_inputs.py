"""What the estimators take, and what they refuse."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.datasets import (
    load_iris,
)

from epochal.errors import InputError
from epochal.estimators import DNNClassifier, DNNRegressor

IRIS = load_iris(return_X_y=True, as_frame=True)
X, Y = IRIS[0].to_numpy(), IRIS[1].to_numpy()
QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 30, "members": 4, "random_state": 0}


def test_frames_keep_their_names_and_pandas_targets_work():
    model = DNNClassifier(**QUICK).fit(*IRIS)
    assert list(model.feature_names_in_) == list(IRIS[0].columns)
    np.testing.assert_array_equal(
        model.predict(IRIS[0]), DNNClassifier(**QUICK).fit(X, Y).predict(X)
    )


def test_columns_of_any_kind_are_encoded():
    random = np.random.default_rng(0)
    colour = random.choice(["red", "green", "blue"], 300)
    frame = pd.DataFrame(
        {
            "colour": pd.Categorical(colour),
            "kind": np.where(random.random(300) < 0.5, "a", "b"),
            "flag": random.random(300) < 0.5,
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 99, 300), "D"),
            "number": np.where(random.random(300) < 0.1, np.nan, random.normal(size=300)),
        }
    )
    wanted = np.where((colour == "red") ^ frame["flag"], "yes", "no")
    model = DNNClassifier(epochs=30, random_state=0).fit(frame, wanted)
    assert list(model.feature_names_in_) == list(frame.columns)
    assert model.score(frame, wanted) > 0.95
    missing = frame.head(5).assign(colour=None, number=np.nan)
    assert np.isfinite(model.predict_proba(missing)).all()
    with pytest.raises(
        ValueError, match=r"(?s)feature names.*seen at fit time, yet now missing:\n- kind"
    ):
        model.predict(frame.drop(columns="kind"))


def test_the_mean_target_of_a_category_does_not_give_the_row_s_own_away():
    random = np.random.default_rng(0)
    names = pd.Series([f"n{number}" for number in random.integers(0, 300, 600)])
    noise = random.integers(0, 2, 600)
    model = DNNClassifier(epochs=10, random_state=0).fit(pd.DataFrame({"name": names}), noise)
    losses = model.history_["val_loss"]
    assert min(losses) > 0.67  # ln 2 is 0.69: nothing can be learned


def test_booleans_and_missing_kinds_of_numbers_are_numbers():
    frame = IRIS[0].assign(flag=True, whole=pd.Series(range(150), dtype="Int64"))
    assert DNNClassifier(**QUICK).fit(frame, Y).n_features_in_ == 6


def test_sparse_rows_are_as_dense_ones():
    dense = np.where(X > 3, X, 0)
    sparse = scipy.sparse.csr_matrix(dense)
    model, same = (DNNClassifier(**QUICK).fit(x, Y) for x in (sparse, dense))
    np.testing.assert_array_equal(model.predict_proba(sparse), same.predict_proba(dense))


def test_missing_numbers_are_told_apart():
    holes = X.copy()
    holes[Y == 1, 0] = np.nan
    model = DNNClassifier(**QUICK).fit(holes, Y)
    assert (model.predict(holes) == 1)[Y == 1].all()


def test_wrong_weights():
    with pytest.raises(InputError, match="above 0 for at least 2 rows, got 1 of 150 rows: check"):
        DNNRegressor().fit(X, Y, sample_weight=np.eye(150)[0])
    with pytest.raises(ValueError, match="Negative values"):
        DNNRegressor().fit(X, Y, sample_weight=-np.ones(150))
