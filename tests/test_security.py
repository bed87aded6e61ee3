"""SECURITY.md and docs/reliability.md: each test that they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("SECURITY.md", "docs/reliability.md")
NAMED = [
    named
    for page in PAGES
    for named in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / page).read_text())
]


def test_they_name_tests():
    assert len(NAMED) >= 35


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_it_names_is_there(file, name):
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_each_line_names_one_or_says_that_something_may_be():
    _, _, model = (ROOT / "SECURITY.md").read_text().partition("may not\n")
    lines = re.split(r"\n- ", model)[1:]
    unbacked = [line for line in lines if "`tests/" not in line and " may not " in line]
    assert not unbacked
