"""What each column contributes to the prediction of a row, and what is refused."""

import json

import numpy as np
import pandas as pd
import pytest

from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import explain_row, predict_table, train_table


@pytest.fixture(scope="module")
def titanic_run(tmp_path_factory):
    """Of few networks: a row is explained by tens of thousands of predictions."""
    out = tmp_path_factory.mktemp("explained") / "run"
    return train_table("titanic", "survived", members=2, epochs=3, out=out)


def total(found):
    return sum(one.contribution for one in found.contributions)


def test_contributions_add_up_to_the_prediction_minus_the_mean(titanic_run):
    found = explain_row(titanic_run.path, "titanic", row=3)
    predicted = predict_table(titanic_run.path, "titanic")["probability_1"]
    assert found.of == "probability of 1"
    assert found.prediction == pytest.approx(predicted[3], abs=1e-6)
    assert total(found) == pytest.approx(found.prediction - found.mean, abs=1e-6)
    assert found.mean == pytest.approx(predicted.mean(), abs=0.15)
    assert (found.row, found.compared, found.exact) == (3, 100, True)


def test_columns_are_sorted_grouped_and_have_their_cells(titanic_run):
    found = explain_row(titanic_run.path, "titanic", row=3)
    sizes = [abs(one.contribution) for one in found.contributions]
    assert sizes == sorted(sizes, reverse=True)
    groups = {one.columns: one.values for one in found.contributions}
    assert groups["sex", "who", "adult_male"] == ("female", "woman", False)
    assert set(groups) == {one.columns for one in titanic_run.importances.groups}
    assert groups["fare",] == (pytest.approx(53.1),)
    missing = explain_row(titanic_run.path, "titanic", row=5)
    assert {one.columns: one.values for one in missing.contributions}["age",] == (None,)
    assert "NaN" not in json.dumps([one.values for one in missing.contributions])


def test_the_other_class_contributes_the_opposite(titanic_run):
    one = explain_row(titanic_run.path, "titanic", row=3, of=1)
    other = explain_row(titanic_run.path, "titanic", row=3, of=0)
    assert other.of == "probability of 0"
    assert other.prediction == pytest.approx(1 - one.prediction)
    assert other.contributions[0].contribution == pytest.approx(-one.contributions[0].contribution)


def test_a_single_row_is_compared_with_another_table(titanic_run):
    frame = read_table("titanic")
    alone = frame.iloc[[3]].drop(columns="survived")
    found = explain_row(titanic_run.path, alone, row=0, background=frame.drop(index=3))
    whole = explain_row(titanic_run.path, frame, row=3)
    assert found.mean == pytest.approx(whole.mean)
    assert found.contributions[0].contribution == pytest.approx(whole.contributions[0].contribution)


@pytest.mark.parametrize(
    ("target", "of", "named"),
    [
        ("kind", None, "probability of "),
        ("kind", "fly", "probability of fly"),
        (["flies", "stings"], "stings", "probability of stings"),
        ("weight", None, "predicted weight"),
        (["weight", "x"], "x", "predicted x"),
    ],
)
def test_every_task_is_explained(blobs, out, target, of, named):
    frame = blobs.dropna()
    drop = "y" if isinstance(target, list) else ()
    run = train_table(frame, target, members=1, epochs=2, hidden=[8], drop=drop, out=out)
    found = explain_row(run.path, frame, row=1, of=of)
    assert found.of.startswith(named)
    predicted = predict_table(run.path, frame).iloc[1]
    words = found.of.split()[-1]
    column = f"probability_{words}" if "probability" in named else f"prediction_{words}"
    if target == "kind" and of is None:
        assert words == predicted["prediction"]
    expected = predicted["prediction" if target == "weight" else column]
    assert found.prediction == pytest.approx(expected, rel=1e-5)
    assert total(found) == pytest.approx(found.prediction - found.mean, rel=1e-4, abs=1e-4)


def test_more_than_ten_columns_are_explained_by_drawn_orders(out):
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(120, 14))).rename(columns="c{}".format)
    frame["y"] = 5 * frame["c3"] + frame["c1"]
    run = train_table(frame, "y", members=1, epochs=15, hidden=[16], out=out)
    found = explain_row(run.path, frame, row=int(frame["c3"].argmax()))
    assert not found.exact
    assert found.contributions[0].columns == ("c3",)
    assert total(found) == pytest.approx(found.prediction - found.mean, abs=1e-4)
    assert found == explain_row(run.path, frame, row=found.row)


def test_a_notebook_shows_the_contributions(titanic_run):
    shown = explain_row(titanic_run.path, "titanic", row=3)._repr_html_()
    assert "row 3: probability of 1" in shown
    assert "sex (with who, adult_male)" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"row": 891}, r"^row must be a row of the table, 0 to 890, got 891: give another\.$"),
        (
            {"row": -1},
            r"^row must be a whole number of at least 0, got -1: give the number of a row, from 0",
        ),
        (
            {"row": 2.5},
            r"^row must be a whole number of at least 0, got 2\.5: give the number of a row, ",
        ),
        (
            {"row": 0, "of": "yes"},
            r"^of must be one of 0, 1, got 'yes': give one of them\.$",
        ),
    ],
)
def test_what_is_not_there_is_refused(titanic_run, options, message):
    with pytest.raises(InputError, match=message):
        explain_row(titanic_run.path, "titanic", **options)


def test_too_few_rows_to_compare_with_are_refused(titanic_run):
    with pytest.raises(InputError) as refused:
        explain_row(titanic_run.path, read_table("titanic").head(5), row=2)
    assert str(refused.value) == (
        "background must have at least 10 rows to compare row 2 with, got 4: give a table of more, "
        "such as the training table."
    )


def test_a_table_without_columns_of_training_is_refused(titanic_run):
    frame = read_table("titanic")
    missing = "must have the columns of the training table, got one without 'sex'"
    with pytest.raises(InputError, match=missing):
        explain_row(titanic_run.path, frame.drop(columns="sex"), row=0)
    with pytest.raises(InputError, match=missing):
        explain_row(titanic_run.path, frame, row=0, background=frame.drop(columns="sex"))
