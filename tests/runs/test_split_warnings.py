"""Planted groups, trends and twins are found, with both scores; tables without them are silent."""

import json

import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_columns, infer_task
from epochal.runs.settings import TrainSettings
from epochal.runs.split_warnings import split_warnings


def warnings_of(frame, target, **settings):
    columns = infer_columns(frame, target=target)
    chosen = TrainSettings(target=(target,), **settings)
    return split_warnings(frame, infer_task(frame[target]), columns, chosen)


def patients(seed=0, noise=0.5, count=100, each=8):
    """Measurements around a place of each patient's own, and a diagnosis drawn for each."""
    random = np.random.default_rng(seed)
    patient = np.repeat(np.arange(count), each)
    places = random.normal(size=(count, 8))[patient]
    frame = pd.DataFrame(
        places + noise * random.normal(size=places.shape), columns=list("abcdefgh")
    )
    frame["diagnosis"] = np.array(["ill", "well", "unsure"])[random.integers(0, 3, count)][patient]
    frame.insert(0, "patient", 1000 + patient)
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_patients_are_found_with_both_scores(noise):
    (found,) = warnings_of(patients(noise=noise), "diagnosis")
    assert (found.kind, found.column, found.option) == ("group", "patient", "--group patient")
    at_random, apart = _percentages(found.sentence)
    assert at_random > 70
    assert apart < 45


def _percentages(sentence):
    return [float(word.rstrip("%,")) for word in sentence.split() if word.rstrip(",").endswith("%")]


def test_patients_whose_diagnosis_can_be_told_are_no_matter():
    frame = patients()
    frame["diagnosis"] = np.where(frame["a"] + frame["b"] > 0, "ill", "well")
    assert warnings_of(frame, "diagnosis") == ()


def test_what_is_split_so_is_not_told_again():
    assert warnings_of(patients(), "diagnosis", group="patient") == ()


def days(trend, seed=0, rows=3000):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    when = pd.date_range("2015-01-01", periods=rows)
    drift = np.cumsum(random.normal(size=rows)) * trend
    frame = pd.DataFrame(x, columns=list("abc"))
    return frame.assign(date=when, sold=x @ [1.0, 2.0, 0.5] + drift + random.normal(size=rows))


def test_a_drift_is_found_with_both_scores():
    (found,) = warnings_of(days(trend=0.2), "sold")
    assert (found.kind, found.option) == ("time", "--time-column date")
    assert "RMSE" in found.sentence


def test_dates_without_a_drift_are_no_matter():
    assert warnings_of(days(trend=0.0), "sold") == ()


def test_rows_that_nearly_equal_another_are_found_without_a_column():
    frame = patients(noise=0.001).drop(columns="patient")
    (found,) = warnings_of(frame, "diagnosis")
    assert (found.kind, found.option) == ("duplicates", "--group-duplicates")
    assert found.sentence.startswith("800 rows nearly equal another")
    assert warnings_of(frame, "diagnosis", group_duplicates=True) == ()


@pytest.mark.slow
def test_the_development_tables_are_silent(data_folder):
    told = {}
    for name, spec in json.loads((data_folder / "tables" / "spec.json").read_text()).items():
        frame = pd.read_csv(data_folder / "tables" / f"{name}.csv.gz", na_values="?")
        known = frame.dropna(subset=[spec["target"]]).reset_index(drop=True)
        told[name] = warnings_of(known, spec["target"])
    assert len(told) == 31
    assert {name: found for name, found in told.items() if found} == {}
