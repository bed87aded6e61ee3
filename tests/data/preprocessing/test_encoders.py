"""Encoders of missing values, dates and texts."""

import zipfile

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from epochal.data import (
    TablePreprocessor,
    infer_columns,
    save_preprocessing,
)
from tests.data.preprocessing.tables import FRAME, ROWS, feature, fitted


def test_dates_become_their_parts_in_the_order_that_was_trained():
    preprocessor = fitted()
    new = FRAME.iloc[:2].assign(
        day=pd.Series(["02/03/2020", None])
    )  # of this alone, the order is ambiguous
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


def test_a_saved_vocabulary_is_one_part_however_many_its_terms(tmp_path):
    texts = [" ".join(f"word{n}" for n in range(row, row + 60)) for row in range(400)]
    frame = pd.DataFrame({"text": texts, "y": range(400)})
    preprocessor = fitted(frame, infer_columns(frame, target="y"))
    save_preprocessing(preprocessor, tmp_path / "p.skops")
    with zipfile.ZipFile(tmp_path / "p.skops") as archive:
        # The arrays of the encoders: each number of a term used to be one more.
        assert len(archive.namelist()) < 20
