"""Where the Korean pages stand on the site, and what their language switch leads to."""

from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tools import translations


@pytest.fixture
def files() -> Files:
    names = ("index.md", "index.ko.md", "fit.md", "fit.ko.md", "tables.md", "assets/a.png")
    return Files([File(name, "docs", "site", use_directory_urls=True) for name in names])


@pytest.fixture
def config() -> Any:
    return SimpleNamespace(theme={}, extra={})


def test_korean_pages_stand_below_ko(files: Files) -> None:
    placed = translations.on_files(files, MkDocsConfig())
    urls = {file.src_uri: file.url for file in placed}
    assert urls == {
        "index.md": "./",
        "index.ko.md": "ko/",
        "fit.md": "fit/",
        "fit.ko.md": "ko/fit/",
        "tables.md": "tables/",
        "assets/a.png": "assets/a.png",
    }


@pytest.mark.parametrize(
    ("source", "language", "links"),
    [
        ("fit.md", "en", ["fit/", "ko/fit/"]),
        ("fit.ko.md", "ko", ["fit/", "ko/fit/"]),
        ("tables.md", "en", ["tables/", "ko/"]),  # has no translation
    ],
)
def test_the_switch_leads_to_the_counterpart(
    files: Files, config: Any, source: str, language: str, links: list[str]
) -> None:
    files = translations.on_files(files, MkDocsConfig())
    page: Any = SimpleNamespace(file=files.get_file_from_path(source), meta={})
    assert translations.on_page_markdown("text", page, config, files) == "text"
    translations.on_page_context({}, page, config, None)  # type: ignore[arg-type]
    assert config.theme["language"] == language
    assert [each["link"] for each in config.extra["alternate"]] == links
    assert [each["lang"] for each in config.extra["alternate"]] == ["en", "ko"]
