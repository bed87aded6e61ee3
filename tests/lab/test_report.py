"""The page in the documents is what the kept results come to."""

import re
from pathlib import Path

import pytest

from epochal.errors import InputError
from epochal.lab import ALL_EXPERIMENTS, ALL_SCALES, Results, sections, write_markdown
from tests.plots.reading import pixels

DOCS = Path(__file__).parents[2] / "docs"
KEPT = Results(DOCS / "lab", ALL_SCALES["full"])
PARTS = sections(KEPT)


def test_every_experiment_was_run_in_full_with_every_seed():
    assert not list(KEPT.missing(ALL_EXPERIMENTS))


def test_the_page_says_what_the_results_say(tmp_path):
    page = tmp_path / "lab.md"
    write_markdown(KEPT, page)
    assert page.read_text() == (DOCS / "lab.md").read_text(), (
        "run: epochal lab table --scale full --out docs/lab --write docs/lab.md"
    )
    written = {path.name for path in (tmp_path / "lab").iterdir()}
    assert written == {path.name for path in (DOCS / "lab").glob("*.png")}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.experiment.name)
def test_every_result_can_be_drawn(part):
    assert pixels(part.picture()).std() > 0


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.experiment.name)
def test_what_falls_short_is_explained(part):
    assert not part.short or part.experiment.why


def test_a_page_that_is_not_the_labs_is_left_alone(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("# My thesis")
    sentence = "The page must be a new file or an earlier page of the lab, but"
    with pytest.raises(InputError, match=re.escape(sentence)):
        write_markdown(KEPT, page)
    assert page.read_text() == "# My thesis"


def test_pictures_need_a_folder(tmp_path):
    (tmp_path / "page").write_text("")
    with pytest.raises(InputError, match="Its pictures must lie in a folder"):
        write_markdown(KEPT, tmp_path / "page.md")
