"""Rows on both sides of a split."""

import numpy as np
import pandas as pd

from epochal.data import Split, count_duplicates


def test_duplicates_across_a_split_are_counted():
    features = pd.DataFrame({"a": [1, 2, 1, 3, 2, 4], "b": list("xyxzyw")})
    parts = Split(train=np.array([0, 1]), validation=np.array([2, 3]), test=np.array([4, 5]))
    duplicates = count_duplicates(features, parts)
    assert (duplicates.validation, duplicates.test) == (1, 1)
