"""What is unlike the training data is found, and nothing else is."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import (
    TablePreprocessor,
    datasets,
    infer_columns,
    load_preprocessing,
    save_preprocessing,
)
from epochal.data.preprocessing.seen_values import SeenValues


def seen_in(values, kind):
    return SeenValues().fit(pd.DataFrame({"x": values}), {"x": kind})


@pytest.mark.parametrize(
    ("number", "unlike"),
    [(0, False), (10, False), (15, False), (15.01, True), (-5, False), (-5.01, True), (1e9, True)],
)
def test_numbers_beyond_half_the_range_are_unlike(number, unlike):
    found = seen_in([0.0, 10.0, np.nan], "numeric").unlike(pd.DataFrame({"x": [number, np.nan]}))
    assert ("x" in found) is unlike
    if unlike:
        assert found["x"].rows.tolist() == [True, False]
        assert found["x"].words == "outside 0 to 10"


def test_a_new_category_is_unlike_where_new_ones_are_rare():
    cities = pd.DataFrame({"x": ["Rome", "Oslo", "Bath"] * 10})
    found = SeenValues().fit(cities, {"x": "category"})
    assert found.unlike(pd.DataFrame({"x": ["Atlantis", "Rome", None]}))["x"].rows.tolist() == [
        True,
        False,
        False,
    ]
    # Every other row had a category that no other row has: a new one says nothing.
    names = seen_in([f"name {n}" for n in range(30)], "category")
    assert not names.categories_
    assert not names.unlike(pd.DataFrame({"x": ["somebody"]}))


@pytest.mark.parametrize("name", ["titanic", "wine", "wine-quality", "boston"])
def test_other_rows_of_the_same_table_are_hardly_ever_unlike(name):
    data = datasets.load_table(name)
    columns = infer_columns(data.frame, target=data.target)
    training = data.frame.sample(frac=0.7, random_state=0)
    preprocessor = TablePreprocessor().fit(training, columns)
    others = data.frame.drop(training.index)
    _, unlike = preprocessor.transform_and_compare(others)
    flagged = np.any([np.zeros(len(others), bool), *(c.rows for c in unlike.values())], axis=0)
    assert flagged.mean() < 0.02


def test_what_was_seen_is_saved(tmp_path):
    frame = pd.DataFrame({"zip": np.arange(501.0, 601), "city": ["a", "b"] * 50, "y": [0, 1] * 50})
    columns = infer_columns(frame, target="y", kinds={"zip": "numeric"})
    save_preprocessing(TablePreprocessor().fit(frame, columns), tmp_path / "p.skops")
    loaded = load_preprocessing(tmp_path / "p.skops")
    _, unlike = loaded.transform_and_compare(pd.DataFrame({"zip": [1e9, 505], "city": ["a", "c"]}))
    assert {n: c.rows.tolist() for n, c in unlike.items()} == {
        "zip": [True, False],
        "city": [False, True],
    }
