"""The tutorial's outputs are those of its commands."""

import pytest

from epochal.cli.commands.train import show_plan
from epochal.cli.console import output
from epochal.runs import TrainSettings, plan_table
from tools.tutorial import PAGES, commands, with_outputs

PAGE = PAGES[0].read_text()


def test_what_a_command_prints_is_put_below_it() -> None:
    page = "Text.\n\n```console\n$ one\nold\n$ two\n```\n\n```\n$ no\n```\n"
    assert list(commands(page)) == ["one", "two"]
    assert with_outputs(page, {"one": "1\n2", "two": ""}) == (
        "Text.\n\n```console\n$ one\n1\n2\n\n$ two\n```\n\n```\n$ no\n```\n"
    )


def test_the_plan_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """What precedes the training, whose scores differ between machines."""
    show_plan(output(), plan_table("titanic", TrainSettings.from_options("survived")))
    planned = "\n".join(line.rstrip() for line in capsys.readouterr().out.splitlines())
    assert f"{planned}\n" in PAGE, "run: python -m tools.tutorial"
