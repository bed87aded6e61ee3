"""Kinds of columns, which are dropped and why, and the error for what cannot be used."""

import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_columns, read_table
from epochal.errors import InputError

ROWS = 40
FRAME = pd.DataFrame(
    {
        "amount": np.linspace(0, 1, ROWS),
        "count": np.arange(ROWS) % 7,
        "as_text": [str(i % 9) for i in range(ROWS)],
        "flag": [0.0, 1.0, None, 1.0] * (ROWS // 4),
        "answer": ["yes", "no"] * (ROWS // 2),
        "colour": ["red", "green", "blue", None] * (ROWS // 4),
        "code": [f"X{i // 2}" for i in range(ROWS)],
        "day": pd.date_range("2020-01-01", periods=ROWS),
        "day_text": pd.date_range("2020-01-01", periods=ROWS).strftime("%d/%m/%Y"),
        "review": [f"film number {i} was a good one" for i in range(ROWS)],
        "grade": pd.Categorical(["low", "high"] * (ROWS // 2)),
        "nothing": [None] * ROWS,
        "same": 3,
        "row_number": np.arange(ROWS),
        "year": np.arange(1980, 1980 + ROWS),
        "customer_id": np.random.default_rng(0).permutation(ROWS) * 7,
        "uuid": [f"{i:08x}" + "z" for i in range(ROWS)],
        "y": np.arange(ROWS) % 2,
    }
)
KINDS = {
    "amount": "numeric",
    "count": "numeric",
    "as_text": "numeric",
    "flag": "boolean",
    "answer": "boolean",
    "colour": "category",
    "code": "category",
    "day": "date",
    "day_text": "date",
    "review": "text",
    "grade": "category",
    "nothing": "dropped",
    "same": "dropped",
    "year": "numeric",
    "row_number": "dropped",
    "customer_id": "dropped",
    "uuid": "dropped",
}


def by_name(frame=FRAME, **arguments):
    return {column.name: column for column in infer_columns(frame, target="y", **arguments)}


def test_every_kind_is_told():
    assert {name: column.kind for name, column in by_name().items()} == KINDS


def test_missing_and_distinct_values_are_counted():
    colour = by_name()["colour"]
    assert (colour.missing, colour.distinct) == (10, 3)


def test_what_is_dropped_says_why():
    notes = {name: column.note for name, column in by_name().items() if column.note}
    assert notes == {
        "nothing": "no values",
        "same": "constant",
        "row_number": "identifier: row numbers",
        "customer_id": "identifier: unique in each row",
        "uuid": "identifier: unique in each row",
    }


def test_drop_keep_and_kinds_decide():
    columns = by_name(
        drop=["amount"],
        keep=["uuid", "same"],
        kinds={"count": "category", "customer_id": "numeric"},
    )
    assert columns["amount"].kind == "dropped"
    assert columns["amount"].note == "dropped on request"
    assert columns["uuid"].kind == "category"
    assert columns["uuid"].note == "kept on request: identifier: unique in each row"
    assert columns["same"].kind == "numeric"
    assert columns["count"].kind == "category"
    assert columns["customer_id"].kind == "numeric"


def test_few_rows_name_no_identifier():
    frame = pd.DataFrame({"name": ["a", "b", "c"], "y": [0, 1, 0]})
    assert by_name(frame)["name"].kind == "category"


def test_telephone_numbers_are_identifiers_and_not_amounts():
    frame = with_cells([f"0555 1234{i:03}" for i in range(30)]).assign(w=[0.5, 2] * 15)
    assert by_name(frame)["x"].note == "identifier: unique in each row"


def test_numbers_with_signs_may_be_categories_on_request():
    frame = with_cells([f"${i}" for i in range(30)])
    assert by_name(frame, kinds={"x": "category"})["x"].kind == "category"


def test_several_targets_are_left_out():
    names = [column.name for column in infer_columns(FRAME, target=["y", "flag"])]
    assert "y" not in names
    assert "flag" not in names


def test_the_columns_of_titanic():
    kinds = {c.name: c.kind for c in infer_columns(read_table("titanic"), target="survived")}
    assert kinds["age"] == "numeric"
    assert kinds["sex"] == "category"
    assert kinds["alone"] == "boolean"
    assert "dropped" not in kinds.values()


def with_cells(cells):
    return pd.DataFrame({"x": cells, "z": range(len(cells)), "y": [0, 1] * (len(cells) // 2)})


@pytest.mark.parametrize(
    ("cells", "arguments", "message"),
    [
        (
            [*map(str, range(29)), "unknown"],
            {},
            r"'x' must hold numbers, as most.*got 'unknown' in row 29: .*kinds: 'x': 'cat",
        ),
        (
            ["2020-01-02"] * 29 + ["soon"],
            {},
            "'x' must hold dates, as most.*got 'soon' in row 29: correct",
        ),
        ([1.0, np.inf] * 15, {}, "'x' must hold finite numbers, got inf in row 1"),
        (["1", "inf"] * 15, {}, "'x' must hold finite numbers, got inf in row 1"),
        ([f"{i + 1},188.60" for i in range(30)], {}, r"'x' must hold plain numbers.*'1,188\.60'"),
        (
            ["unknown", *(f"${i}.5" for i in range(29))],
            {},
            r"plain numbers such as 1234\.5, got '\$0\.5' in row 1 .*: write them without cur",
        ),
        ([f"{i} %" for i in range(30)], {}, r"got '0 %' .*drop the column \(drop\), or use it"),
        ([f"{i}.435,96 €" for i in range(30)], {}, "'x' must hold plain numbers"),
        (
            [f"{i % 20}.5 %" for i in range(30)],
            {},
            "'x' must hold plain numbers",
        ),
        (
            [*"abcd", [1, 2], *"abc"],
            {},
            r"'x' must hold single values, got a list in row 4: drop the column \(drop\)",
        ),
        (["a", "b"] * 15, {"drop": ["y"]}, "drop must name columns other than the target, got 'y'"),
        (
            ["a", "b"] * 15,
            {"kinds": {"y": "category"}},
            r"kinds must name columns other than the target, got 'y': .* choose its task \(task\)",
        ),
        (
            ["a", "b"] * 15,
            {"kinds": {"x": "numeric"}},
            "must hold cells of the given kind, 'numeric', got 'a' in row 0",
        ),
        (["a", "b"] * 15, {"kinds": {"x": "date"}}, "of the given kind, 'date'"),
        (["a", "b"] * 15, {"kinds": {"x": "boolean"}}, "of the given kind, 'boolean'"),
        (["a"] * 30, {"kinds": {"x": "categroy"}}, r"one of numeric.*Did you mean 'category'\?"),
        (["a"] * 30, {"kinds": {"xx": "text"}}, "kinds must name a column.*got 'xx'"),
        (["a"] * 30, {"drop": ["zz"]}, "drop must name a column.*got 'zz'"),
        (
            ["a"] * 30,
            {"keep": "w"},
            "keep must name a column.*got 'w'.*columns are x, z, y",
        ),
        (["a"] * 30, {"drop": ["z"]}, r"got none \(x: constant; z: dropped on request\): keep"),
    ],
)
def test_what_cannot_be_used_is_refused(cells, arguments, message):
    with pytest.raises(InputError, match=message):
        infer_columns(with_cells(cells), target="y", **arguments)


def test_a_target_that_does_not_exist_suggests_the_nearest():
    with pytest.raises(InputError, match=r"got 'survivd'\. Did you mean 'survived'\?"):
        infer_columns(read_table("titanic"), target="survivd")
