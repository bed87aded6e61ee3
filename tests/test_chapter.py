"""The pages that lead from the chapter and the texts to the lab name its experiments."""

import re
from pathlib import Path

import pytest

from epochal.lab import ALL_EXPERIMENTS

DOCS = Path(__file__).parents[1] / "docs"
NAMES = {experiment.name for experiment in ALL_EXPERIMENTS}
LAST_COLUMN = re.compile(r"^\|.*\| ([^|]*) \|$", re.MULTILINE)
NAME = re.compile(r"`([\w-]+)`")


@pytest.mark.parametrize("page", ["chapter.md", "chapter.ko.md"])
def test_each_experiment_named_exists_and_each_is_named(page: str) -> None:
    text = (DOCS / page).read_text()
    named = {name for cell in LAST_COLUMN.findall(text) for name in NAME.findall(cell)}
    assert named <= NAMES
    beyond = set(NAME.findall(text)) & {"cifar10-best", "cifar10-cnn", "fashion-mnist-cnn"}
    assert named | beyond == NAMES


def test_the_korean_page_of_the_lab_names_each_experiment_once_and_in_order() -> None:
    text = (DOCS / "lab.ko.md").read_text()
    first_column = re.findall(r"^\| \[`([\w-]+)`\]", text, re.MULTILINE)
    assert first_column == [experiment.name for experiment in ALL_EXPERIMENTS]
