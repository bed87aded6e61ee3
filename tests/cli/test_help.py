"""The help: groups, types and examples; and what a shell completes."""

import re
import shlex
from dataclasses import fields
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from epochal.cli.main import app
from epochal.cli.options import NETWORK, OUTPUT, ROWS, SETTINGS
from epochal.data.tasks.heads import ALL_HEADS
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.runs.settings import TrainSettings

APP: Any = typer.main.get_command(app)
COMMANDS = APP.commands
EXAMPLES = [
    line
    for command in COMMANDS.values()
    for line in (command.epilog or "").splitlines()
    if line.startswith("epochal ")
]


def test_every_setting_has_a_group_and_a_type():
    assert set(SETTINGS) == {field.name for field in fields(TrainSettings)}


def test_the_help_of_train_has_groups_in_order_and_types_of_the_table(epochal):
    code, shown, _ = epochal("train", "--help")
    assert code == 0
    groups = [shown.index(f"─ {name} ─") for name in ("Columns", NETWORK, ROWS, OUTPUT)]
    assert groups == sorted(groups)
    assert re.search(r"--target +COLUMN,\.\.\. ", shown)
    assert re.search(r"--epochs +NUMBER +Maximum number of epochs", shown)
    assert re.search(r"--batch-size +NUMBER +Batch size", shown)
    assert not re.search(r"--\S+ +(<str>|<int>|TEXT|INTEGER)", shown)


@pytest.mark.parametrize("name", ["train", "evaluate", "predict"])
def test_the_commands_have_examples(name):
    assert 2 <= sum(line.startswith(f"epochal {name} ") for line in EXAMPLES) <= 4


@pytest.mark.parametrize("line", EXAMPLES)
def test_examples_are_whole_commands_that_fit_a_line(line):
    assert len(line) <= 78
    _, name, *arguments = shlex.split(line)
    with COMMANDS[name].make_context(name, arguments) as context:
        assert context.params["data"]


def completed(*words):
    """What bash is offered for the last word."""
    result = CliRunner().invoke(
        app,
        env={
            "_EPOCHAL_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["epochal", *words]),
            "COMP_CWORD": str(len(words)),
        },
        prog_name="epochal",
    )
    return set(result.stdout.split())


def test_a_shell_completes_commands_options_and_values():
    assert completed("ev") == {"evaluate"}
    assert completed("train", "--test") == {"--test", "--test-size"}
    assert completed("train", "t.csv", "--network", "s") == {
        name for name in ALL_GUIDELINES if name.startswith("s")
    }
    assert completed("train", "t.csv", "--task", "multi") == {
        name for name in ALL_HEADS if name.startswith("multi")
    }
