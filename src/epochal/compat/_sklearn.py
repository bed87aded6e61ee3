"""Every private name of scikit-learn that epochal uses."""

from sklearn.utils.validation import _check_sample_weight as check_sample_weight

# Where the parts of a saved preprocessing are defined: skops writes these paths into the file.
COLUMN_TRANSFORMER = "sklearn.compose._column_transformer"
TRUNCATED_SVD = "sklearn.decomposition._truncated_svd"
SIMPLE_IMPUTER = "sklearn.impute._base"
SCALERS = "sklearn.preprocessing._data"
ENCODERS = "sklearn.preprocessing._encoders"

__all__ = ["check_sample_weight"]
