"""Settings: checked when they are made, and written as the command that makes them again."""

import json
from typing import Any

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.runs import TrainSettings, train_table


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"target": ()},
            r"target must name at least one column, got \(\): name the column to predict",
        ),
        (
            {"network": "defualt"},
            "network must be one of default, self-normalizing, sparse, low-latency, risk-aware, "
            "tabular, got 'defualt'. Did you mean 'default'",
        ),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": -1}, "batch_size must be a whole number of at least 1, got -1"),
        ({"seed": 2**32}, "seed must be at most 4294967295, got 4294967296: give e.g. 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None: give e.g. 0"),
        ({"target": 3}, "target must be a column name or a list of column names, got 3: give e.g"),
        ({"target": ("y", "y")}, "target must name different columns, got 'y' 2 times: name it on"),
        ({"drop": [3]}, r"drop must be a column name or a list of column names, got \[3\]"),
        ({"kinds": ["a"]}, r"kinds must map column names to kinds, got \['a'\]: give e.g. {'zip'"),
        ({"network": 3}, "network must be one of default, .*tabular, got 3"),
        ({"sheet": 3}, "sheet must be the name of a sheet or None, got 3: give e.g. 'Sheet1'"),
        ({"task": 3}, "task must be a string or None, got 3: give e.g. 'regression'"),
        (
            {"hidden": 8},
            r"hidden must be the number of units of each hidden layer, got 8: give e.g",
        ),
        ({"hidden": [8, 0]}, r"hidden must be a whole number of at least 1, got 0: give e.g"),
        ({"epochs": "2"}, "epochs must be a whole number of at least 1, got '2'"),
        (
            {"test_size": ".3"},
            r"test_size must be a fraction above 0 and below 0\.85 .*, got '\.3': give e\.g\. 0\.2",
        ),
        (
            {"positive": ["a"]},
            r"positive must be a class of the target, got \['a'\]: give it as te",
        ),
        ({"metric": 3}, "metric must be a string or None, got 3: give e.g. 'AUC'"),
        ({"members": 0}, "members must be a whole number of at least 1, got 0: give e.g. 32"),
        ({"time": "soon"}, "time must be seconds above 0, or a text with a unit, got 'soon': give"),
        ({"time": 0}, "time must be seconds above 0, or a text with a unit, got 0: give e.g. 90"),
        ({"time": "2 parsecs"}, "time must be seconds above 0, .* got '2 parsecs'"),
        ({"test_size": 0.0}, r"test_size must be a fraction above 0 and below 0\.85.*got 0\.0"),
        ({"test_size": 0.9}, r"15% of the rows are for validation\), got 0\.9"),
        ({"drop": ("a",), "keep": ("a", "b")}, "got 'a' in both: remove it from one"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        TrainSettings(**{"target": ("y",), **wrong})


def test_values_of_numpy_become_plain_and_a_string_is_one_name():
    numbers = {"hidden": np.array([8, 4]), "seed": np.int64(3), "epochs": np.int64(2)}
    given: dict[str, Any] = {"target": "age", "drop": "x", **numbers}
    settings = TrainSettings(**given)
    assert (settings.target, settings.drop, settings.hidden) == (("age",), ("x",), (8, 4))
    assert json.dumps([settings.hidden, settings.seed, settings.epochs]) == "[[8, 4], 3, 2]"


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("90s", 90), ("2m", 120), ("1.5 min", 90), ("1H", 3600), (45, 45), ("45", 45), (None, None)],
)
def test_a_time_has_units(given, seconds):
    assert TrainSettings.from_options("y", time=given).time == seconds


def test_no_kinds_may_be_none():
    assert TrainSettings.from_options("y", kinds=None).kinds == {}


def test_a_misspelt_setting_suggests_the_nearest():
    misspelt: dict[str, Any] = {"epoch": 3}
    with pytest.raises(InputError, match=r"one of target, .* got 'epoch'\. Did you mean 'epochs'"):
        train_table("titanic", "survived", **misspelt)
