"""Rows as dictionaries give what the same rows of a table give."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import TablePreprocessor, datasets, infer_columns
from epochal.data.preprocessing.row_encoder import RowEncoder
from tests.data.preprocessing.tables import COLUMNS, FRAME, fitted


def rows_of(frame):
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@pytest.mark.parametrize("encoding", ["standard", "piecewise-linear"])
@pytest.mark.parametrize("name", ["titanic", "wine", "boston"])
def test_rows_are_encoded_as_tables_are(name, encoding):
    data = datasets.load_table(name)
    columns = infer_columns(data.frame, target=data.target)
    target = pd.factorize(data.frame[data.target])[0].astype(float)
    task = "regression" if name == "boston" else "multiclass"
    preprocessor = TablePreprocessor(encoding).fit(data.frame, columns, target, task)
    new = data.frame.tail(60).astype(object)
    new.iloc[3, :] = None
    categories = [name for name, kind in preprocessor.kinds_.items() if kind == "category"]
    new.loc[new.index[5], categories] = "never seen"
    expected, unlike = preprocessor.transform_and_compare(new)
    encoded = RowEncoder(preprocessor)(rows_of(new))
    assert encoded.good == list(range(len(new)))
    np.testing.assert_allclose(encoded.x, expected, atol=1e-6)
    flagged = np.any([np.zeros(len(new), bool), *(cells.rows for cells in unlike.values())], axis=0)
    assert sorted(encoded.warnings) == np.flatnonzero(flagged).tolist()


def test_columns_of_every_kind_are_encoded_as_tables_are():
    preprocessor = fitted()
    expected = preprocessor.transform(FRAME.head(20))
    np.testing.assert_allclose(
        RowEncoder(preprocessor)(rows_of(FRAME.head(20))).x, expected, atol=1e-6
    )


def test_a_wrong_row_has_its_sentence_and_spoils_no_other():
    good = rows_of(FRAME.head(1))[0]
    without = {name: cell for name, cell in good.items() if name != "age"}
    wrong = {
        "a list": ([1], "A row must be an object of columns and values, got [1]."),
        "missing": (without, "'age' is missing (send null where it is unknown)."),
        "misspelt": ({**without, "Age": 3}, "'age' is missing (Did you mean 'Age')."),
        "text": (
            {**good, "age": "old", "member": 7},
            "'age' must be a finite number, got 'old'; 'member' must be true or false, got 7.",
        ),
        "infinite": ({**good, "age": 10**400}, "'age' must be a finite number, got 1000"),
        "written": ({**good, "age": "1_000"}, "'age' must be a finite number, got '1_000'."),
        "nested": ({**good, "colour": {}}, "'colour' must be a single value, got {}."),
        "no date": ({**good, "day": "soon"}, "'day' must be a date, got 'soon'."),
    }
    encoder = RowEncoder(fitted())
    encoded = encoder([good, *(row for row, _ in wrong.values()), good])
    assert encoded.good == [0, len(wrong) + 1]
    alone = encoder([good]).x
    np.testing.assert_array_equal(encoded.x, np.concatenate([alone, alone]))
    for number, (_, sentence) in enumerate(wrong.values(), start=1):
        assert encoded.errors[number].startswith(sentence)
        assert len(encoded.errors[number]) < 150


def test_cells_are_read_as_those_of_a_text_file():
    names = [column.name for column in COLUMNS if column.kind != "dropped"]
    given = dict.fromkeys(names) | {"age": " 30 ", "member": "YES", "colour": " red", "ticket": ""}
    plain = dict.fromkeys(names) | {"age": 30, "member": True, "colour": "red"}
    encoder = RowEncoder(fitted())
    np.testing.assert_array_equal(encoder([given]).x, encoder([plain]).x)
