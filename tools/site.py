"""What mkdocs cannot know by itself: a hook of `mkdocs.yml`.

It adds the pages that nobody writes by hand: the API reference, one page for each package, from
`epochal.__all__` and the `__all__` of each public module. A public function, class or module
without a docstring fails the build. It also brings in the documents at the root of the repository
and the examples, to which the guides link.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

import epochal

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("CONTRIBUTING.md", "CHANGELOG.md")
NAMES_MARK = "<!-- every public name -->"
# In docs/, what a link reaches by leaving the folder; in a root document, by entering it.
OUT_OF_DOCS = re.compile(r"\]\((?:\.\./)+((?:examples/|CONTRIBUTING\.md|CHANGELOG\.md)[^)]*)\)")
# What a browser would load by itself from another host.
LOADED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=\"?(?:https?:)?//[^>]*>"
)
INTO_DOCS = re.compile(r"\]\(docs/")


@dataclass(frozen=True)
class Entry:
    """One public object, under the shortest of its public names."""

    name: str
    value: object

    @property
    def summary(self) -> str:
        """The first sentence or line of the docstring; of a constant, its type."""
        if not has_own_docstring(self.value):
            return f"`{type(self.value).__name__}`"
        return (inspect.getdoc(self.value) or "").partition("\n")[0]

    @property
    def defined_as(self) -> str:
        """Module and name of its definition; a constant knows no other name than its public one."""
        if not has_own_docstring(self.value):
            return self.name
        return f"{self.value.__module__}.{self.value.__qualname__}"  # type: ignore[attr-defined]

    def markdown(self) -> str:
        """Its section. Of what comes from another library, such as Keras, that names the origin."""
        library, *_, last = self.defined_as.split(".")
        if library != "epochal":
            heading = f'## {self.name} {{ #{self.name} data-toc-label="{last}" }}'
            return f"{heading}\n\n{self.summary}\n\n`{last}` of `{library}`, as it is there."
        # By its definition: epochal.fit would be the module of that name to a reader of the source.
        options = f"    options:\n      heading: {self.name}\n      toc_label: {last}"
        return f"[](){{ #{self.name} }}\n\n::: {self.defined_as}\n{options}"


@dataclass(frozen=True)
class ReferencePage:
    """The public names of one package."""

    module: ModuleType
    entries: list[Entry] = field(default_factory=list)

    @property
    def file_name(self) -> str:
        return f"{self.module.__name__.removeprefix('epochal.')}.md"

    def table(self, page: str = "") -> str:
        """Name and summary of every entry; `page`: where the links lead, if not to this page."""
        rows = [
            f"| [`{entry.name.rpartition('.')[2]}`]({page}#{entry.name}) | {entry.summary} |"
            for entry in self.entries
        ]
        return "\n".join(["| name | summary |", "|---|---|", *rows])

    def markdown(self) -> str:
        parts = [f"# {self.module.__name__}", inspect.getdoc(self.module) or "", self.table()]
        return "\n\n".join([*parts, *(entry.markdown() for entry in self.entries)]) + "\n"


def has_own_docstring(value: object) -> bool:
    """Whether a docstring may be asked of the value: that of a constant is that of its type."""
    return inspect.isroutine(value) or inspect.isclass(value) or inspect.ismodule(value)


def public_names(module: ModuleType) -> Iterator[tuple[ModuleType, str, object]]:
    """Yield module, dotted name and value of every public name, those of public modules after it.

    Raises
    ------
    PluginError
        If a function, class or module has no docstring.
    """
    modules = []
    for name in module.__all__:
        value = getattr(module, name)
        if has_own_docstring(value) and not inspect.getdoc(value):
            raise PluginError(
                f"{module.__name__}.{name} must have a docstring, got none: write what it is for."
            )
        if inspect.ismodule(value):
            modules.append(value)
        else:
            yield module, f"{module.__name__}.{name}", value
    for inner in modules:
        yield from public_names(inner)


def page_module(module: ModuleType, value: object) -> ModuleType:
    """Find the module on whose page a value stands: at the top level, the package defining it."""
    if module is not epochal:
        return module
    defined_in = getattr(value, "__module__", None) or "epochal"
    return import_module(".".join(defined_in.split(".")[:2]))


def reference_pages() -> list[ReferencePage]:
    """Sort every public object on the page of its package, each object once."""
    pages: dict[str, ReferencePage] = {}
    seen: list[object] = []
    for module, name, value in public_names(epochal):
        if any(value is other for other in seen):
            continue
        seen.append(value)
        home = page_module(module, value)
        page = pages.setdefault(home.__name__, ReferencePage(home))
        page.entries.append(Entry(name, value))
    return [pages[name] for name in sorted(pages)]


def filled(item: Any, folders: dict[str, list[str]]) -> Any:
    """Put the pages of a folder where the navigation names the folder alone."""
    if isinstance(item, dict):
        return {title: filled(inner, folders) for title, inner in item.items()}
    if isinstance(item, list):
        return [filled(inner, folders) for inner in item]
    return folders.get(item, item)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Complete the navigation."""
    docs = Path(config.docs_dir)
    reference = [f"reference/{page.file_name}" for page in reference_pages()]
    decisions = sorted(path.relative_to(docs).as_posix() for path in docs.glob("decisions/*.md"))
    folders = {"reference/": ["reference/index.md", *reference], "decisions/": decisions}
    config.nav = filled(config.nav, folders)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference, the documents at the root and the examples."""
    for page in reference_pages():
        path = f"reference/{page.file_name}"
        files.append(File.generated(config, path, content=page.markdown()))
    for name in DOCUMENTS:
        content = INTO_DOCS.sub("](", (ROOT / name).read_text(encoding="utf-8"))
        files.append(File.generated(config, name, content=content))
    for example in sorted((ROOT / "examples").glob("*.py")):
        path = f"examples/{example.name}"
        files.append(File.generated(config, path, abs_src_path=str(example)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links that leave docs/ to where the site has their files; list the public names."""
    depth = page.file.src_uri.count("/")
    markdown = OUT_OF_DOCS.sub(rf"]({'../' * depth}\1)", markdown)
    if NAMES_MARK in markdown:
        tables = [
            f"## [{page.module.__name__}]({page.file_name})\n\n{page.table(page.file_name)}"
            for page in reference_pages()
        ]
        markdown = markdown.replace(NAMES_MARK, "\n\n".join(tables))
    return markdown


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse a page that would load anything from elsewhere.

    Raises
    ------
    PluginError
        If it would.
    """
    loaded = LOADED.search(output)
    if loaded:
        raise PluginError(
            f"{page.file.src_uri} must load nothing from other hosts, got {loaded[0]}: "
            "keep a copy in docs/."
        )
    return output
