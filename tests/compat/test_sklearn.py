"""The private names of scikit-learn that epochal uses."""

from importlib import import_module

import numpy as np
import pytest

from epochal.compat import _sklearn


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (_sklearn.COLUMN_TRANSFORMER, "ColumnTransformer"),
        (_sklearn.TRUNCATED_SVD, "TruncatedSVD"),
        (_sklearn.SIMPLE_IMPUTER, "SimpleImputer"),
        (_sklearn.SCALERS, "StandardScaler"),
        (_sklearn.ENCODERS, "OneHotEncoder"),
    ],
)
def test_the_parts_of_a_saved_preprocessing_are_where_the_file_says(module: str, name: str) -> None:
    assert getattr(import_module(module), name).__module__ == module


def test_sample_weights_are_checked() -> None:
    weights = _sklearn.check_sample_weight([1, 2], np.zeros((2, 1)), dtype=np.float64)
    assert weights.tolist() == [1.0, 2.0]
