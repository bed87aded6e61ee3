"""What saved preprocessing may contain."""

import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from skops import io as skops_io

from epochal.data import (
    TablePreprocessor,
    infer_columns,
    load_preprocessing,
    save_preprocessing,
)
from epochal.data.preprocessing.allowlist import PARTS, parts_in
from epochal.data.preprocessing.table import NUMERIC_ENCODINGS
from epochal.data.preprocessing.texts import TextEncoder
from epochal.errors import InputError
from tests.data.preprocessing.tables import COLUMNS, FRAME, ROWS, fitted


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
    many = frame.assign(place=[f"town{number}" for number in np.arange(ROWS) // 2])
    columns = (*columns, *infer_columns(many[["place"]], target=()))
    found = set()
    for encoding in NUMERIC_ENCODINGS:
        preprocessor = TablePreprocessor(encoding)
        preprocessor.fit(pd.concat([many] * 2), columns, np.arange(2 * ROWS) % 2, "binary")
        save_preprocessing(preprocessor, tmp_path / "p.skops")
        found |= parts_in(tmp_path / "p.skops")
        again = load_preprocessing(tmp_path / "p.skops")
        np.testing.assert_array_equal(again.transform(many), preprocessor.transform(many))
    assert found == PARTS


def test_a_new_process_loads_it_without_all_that_skops_trusts(tmp_path):
    towns = [f"town{number}" for number in np.arange(ROWS) // 2]
    frame = pd.concat([FRAME.assign(place=towns)] * 2, ignore_index=True)
    columns = infer_columns(frame, target="y")
    for encoding in NUMERIC_ENCODINGS:
        preprocessor = TablePreprocessor(encoding).fit(
            frame, columns, np.arange(2 * ROWS) % 2, "binary"
        )
        save_preprocessing(preprocessor, tmp_path / f"{encoding}.skops")
    code = f"""
import sys
from epochal.data import load_preprocessing
for encoding in {list(NUMERIC_ENCODINGS)}:
    print(type(load_preprocessing(f"{tmp_path}/{{encoding}}.skops")).__name__)
print([m for m in ("skops.io._trusted_types", "sklearn.inspection") if m in sys.modules])
from skops import io
from sklearn.tree import DecisionTreeClassifier
print(io.get_untrusted_types(data=io.dumps(DecisionTreeClassifier())))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["TablePreprocessor"] * len(NUMERIC_ENCODINGS) + ["[]"] * 2


def test_what_is_missing_needs_no_further_part(tmp_path):
    nothing = FRAME.iloc[:10].assign(age=None, review=None, ticket=None)
    save_preprocessing(fitted(nothing, COLUMNS), tmp_path / "p.skops")
    assert parts_in(tmp_path / "p.skops") <= PARTS


@pytest.mark.parametrize("kind", [CountVectorizer, TfidfVectorizer])
def test_a_vectorizer_that_opens_files_is_refused(tmp_path, kind):
    preprocessor = fitted()
    encoder = next(
        step
        for _, step, _ in preprocessor.transformer_.transformers_
        if isinstance(step, TextEncoder)
    )
    encoder.svd_ = kind(input="filename")
    save_preprocessing(preprocessor, tmp_path / "p.skops")
    with pytest.raises(InputError, match=rf"got .*{kind.__name__}.*, which is not trusted"):
        load_preprocessing(tmp_path / "p.skops")


def test_a_schema_too_deep_to_read_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "p.skops", "w") as archive:
        archive.writestr("schema.json", "[" * 100_000)
    with pytest.raises(InputError, match=r"got an unreadable one \(RecursionError"):
        load_preprocessing(tmp_path / "p.skops")
