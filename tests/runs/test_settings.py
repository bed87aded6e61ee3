"""Settings: checked when they are made, and written as the command that makes them again."""

import shlex

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
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"batch_size": -1}, "batch_size must be at least 1, got -1"),
        ({"seed": -1}, "seed must lie in 0 to 4294967295, got -1"),
        ({"test_size": 0.0}, r"test_size must lie between 0 and 0\.85.*got 0"),
        ({"test_size": 0.9}, r"15% of the rows choose the epoch, got 0\.9"),
        ({"drop": ("a",), "keep": ("a", "b")}, "but both name 'a'"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        TrainSettings(**{"target": ("y",), **wrong})


def test_the_command_holds_all_that_is_not_the_default():
    settings = TrainSettings(
        target=("a", "b,c"),
        task="labels",
        drop=("x y",),
        keep=("z",),
        kinds={"zip": "category"},
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
        "--task labels --drop 'x y' --keep z --kind zip=category --network self-normalizing "
        "--hidden 50,20 --epochs 7 --batch-size 16 --seed 3 --test-size 0.3"
    )


def test_names_with_commas_and_backslashes_can_be_told_apart():
    assert joined(("a,b", "c\\d")) == "a\\,b,c\\\\d"


def test_the_networks_are_the_guidelines():
    assert set(NETWORKS) == set(ALL_GUIDELINES)
