"""Tables to float32: each kind, what is missing or new at prediction, and the saved file."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import (
    TablePreprocessor,
    datasets,
    infer_columns,
    load_preprocessing,
    read_table,
    save_preprocessing,
)
from epochal.errors import InputError
from tests.data.preprocessing.tables import COLUMNS, FRAME, ROWS, feature, fitted


def test_all_kinds_become_finite_float32():
    preprocessor = TablePreprocessor()
    x = preprocessor.fit_transform(FRAME, COLUMNS)
    assert x.dtype == np.float32
    assert x.shape == (ROWS, len(preprocessor.feature_names_out_))
    assert np.isfinite(x).all()
    np.testing.assert_allclose(preprocessor.transform(FRAME), x, atol=1e-4)
    assert "same" not in preprocessor.kinds_
    assert list(preprocessor.get_feature_names_out()) == preprocessor.feature_names_out_
    assert {name.split("_")[0] for name in preprocessor.feature_names_out_} == set(
        preprocessor.kinds_
    )


def test_numbers_are_standardised_and_missing_ones_get_the_median_and_a_flag():
    preprocessor = fitted()
    filled = np.array([20.0, 30.0, 25.0] * 30)
    expected = (filled - filled.mean()) / filled.std()
    np.testing.assert_allclose(feature(preprocessor, FRAME, "age"), expected, atol=1e-6)
    flags = feature(preprocessor, FRAME, "age_missing")
    np.testing.assert_array_equal(flags, FRAME["age"].isna())


def test_categories_have_a_column_each_and_one_for_what_is_missing():
    preprocessor = fitted()
    for value in ("red", "green"):
        column = feature(preprocessor, FRAME, f"colour_{value}")
        np.testing.assert_array_equal(column, FRAME["colour"] == value)
    missing = feature(preprocessor, FRAME, "colour_nan")
    np.testing.assert_array_equal(missing, FRAME["colour"].isna())


def test_a_value_seen_once_and_one_never_seen_share_a_column():
    colours = pd.Series(["red", "green", "blue"] * 30)
    colours[5] = "mauve"
    frame = FRAME.assign(colour=colours)
    preprocessor = fitted(frame)
    new = frame.iloc[[5, 0]].assign(colour=["mauve", "turquoise"])
    rare = feature(preprocessor, new, "colour_infrequent_sklearn")
    np.testing.assert_array_equal(rare, [1, 1])


def test_an_unseen_category_is_zeros_where_no_value_was_rare():
    preprocessor = fitted()
    new = FRAME.iloc[:1].assign(colour="turquoise")
    for value in ("red", "green", "nan"):
        assert feature(preprocessor, new, f"colour_{value}") == 0


def test_numbers_as_categories_are_the_same_whatever_the_table_reads_them_as():
    columns = infer_columns(FRAME, target="y", kinds={"age": "category"})
    preprocessor = fitted(columns=columns)
    np.testing.assert_array_equal(
        feature(preprocessor, FRAME.assign(age=30), "age_30"), np.ones(ROWS)
    )


def test_what_is_missing_in_all_training_rows_is_harmless():
    columns = COLUMNS
    nothing = FRAME.iloc[:10].assign(age=None, review=None, ticket=None)
    preprocessor = fitted(nothing, columns)
    assert np.isfinite(preprocessor.transform(FRAME)).all()
    assert preprocessor.transform(nothing).shape == preprocessor.transform(FRAME[:10]).shape


def test_names_that_collide_are_no_error():
    frame = pd.DataFrame({"a": ["b_c", "d"] * 20, "a_b": ["c", "e"] * 20, "y": [0, 1] * 20})
    preprocessor = fitted(frame, infer_columns(frame, target="y"))
    assert preprocessor.feature_names_out_ == ["a_b_c", "a_d", "a_b_c", "a_b_e"]


def test_one_row_is_transformed_and_other_columns_are_not_looked_at():
    preprocessor = fitted()
    row = FRAME.iloc[[7]].assign(more="x")
    np.testing.assert_allclose(preprocessor.transform(row), preprocessor.transform(FRAME)[[7]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda f: f.drop(columns="age"),
            "the columns of the training table, got one without 'age'",
        ),
        (lambda f: f.rename(columns={"age": "Age"}), r"without 'age'\. Did you mean 'Age'\?"),
        (
            lambda f: f.assign(age="old"),
            r"'age' must be numeric, as in training, got 'old' in row 0",
        ),
        (lambda f: f.assign(age=np.inf), "'age' must be numeric.*got inf in row 0"),
        (lambda f: f.assign(member="perhaps"), "'member' must be boolean.*got 'perhaps'"),
        (
            lambda f: f.assign(day="soon"),
            r"'day' must be a date, as in training, got 'soon' in row 0 \(90 such cells\)",
        ),
    ],
)
def test_a_table_that_is_not_like_the_trained_one_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        fitted().transform(change(FRAME))


def test_without_a_column_there_is_nothing_to_fit():
    columns = infer_columns(FRAME, target="y", keep=["same"], drop=["age"])
    with pytest.raises(InputError, match="columns must have one that is not dropped, got"):
        TablePreprocessor().fit(FRAME, [column for column in columns if column.kind == "dropped"])


def test_what_is_saved_is_loaded(tmp_path):
    preprocessor = fitted()
    save_preprocessing(preprocessor, tmp_path / "preprocessing.skops")
    loaded = load_preprocessing(tmp_path / "preprocessing.skops")
    np.testing.assert_array_equal(loaded.transform(FRAME), preprocessor.transform(FRAME))
    assert loaded.feature_names_out_ == preprocessor.feature_names_out_


@pytest.mark.parametrize("name", ["titanic", "wine", "wine-quality", "boston"])
def test_the_bundled_tables_are_preprocessed_and_saved(name, tmp_path):
    data = datasets.load_table(name)
    columns = infer_columns(data.frame, target=data.target)
    preprocessor = TablePreprocessor()
    x = preprocessor.fit_transform(data.frame, columns)
    assert np.isfinite(x).all()
    save_preprocessing(preprocessor, tmp_path / "p.skops")
    loaded = load_preprocessing(tmp_path / "p.skops")
    np.testing.assert_array_equal(loaded.transform(data.frame), x)


def test_ten_thousand_columns_are_preprocessed():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(20, 10_000))).rename(columns=str).assign(y=[0, 1] * 10)
    columns = infer_columns(read_table(wide), target="y")
    assert TablePreprocessor().fit_transform(wide, columns).shape == (20, 10_000)


def test_all_columns_that_are_wrong_are_named_at_once():
    wrong = FRAME.drop(columns=["member", "colour"]).assign(age="old", day="soon")
    with pytest.raises(InputError) as refused:
        fitted().transform(wrong)
    assert str(refused.value) == (
        "The table must be like the training table, got 4 columns that are not ("
        "'age' must be numeric, as in training, got 'old' in row 0 (90 such cells); "
        "'day' must be a date, as in training, got 'soon' in row 0 (90 such cells); "
        "'member' is missing; 'colour' is missing): correct or add them, empty where unknown."
    )
    with pytest.raises(InputError, match=r"got one without 'member', 'colour'\. Add them, empty"):
        fitted().transform(FRAME.drop(columns=["member", "colour"]))
