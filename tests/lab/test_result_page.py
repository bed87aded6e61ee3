"""The page in docs/ is made of the stored results."""

import re
from pathlib import Path

import pytest

from epochal.errors import InputError
from epochal.lab import ALL_EXPERIMENTS, ALL_SCALES, ResultStore, page_sections, write_markdown
from tests.plots.reading import pixels

DOCS = Path(__file__).parents[2] / "docs"
STORED = ResultStore(DOCS / "lab", ALL_SCALES["full"])
SECTIONS = page_sections(STORED)


def test_every_experiment_was_run_in_full_with_every_seed():
    assert not list(STORED.missing(ALL_EXPERIMENTS))


def test_the_page_says_what_the_results_say(tmp_path):
    page = tmp_path / "lab.md"
    write_markdown(STORED, page)
    assert page.read_text() == (DOCS / "lab.md").read_text(), (
        "run: epochal lab table --scale full --out docs/lab --write docs/lab.md"
    )
    written = {path.name for path in (tmp_path / "lab").iterdir()}
    assert written == {path.name for path in (DOCS / "lab").glob("*.png")}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.experiment.name)
def test_every_result_can_be_drawn(section):
    assert pixels(section.figure()).std() > 0


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.experiment.name)
def test_a_result_below_the_quoted_figure_is_discussed(section):
    assert not section.below_quoted or section.experiment.discussion


def test_a_page_that_is_not_the_labs_is_left_alone(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("# My thesis")
    sentence = "the page must be a new file or an earlier page of the lab, got another file"
    with pytest.raises(InputError, match=re.escape(sentence)):
        write_markdown(STORED, page)
    assert page.read_text() == "# My thesis"


def test_images_need_a_folder(tmp_path):
    (tmp_path / "page").write_text("")
    with pytest.raises(InputError, match="the page's images must be in a folder"):
        write_markdown(STORED, tmp_path / "page.md")
