"""Settings: checked when they are made, and written as the command that makes them again."""

import json
import shlex
from typing import Any

import numpy as np
import pytest

from epochal.errors import InputError
from epochal.models import ALL_GUIDELINES
from epochal.runs import TrainSettings
from epochal.runs.settings import NETWORKS, command_of, joined


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"target": ()}, "target must name the column to learn, but it is empty"),
        (
            {"network": "defualt"},
            "network must be one of default, self-normalizing, sparse, low-latency, risk-aware, "
            "got 'defualt'. Did you mean 'default'",
        ),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ({"batch_size": -1}, "batch_size must be a whole number of at least 1, got -1"),
        ({"seed": 2**32}, "seed must lie in 0 to 4294967295, got 4294967296"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
        ({"seed": None}, "seed must be a whole number of at least 0, got None: give 0 or so"),
        ({"target": 3}, "target must be a column's name or a list of names, got 3: give text"),
        ({"target": ("y", "y")}, "target must name different columns, got 'y' 2 times: name it on"),
        ({"drop": [3]}, r"drop must be a column's name or a list of names, got \[3\]"),
        ({"kinds": ["a"]}, r"kinds must map columns to kinds, got \['a'\]: give for example"),
        ({"network": 3}, "network must be a name, got 3: give text such as 'default'"),
        ({"task": 3}, "task must be a task's name or None, got 3: give text such as 'multiclass'"),
        ({"hidden": 8}, r"hidden must be the units of each hidden layer, got 8: give a list such"),
        ({"hidden": [8, 0]}, r"hidden must be a whole number of at least 1, got 0: give units"),
        ({"epochs": "2"}, "epochs must be a whole number of at least 1, got '2'"),
        (
            {"test_size": ".3"},
            r"test_size must be a share of the rows, got '\.3': give such as 0\.2",
        ),
        ({"test_size": 0.0}, r"test_size must lie between 0 and 0\.85.*got 0"),
        ({"test_size": 0.9}, r"15% of the rows choose the epoch, got 0\.9"),
        ({"drop": ("a",), "keep": ("a", "b")}, "but both name 'a'"),
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


def test_the_command_holds_all_that_is_not_the_default():
    settings = TrainSettings(
        target=("a", "b,c"),
        task="multilabel",
        drop=("x y",),
        keep=("z",),
        kinds={"zip": "category", "d,e": "date"},
        network="self-normalizing",
        hidden=(50, 20),
        epochs=7,
        batch_size=16,
        seed=3,
        test_size=0.3,
    )
    words = shlex.split(command_of("a table.csv", settings))
    assert words[:5] == ["epochal", "train", "a table.csv", "--target", "a,b\\,c"]
    assert words[5:] == shlex.split(
        "--task multilabel --drop 'x y' --keep z --kind zip=category --kind 'd\\,e=date' "
        "--network self-normalizing --hidden 50,20 --epochs 7 --batch-size 16 --seed 3 "
        "--test-size 0.3"
    )


def test_names_with_commas_and_backslashes_can_be_told_apart():
    assert joined(("a,b", "c\\d")) == "a\\,b,c\\\\d"


def test_the_networks_are_the_guidelines():
    assert set(NETWORKS) == set(ALL_GUIDELINES)
