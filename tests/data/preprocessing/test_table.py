"""Tables to float32: each kind, what is missing or new at prediction, and the saved file."""

import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from skops import io as skops_io

from epochal.data import (
    TablePreprocessor,
    datasets,
    infer_columns,
    load_preprocessing,
    read_table,
    save_preprocessing,
)
from epochal.data.preprocessing.allowlist import PARTS, parts_in
from epochal.data.preprocessing.encoders import TextEncoder
from epochal.errors import InputError

ROWS = 90
FRAME = pd.DataFrame(
    {
        "age": [20.0, 30.0, None] * 30,
        "member": ["yes", "no", "yes"] * 30,
        "colour": ["red", "green", None] * 30,
        "day": pd.date_range("2020-01-30", periods=ROWS).strftime("%d/%m/%Y"),
        "ticket": [f"PC {i // 2}" for i in range(ROWS)],
        "review": [f"film {i} was {'bad' if i % 2 else 'good'} enough" for i in range(ROWS)],
        "same": [1] * ROWS,
        "y": [0, 1, 1] * 30,
    }
)
COLUMNS = infer_columns(FRAME, target="y")


def fitted(frame=FRAME, columns=COLUMNS):
    return TablePreprocessor().fit(frame, columns)


def feature(preprocessor, frame, name):
    return preprocessor.transform(frame)[:, preprocessor.feature_names_out_.index(name)]


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


def test_dates_become_their_parts_in_the_order_that_was_trained():
    preprocessor = fitted()
    new = FRAME.iloc[:2].assign(
        day=pd.Series(["02/03/2020", None])
    )  # of this alone, the order is in doubt
    march = feature(preprocessor, FRAME, "day_month")[np.array(FRAME["day"] == "02/03/2020")]
    assert feature(preprocessor, new, "day_month")[0] == march
    assert np.isfinite(preprocessor.transform(new)).all()


def test_spellings_and_texts_are_as_wide_as_the_rows_allow():
    names = fitted().feature_names_out_
    assert sum(name.startswith("ticket_text") for name in names) == 3
    assert sum(name.startswith("review_text") for name in names) == 3


def test_texts_tell_apart_what_their_words_do():
    frame = FRAME[["review"]].assign(y=np.arange(ROWS) % 2)
    frame["review"] = np.where(frame["y"] == 1, "a poor and dull film ", "a fine and rich film ")
    frame["review"] += np.arange(ROWS).astype(str)
    x = TablePreprocessor().fit_transform(frame, infer_columns(frame, target="y"))
    assert LogisticRegression().fit(x, frame["y"]).score(x, frame["y"]) == 1


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
            r"'day' must hold dates, as in training, got 'soon' in row 0",
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


class Stranger:
    """What no preprocessor holds."""


def test_files_that_are_no_preprocessing_are_refused(tmp_path):
    path = tmp_path / "x.skops"
    with pytest.raises(InputError, match=r"must be a file of saved preprocessing.*FileNotFound"):
        load_preprocessing(path)
    path.write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"must be a file of saved preprocessing.*BadZipFile"):
        load_preprocessing(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "x")
    with pytest.raises(InputError, match=r"must be a file of saved preprocessing.*KeyError"):
        load_preprocessing(path)
    skops_io.dump({"a": Stranger()}, path)
    with pytest.raises(InputError, match=r"got .*Stranger, which is not trusted: load only"):
        load_preprocessing(path)
    skops_io.dump({"a": 1}, path)
    with pytest.raises(InputError, match="must hold preprocessing, got a dict: check"):
        load_preprocessing(path)


@pytest.mark.parametrize(
    "frame",
    [
        FRAME,
        FRAME.convert_dtypes(),
        FRAME.assign(day=pd.to_datetime(FRAME["day"], dayfirst=True), age=np.arange(ROWS) % 7 / 2),
        FRAME.assign(colour=FRAME["colour"].astype("category"), member=[True, False, True] * 30),
        FRAME.rename(columns={"colour": "__loader__", "age": "__class__"}),
    ],
    ids=["texts", "nullable", "typed", "categorical", "named"],
)
def test_columns_of_every_kind_are_made_of_the_known_parts(frame, tmp_path):
    columns = infer_columns(frame, target="y")
    assert {column.kind for column in columns} >= {"numeric", "boolean", "date", "category", "text"}
    save_preprocessing(fitted(frame, columns), tmp_path / "p.skops")
    assert parts_in(tmp_path / "p.skops") == PARTS
    load_preprocessing(tmp_path / "p.skops")


def test_what_is_missing_needs_no_further_part(tmp_path):
    nothing = FRAME.iloc[:10].assign(age=None, review=None, ticket=None)
    save_preprocessing(fitted(nothing, COLUMNS), tmp_path / "p.skops")
    assert parts_in(tmp_path / "p.skops") <= PARTS


def _with_vectorizer(vectorizer):
    """A preprocessor whose texts go through another vectorizer."""
    preprocessor = fitted()
    encoder = next(
        step
        for _, step, _ in preprocessor.transformer_.transformers_
        if isinstance(step, TextEncoder)
    )
    encoder.vectorizer_ = vectorizer
    return preprocessor


def test_a_vectorizer_that_opens_files_is_refused(tmp_path):
    path = tmp_path / "p.skops"
    save_preprocessing(_with_vectorizer(CountVectorizer(input="filename")), path)
    with pytest.raises(InputError, match=r"got .*CountVectorizer, which is not trusted"):
        load_preprocessing(path)
    save_preprocessing(_with_vectorizer(TfidfVectorizer(input="filename", dtype=np.float32)), path)
    with pytest.raises(InputError, match=r"reads cells only, got .* opens files: load only"):
        load_preprocessing(path)


def test_a_schema_too_deep_to_read_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.skops", "w") as archive:
        archive.writestr("schema.json", "[" * 100_000)
    with pytest.raises(InputError, match=r"got an unreadable one \(RecursionError"):
        load_preprocessing(tmp_path / "p.skops")


def test_ten_thousand_columns_are_preprocessed():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(20, 10_000))).rename(columns=str).assign(y=[0, 1] * 10)
    columns = infer_columns(read_table(wide), target="y")
    assert TablePreprocessor().fit_transform(wide, columns).shape == (20, 10_000)
