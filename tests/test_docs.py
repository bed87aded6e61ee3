"""Every example in the documents and the docstrings runs, and every link to a file finds it."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "README.ko.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)[^)]*\)")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def with_examples() -> list[Path]:
    """Those whose examples run: a translation's are its English page's (test_translations.py)."""
    return [
        document
        for document in DOCUMENTS
        if FENCE.search(document.read_text()) and not document.name.endswith(".ko.md")
    ]


@pytest.mark.parametrize("document", with_examples(), ids=name_of)
def test_the_examples_run(document: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of one document run in one namespace, in their order, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    text = document.read_text()
    namespace: dict[str, object] = {"__name__": "example"}
    for example in FENCE.finditer(text):
        # Empty lines in front, so that a traceback names the line of the document.
        before = text[: example.start(1)].count("\n")
        code = compile("\n" * before + example.group(1), name_of(document), "exec")
        exec(code, namespace)


@every_document
def test_links_find_their_files(document: Path) -> None:
    links = LINK.findall(document.read_text())
    missing = [link for link in links if not (document.parent / link).exists()]
    assert not missing, f"{name_of(document)} links to {missing}"


PACKAGE = ROOT / "src" / "epochal"
MODULES = [
    ".".join(("epochal", *path.relative_to(PACKAGE).with_suffix("").parts))
    for path in sorted(PACKAGE.rglob("*.py"))
    if re.search(r"^ *>>> (?!.*doctest: \+SKIP)", path.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_docstrings_run(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(
        importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert results.attempted > 0
    assert results.failed == 0, f"{module}: see the output above"
