"""Rows that are split by group, by time, by a test table and by cross-validation."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from epochal.errors import InputError
from epochal.runs import TrainSettings, plan_table, predict_table, train_table
from epochal.scoring.interval import resampled_interval

QUICK: dict[str, Any] = {"members": 1, "epochs": 2, "hidden": (4,)}


@pytest.fixture
def visits(blobs):
    """Two visits of each of 100 patients, one a day."""
    return blobs.assign(
        patient=[f"p{number % 100}" for number in range(200)],
        day=pd.date_range("2024-01-01", periods=200).strftime("%Y-%m-%d"),
    )


def planned(frame, test=None, **settings):
    return plan_table(frame, TrainSettings(target=("kind",), **settings), test=test)


def parts_of(plan, name):
    parts = (plan.split.train, plan.split.validation, plan.split.test)
    return [set(plan.frame[name].iloc[part]) for part in parts]


def test_no_patient_is_on_both_sides_and_the_patient_is_no_input(visits):
    plan = planned(visits, group="patient", members=1)
    train, validation, test = parts_of(plan, "patient")
    assert not train & validation
    assert not (train | validation) & test
    assert len(test) == 20
    assert "patient" not in {column.name for column in plan.used}
    (note,) = (column.note for column in plan.columns if column.name == "patient")
    assert note == "its rows stay in one part"


def test_the_past_trains_and_the_future_tests(visits):
    plan = planned(visits.sample(frac=1, random_state=0), time_column="day", gap="5d", members=1)
    train, validation, test = parts_of(plan, "day")
    assert max(train) < min(validation) <= max(validation) < min(test)
    assert (len(train), len(validation), len(test)) == (120, 30, 40)
    assert plan.split.note.startswith("10 rows in a gap")


def test_near_duplicates_stay_together(visits):
    frame = pd.concat([visits, visits.assign(x=visits["x"] + 1e-6)], ignore_index=True)
    plan = planned(frame.drop(columns=["patient", "day"]), group_duplicates=True)
    assert not set(plan.split.train % 200) & set(plan.split.test % 200)
    assert set(plan.split.train % 200) | set(plan.split.test % 200) == set(range(200))


def test_rows_of_a_test_table_are_tested_and_its_patients_are_not_trained_on(visits):
    plan = planned(visits[:150], test=visits[150:], group="patient")
    assert plan.frame.iloc[plan.split.test].equals(visits[150:].reset_index(drop=True))
    train, _, test = parts_of(plan, "patient")
    assert not train & test
    assert plan.split.note == "50 rows in a gap, or of a group in a later part, are in no part"


def test_a_run_with_a_test_table_scores_it(visits, out, tmp_path):
    visits[150:].to_csv(tmp_path / "later.csv", index=False)
    run = train_table(visits[:150], "kind", test=tmp_path / "later.csv", out=out, **QUICK)
    kept = pd.read_parquet(run.predictions)
    assert kept["true_kind"].tolist() == visits["kind"][150:].tolist()
    again = predict_table(run.path, visits[150:])
    assert kept["prediction"].tolist() == again["prediction"].tolist()
    assert f"--test {tmp_path / 'later.csv'}" in run.record.command
    assert "on 50 rows of later.csv" in run.report.read_text()


def test_cross_validation_tests_every_row_and_keeps_a_network_of_all(visits, out):
    run = train_table(visits, "kind", group="patient", cv="4x2", out=out, **QUICK)
    record = run.record
    kept = pd.read_parquet(run.predictions)
    assert kept["row"].tolist() == list(range(200))
    assert kept["true_kind"].tolist() == visits["kind"].tolist()
    assert sum(record.rows.values()) == 200
    assert "test" not in record.rows
    score = record.score("accuracy").network
    # The first of the two draws gave these predictions.
    assert score.value == pytest.approx((kept["prediction"] == kept["true_kind"]).mean(), abs=0.1)
    assert score.low < score.value < score.high
    assert "--cv 4x2" in record.command
    assert "on 200 rows left out, 4 folds, drawn 2 times" in run.report.read_text()


def test_cross_validation_by_time_goes_forward(visits, out):
    run = train_table(visits, "kind", time_column="day", cv=4, out=out, **QUICK)
    assert pd.read_parquet(run.predictions)["row"].tolist() == list(range(40, 200))


def test_the_interval_is_that_of_nadeau_and_bengio():
    values = np.array([0.8, 0.7, 0.9, 0.75, 0.85])
    low, high = resampled_interval(values, ratio=0.25)
    error = np.sqrt((1 / 5 + 0.25) * values.var(ddof=1))
    assert (high - low) / 2 == pytest.approx(2.7764451 * error)  # t of 4 degrees of freedom
    assert np.isnan(resampled_interval(values[:1], 0.25)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group": "patinet"}, r"group must .*got 'patinet'\. Did you mean 'patient'\?"),
        ({"time_column": "kind"}, "time_column must not be the target, got 'kind'"),
        ({"time_column": "colour"}, "order 'colour' must hold dates or numbers, got 'blue'"),
        ({"gap": "5d"}, "gap must come with times, got '5d' without any"),
        ({"time_column": "day", "gap": 5}, "gap must be a duration, as the times are dates"),
        ({"time_column": "day", "gap": "5"}, "gap must be a duration, .*got '5': give e.g. 7 days"),
        ({"cv": 50, "group": "colour"}, "cv must have at most as many folds as .* groups, 3, got"),
        ({"cv": "3x2", "time_column": "day"}, "cv must draw the folds once .*got '3x2': give 3"),
        ({"cv": "1x3"}, "cv must be a number of folds of at least 2, or folds x draws, got '1x3'"),
        ({"cv": "many"}, "cv must be a number of folds .* got 'many': give e.g. 5, or 5x2"),
        ({"time": "day"}, "time must be seconds above 0.*got 'day'.*A column of times is"),
        ({"group_duplicates": "yes"}, "group_duplicates must be True or False, got 'yes'"),
    ],
)
def test_what_cannot_be_split_so_is_refused(visits, settings, message):
    with pytest.raises(InputError, match=message):
        planned(visits, **settings)


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        ({"columns": ["x", "y"]}, {}, "test table must have the columns .* without 'colour', "),
        ({"kind": np.nan}, {}, "test table must have rows with a target, got none"),
        ({"kind": "wasp"}, {}, "The target 'kind' must be one of 'ant', 'bee', 'fly', got 'wasp'"),
        ({}, {"cv": 5}, "cv must not be given with a test table, got '5x1'"),
        ({}, {"time_column": "day"}, "rows to train on that are earlier than the test table's"),
    ],
)
def test_a_test_table_that_does_not_fit_is_refused(visits, change, settings, message):
    test = visits[change["columns"]] if "columns" in change else visits.assign(**change)
    with pytest.raises(InputError, match=message):
        planned(visits, test=test, **settings)


@pytest.fixture
def books(visits, tmp_path):
    """Workbooks whose second sheet is the table; the first is another one."""
    pytest.importorskip("openpyxl")
    paths = tmp_path / "all.xlsx", tmp_path / "later.xlsx"
    for path, part in zip(paths, (visits[:150], visits[150:]), strict=True):
        with pd.ExcelWriter(path) as book:
            pd.DataFrame({"nothing": [1]}).to_excel(book, sheet_name="Cover", index=False)
            part.to_excel(book, sheet_name="Visits", index=False)
    return paths


def test_the_sheet_is_that_of_the_test_table_too(books, visits, tmp_path):
    table, later = books
    plan = planned(table, later, sheet="Visits")
    assert plan.rows["test"] == 50
    assert plan.frame["kind"].iloc[plan.split.test].tolist() == visits["kind"][150:].tolist()
    # A table that has no sheets is read as it is.
    for other in (visits[150:], str(tmp_path / "later.csv")):
        visits[150:].to_csv(tmp_path / "later.csv", index=False)
        assert planned(table, other, sheet="Visits").rows["test"] == 50


def test_a_test_workbook_without_the_sheet_is_refused(books, visits, tmp_path):
    visits[150:].to_excel(tmp_path / "other.xlsx", sheet_name="Later", index=False)
    with pytest.raises(
        InputError, match=r"sheet must name a sheet of '.*other\.xlsx', got 'Visits'\. The sheets a"
    ):
        planned(books[0], tmp_path / "other.xlsx", sheet="Visits")
