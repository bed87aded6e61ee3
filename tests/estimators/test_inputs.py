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
QUICK: dict[str, Any] = {"hidden": (16,), "epochs": 30, "random_state": 0}


def test_frames_keep_their_names_and_pandas_targets_work():
    model = DNNClassifier(**QUICK).fit(*IRIS)
    assert list(model.feature_names_in_) == list(IRIS[0].columns)
    np.testing.assert_array_equal(
        model.predict(IRIS[0]), DNNClassifier(**QUICK).fit(X, Y).predict(X)
    )


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


def test_sparse_rows_name_the_encoder_s_option():
    with pytest.raises(InputError) as error:
        DNNClassifier().fit(scipy.sparse.csr_matrix(np.eye(4)), [0, 1, 0, 1])
    assert str(error.value) == (
        "X must be dense, got a sparse csr_matrix of shape (4, 4): pass X.toarray(), or make the "
        "step before return dense rows, as OneHotEncoder(sparse_output=False) does."
    )


def test_wrong_weights():
    with pytest.raises(InputError, match="above 0 for at least 2 rows, got 1 of 150 rows: check"):
        DNNRegressor().fit(X, Y, sample_weight=np.eye(150)[0])
    with pytest.raises(ValueError, match="Negative values"):
        DNNRegressor().fit(X, Y, sample_weight=-np.ones(150))
