"""Characters that do something where a text is shown."""

import pandas as pd
import pytest

from epochal.characters import escape_cell, escape_controls
from epochal.cli.output_files import with_escaped_cells
from epochal.runs.storage.writing import write_report


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("user\u202egnp.exe", r"user\u202egnp.exe"),
        ("\u2066a\u2069\u200f\u061c\ufeff", r"\u2066a\u2069\u200f\u061c\ufeff"),
        ("a\u2028b\u200bc\u2060", r"a\u2028b\u200bc\u2060"),
        ("\U000e0041", r"\U000e0041"),
        ("tab\tline\n é − 한국어 می‌خواهم 👩‍💻", "tab\tline\n é − 한국어 می‌خواهم 👩‍💻"),
    ],
)
def test_what_controls_is_shown_as_its_number(text, shown):
    assert escape_controls(text) == shown


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_a_cell_is_no_formula(begin):
    assert escape_cell(f"{begin}cmd|x").startswith("'")
    assert escape_cell(f"a{begin}b")[0] == "a"


def test_texts_are_escaped_and_numbers_are_not():
    frame = pd.DataFrame({"=name": ["@x", "plain", None], "number": [-1.5, 2.0, 3.0]})
    escaped = with_escaped_cells(frame)
    assert list(escaped) == ["'=name", "number"]
    assert escaped["'=name"].tolist()[:2] == ["'@x", "plain"]
    assert escaped["number"].tolist() == [-1.5, 2.0, 3.0]
    assert escaped.isna().sum().sum() == 1


def test_a_page_has_none(tmp_path):
    write_report(tmp_path / "report.html", lambda: "<p>a\x1b[31m\x07\u202e</p>\n")
    assert (tmp_path / "report.html").read_text() == "<p>a\\x1b[31m\\x07\\u202e</p>\n"
