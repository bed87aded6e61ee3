"""The catalogues of translated messages, refreshed from the source: ``python -m tools.messages``.

Messages are what the source gives to `translate`, `translate_count` and `translatable`. The command
writes those that are new into `src/epochal/locale/*/LC_MESSAGES/epochal.po` without a translation,
drops those that are gone, compiles the `.mo` beside it, and lists what is still to be translated;
then it ends with 1. Fill in the `msgstr`, and run it again.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "epochal"
LOCALES = PACKAGE / "locale"
DOMAIN = "epochal"
ISSUES = "https://github.com/epochal/epochal/issues"

KEYWORDS = {
    "translatable": None,
    "translate": None,
    "translate_count": (1, 2),
    "_metric": None,  # a score's name
    "markup": None,  # `translate` in a page, with values that are markup
}
METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]


def languages() -> list[str]:
    """Those that have a catalogue."""
    return sorted(path.parents[1].name for path in LOCALES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def catalogue_path(language: str, suffix: str = ".po") -> Path:
    """Where the catalogue of a language lies; `suffix`: .mo is the compiled one."""
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}{suffix}"


def extracted() -> Catalog:
    """Every message of the source, without translations."""
    catalogue = Catalog(charset="utf-8")
    found = extract_from_dir(PACKAGE, METHODS, keywords=KEYWORDS, options_map={})
    for name, _, message, comments, context in found:
        place = (PACKAGE / name).relative_to(ROOT).as_posix()
        catalogue.add(message, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalogue


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language as it lies there."""
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def refreshed(language: str) -> Catalog:
    """The catalogue of a language with the messages of the source, and those alone."""
    catalogue, template = read_catalogue(language), extracted()
    template.creation_date = catalogue.creation_date  # else every refresh would change it
    catalogue.project, catalogue.version = DOMAIN, "1"
    catalogue.msgid_bugs_address = ISSUES
    # A message that resembles another is no translation of it.
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The text of a catalogue, without what would change it with every edit of the source."""
    text = BytesIO()
    write_po(text, catalogue, include_lineno=False, sort_by_file=True, width=100)
    lines = text.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b'"Generated-By'))


def untranslated(catalogue: Catalog) -> list[Message]:
    """Messages without a translation, or with one that is marked as a guess."""

    def lacks(message: Message) -> bool:
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        return message.fuzzy or not all(texts)

    return [message for message in catalogue if message.id and lacks(message)]


def main() -> int:
    """Refresh and compile each catalogue; 1 where something is left to be translated."""
    left = 0
    for language in languages():
        catalogue = refreshed(language)
        catalogue_path(language).write_bytes(written(catalogue))
        with catalogue_path(language, ".mo").open("wb") as file:
            write_mo(file, catalogue)
        for message in untranslated(catalogue):
            left += 1
            print(f"{language}: not translated: {message.id}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
