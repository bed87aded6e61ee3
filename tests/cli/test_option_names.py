"""Messages name options as they are typed, for every setting and every command."""

from dataclasses import fields
from typing import Any

import pytest
import typer

from epochal.cli.main import app
from epochal.cli.option_names import options_of, with_options
from epochal.runs.settings import TrainSettings, setting_option

APP: Any = typer.main.get_command(app)
TRAIN = APP.commands["train"]
OPTIONS = options_of(typer.Context(TRAIN))
SETTINGS = [field.name for field in fields(TrainSettings)]


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_named_as_its_option(name):
    option = setting_option(name)
    assert OPTIONS[name] == option
    told = with_options(f"{name} must be another, got {name!r}: choose it ({name}).", OPTIONS)
    assert told == f"{option} must be another, got {name!r}: choose it ({option})."


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("drop and keep must differ, got 'keep'.", "--drop and --keep must differ, got 'keep'."),
        ("kinds['a]b'] must be one of x.", "--kind of 'a]b' must be one of x."),
        (
            "time must be 1. A column is time_column.",
            "--time must be 1. A column is --time-column.",
        ),
        ("out must be a new folder.", "--out must be a new folder."),
        ("--hidden must be numbers.", "--hidden must be numbers."),
        ("Column 'keep (keep)' must be 1.", "Column 'keep (keep)' must be 1."),
        ("The target 'test_size' must be 1.", "The target 'test_size' must be 1."),
        ("The network's test_size is 'test_size'.", "The network's --test-size is 'test_size'."),
        ("The test table must have the group.", "The test table must have the group."),
        ("Use `seed_all` or sparse_categorical.", "Use `seed_all` or sparse_categorical."),
        ("batch_sizes must be 1.", "batch_sizes must be 1."),
    ],
)
def test_only_names_of_arguments_are_changed(sentence, told):
    assert with_options(sentence, OPTIONS) == told


def test_a_command_without_options_changes_nothing():
    assert with_options("test_size must be 1.", {}) == "test_size must be 1."
