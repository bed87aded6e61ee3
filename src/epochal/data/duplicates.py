"""Rows of a table whose features are those of a row in an earlier part of the split."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from epochal.data.splits import Split


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Numbers of rows that equal a row of an earlier part in all features.

    Attributes
    ----------
    validation : int
        Validation rows that equal a training row.
    test : int
        Test rows that equal a training or a validation row.
    """

    validation: int
    test: int


def count_duplicates(features: pd.DataFrame, split: Split) -> Duplicates:
    """Count rows with equal features across the parts of a split.

    Parameters
    ----------
    features : DataFrame of shape (rows, columns)
        Without the target: rows with equal features and other targets are duplicates too.
    split : Split
        The parts of these rows.

    Returns
    -------
    Duplicates
        Validation and test rows whose features equal those of a row of an earlier part.

    Examples
    --------
    >>> import numpy as np
    >>> features = pd.DataFrame({"a": [1, 2, 1, 2]})
    >>> parts = Split(train=np.array([0]), validation=np.array([1]), test=np.array([2, 3]))
    >>> count_duplicates(features, parts)
    Duplicates(validation=0, test=2)
    """
    rows = pd.util.hash_pandas_object(features, index=False).to_numpy()
    train, validation, test = rows[split.train], rows[split.validation], rows[split.test]
    return Duplicates(
        validation=int(np.isin(validation, train).sum()),
        test=int(np.isin(test, np.concatenate([train, validation])).sum()),
    )
