"""What the hook of mkdocs adds to the documentation site."""

from pathlib import Path
from types import ModuleType, SimpleNamespace

import griffe
import keras
import pytest
from mkdocs.exceptions import PluginError

from tools import site
from tools.inherited_signatures import InheritedSignatures

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_on_a_page() -> None:
    pages = site.reference_pages()
    shown = [entry.value for page in pages for entry in page.entries]
    for _, name, value in site.public_names(site.epochal):
        assert any(value is other for other in shown), name
    assert len({id(value) for value in shown}) == len(shown)


def test_a_name_without_a_docstring_fails_the_build() -> None:
    def undocumented() -> None:
        pass

    module = ModuleType("pkg", "A package.")
    module.__all__ = ["undocumented"]  # type: ignore[attr-defined]
    module.undocumented = undocumented  # type: ignore[attr-defined]
    with pytest.raises(
        PluginError, match=r"pkg.undocumented must have a docstring, got none: write"
    ):
        list(site.public_names(module))


def test_a_function_is_found_by_its_definition() -> None:
    # epochal.training.fit is a module as well as a function.
    entry = site.Entry("epochal.fit", site.epochal.fit)
    assert f"::: {site.epochal.fit.__module__}.fit" in entry.markdown()
    assert "heading: epochal.fit" in entry.markdown()


def test_what_is_another_librarys_says_so() -> None:
    entry = site.Entry("epochal.schedules.CosineDecay", keras.optimizers.schedules.CosineDecay)
    assert "`CosineDecay` of `keras`, as it is there." in entry.markdown()
    assert ":::" not in entry.markdown()


@pytest.mark.parametrize(
    ("source", "markdown", "html"),
    [
        ("fit.md", "[a](../examples/fit.py)", "[a](examples/fit.py)"),
        ("decisions/0001.md", "[a](../../CONTRIBUTING.md)", "[a](../CONTRIBUTING.md)"),
        ("fit.md", "[a](diagnosis.md)", "[a](diagnosis.md)"),
    ],
)
def test_links_out_of_docs_lead_to_their_files(source: str, markdown: str, html: str) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri=source))
    assert site.on_page_markdown(markdown, page, None, None) == html  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("html", "refused"),
    [
        ('<script src="https://cdn.example.org/a.js"></script>', True),
        ('<link rel="stylesheet" href="//fonts.example.org/css">', True),
        ('<img src="../lab/a.png">', False),
        ('<a href="https://example.org">a link</a>', False),
    ],
)
def test_nothing_is_loaded_from_elsewhere(html: str, refused: bool) -> None:
    page = SimpleNamespace(file=SimpleNamespace(src_uri="fit.md"))
    if refused:
        with pytest.raises(PluginError, match=r"fit.md must load nothing from other hosts, got <"):
            site.on_post_page(html, page, None)  # type: ignore[arg-type]
    else:
        assert site.on_post_page(html, page, None) == html  # type: ignore[arg-type]


def test_signatures_of_keras_are_inherited() -> None:
    package = griffe.load(
        "epochal",
        search_paths=[ROOT / "src"],
        extensions=griffe.load_extensions(InheritedSignatures),
        allow_inspection=False,
    )
    layer = package["layers.monte_carlo.MCDropout"]
    assert [parameter.name for parameter in layer.parameters] == [
        "self",
        "rate",
        "noise_shape",
        "seed",
        "kwargs",
    ]
