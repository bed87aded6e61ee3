"""Pages in a second language: a hook of `mkdocs.yml`.

`fit.ko.md` is the Korean `fit.md`. The site has it at `ko/fit/`, in Korean to the browser and with
the theme's Korean words, and the language switch of each page leads to its counterpart: where it
has none, to the home page of the other language.
"""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

SUFFIX = ".ko.md"
HOMES = {"en": "index.md", "ko": "index.ko.md"}
NAMES = {"en": "English", "ko": "한국어"}


def counterparts(src_uri: str) -> dict[str, str]:
    """Name the page in each language, whether or not it exists."""
    stem = src_uri.removesuffix(SUFFIX).removesuffix(".md")
    return {"en": f"{stem}.md", "ko": f"{stem}{SUFFIX}"}


def language_of(src_uri: str) -> str:
    """Tell the language of a page by the end of its name."""
    return "ko" if src_uri.endswith(SUFFIX) else "en"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the Korean pages below `ko/`."""
    for file in files.documentation_pages():
        if language_of(file.src_uri) == "ko":
            english = File(
                counterparts(file.src_uri)["en"], None, file.dest_dir, file.use_directory_urls
            )
            files.remove(file)
            files.append(
                File(
                    file.src_uri,
                    file.src_dir,
                    file.dest_dir,
                    file.use_directory_urls,
                    dest_uri=f"ko/{english.dest_uri}",
                    inclusion=file.inclusion,
                )
            )
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Find the counterparts of a page."""
    pages = counterparts(page.file.src_uri)
    page.meta["alternate"] = [
        {"name": NAMES[language], "link": target.url, "lang": language}
        for language, src_uri in pages.items()
        if (
            target := files.get_file_from_path(src_uri) or files.get_file_from_path(HOMES[language])
        )
    ]
    return markdown


def on_page_context(
    context: dict[str, object], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, object]:
    """Have the theme speak the page's language and offer the other; pages are rendered in turn."""
    config.theme["language"] = language_of(page.file.src_uri)
    config.extra["alternate"] = page.meta["alternate"]
    return context
