"""The command that repeats a run."""

import shlex

from epochal.characters import join_names
from epochal.runs import TrainSettings
from epochal.runs.command import command_of


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
    assert join_names(("a,b", "c\\d")) == "a\\,b,c\\\\d"


def test_numbers_are_written_exactly():
    settings = TrainSettings(target=("y",), test_size=1 / 3)
    words = shlex.split(command_of("t.csv", settings))
    assert float(words[-1]) == settings.test_size
