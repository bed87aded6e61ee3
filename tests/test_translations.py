"""The Korean pages have the code, the sections and the terms of the English ones."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KOREAN = sorted([ROOT / "README.ko.md", *(ROOT / "docs").rglob("*.ko.md")])
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)\.md[^)]*\)")
HANGUL = re.compile("[가-힣]")

every_translation = pytest.mark.parametrize("page", KOREAN, ids=lambda page: page.name)


def english_of(page: Path) -> Path:
    return page.with_name(page.name.replace(".ko.md", ".md"))


@every_translation
def test_code_is_the_english_pages_byte_for_byte(page: Path) -> None:
    assert FENCE.findall(page.read_text()) == FENCE.findall(english_of(page).read_text())


# The Korean page of the lab explains the English one, which is generated.
@pytest.mark.parametrize(
    "page", [page for page in KOREAN if page.name != "lab.ko.md"], ids=lambda page: page.name
)
def test_the_parts_of_a_page_are_the_english_pages(page: Path) -> None:
    """A section that joins an English page is missed here until it is translated."""
    marks = [
        re.findall("^#+ ", text.read_text(), re.MULTILINE) for text in (page, english_of(page))
    ]
    assert marks[0] == marks[1]


@every_translation
def test_links_lead_to_the_korean_page_where_there_is_one(page: Path) -> None:
    links = {link for link in LINK.findall(page.read_text()) if not link.endswith(".ko")}
    # The lab's figures are on its English page alone; a page's own is for the switch of the README.
    links -= {"lab", page.name.removesuffix(".ko.md")}
    assert not [link for link in links if (page.parent / f"{link}.ko.md").exists()]


def test_the_glossaries_have_the_same_terms() -> None:
    rows = {
        name: [
            tuple(line.split(" | ")[:2])
            for line in (ROOT / "docs" / name).read_text().splitlines()
            if line.startswith("| ") and HANGUL.search(line)
        ]
        for name in ("glossary.md", "glossary.ko.md")
    }
    english = {(a.removeprefix("| "), b) for a, b in rows["glossary.md"]}
    korean = {(b, a.removeprefix("| ")) for a, b in rows["glossary.ko.md"]} - {("영어", "용어")}
    assert english == korean
