"""Each catalogue has every message of the source, whole, and is the one that is compiled."""

import ast
import re
from gettext import GNUTranslations
from string import Formatter

import pytest

from epochal.translation.languages import ENGLISH, known_languages
from tools import messages

CALLS = {"translate": 1, "translatable": 1, "translate_count": 2}
LANGUAGES = messages.languages()
every_language = pytest.mark.parametrize("language", LANGUAGES)
ADVICE = "run `python -m tools.messages`, fill in what it lists, and run it again"

# What Koreans write as in English.
SAME = {"AUC", "F1", "R²"}


def _said(language):
    """The messages of a catalogue without its header."""
    return [message for message in messages.read_catalogue(language) if message.id]


def _texts(value):
    return list(value) if isinstance(value, tuple | list) else [value]


def _fields(text):
    """The fields of a message, each as often as it may stand: once, with conversion and format."""
    return {(name, form, how) for _, name, form, how in Formatter().parse(text) if name is not None}


def test_there_is_a_catalogue_for_each_language_that_may_be_asked_for():
    assert [ENGLISH, *LANGUAGES] == list(known_languages())
    assert "ko" in LANGUAGES


@pytest.fixture(scope="module")
def of_source():
    return messages.extracted()


def test_the_messages_of_code_and_page_are_found(of_source):
    found = {message.id: [place for place, _ in message.locations] for message in of_source}
    assert "src/epochal/scoring/conclusion.py" in found["always predicting the {constant}"]
    assert "src/epochal/report/report.html" in found["{reason}. To keep it: {option}"]
    assert "src/epochal/scoring/task_metrics.py" in found["balanced accuracy"]
    assert len(found) > 300


def test_every_call_has_a_message_that_is_found(of_source):
    """Those within an f-string are not, nor are messages that are put together."""
    found = {one for message in of_source for one in _texts(message.id)}
    calls = 0
    for path in sorted(messages.PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS):
                continue
            for given in node.args[: CALLS[node.func.id]]:  # type: ignore[attr-defined]
                written = isinstance(given, ast.Constant)
                where = f"{path.name}:{given.lineno}"
                assert written or isinstance(
                    given, ast.Name | ast.Attribute | ast.Subscript | ast.Call
                ), where
                assert not written or given.value in found, where  # type: ignore[attr-defined]
                calls += written
    assert calls > 300


@every_language
def test_the_catalogue_holds_the_messages_of_the_source_and_no_others(language, of_source):
    wanted = {message.id for message in of_source}
    catalogue = messages.read_catalogue(language)
    held = {message.id for message in catalogue}
    assert not wanted - held, f"new messages: {ADVICE}"
    assert not held - wanted, f"messages that are gone: {ADVICE}"
    assert not catalogue.obsolete, f"messages that are gone: {ADVICE}"


@every_language
def test_every_message_is_translated(language):
    left = [message.id for message in messages.untranslated(messages.read_catalogue(language))]
    assert not left, ADVICE


@every_language
def test_translations_have_the_fields_of_their_message(language):
    for message in _said(language):
        wanted = set().union(*map(_fields, _texts(message.id)))
        for text in _texts(message.string):
            assert _fields(text) == wanted, f"{message.id!r} has other fields in {text!r}"


@every_language
def test_a_sentence_ends_as_its_message_does(language):
    for message in _said(language):
        for one, text in zip(_texts(message.id), _texts(message.string), strict=False):
            assert one.endswith(".") == text.endswith("."), f"{one!r} and {text!r}"
            assert text == text.strip() or one != one.strip(), repr(text)


def test_all_of_a_korean_message_is_korean():
    for message in _said("ko"):
        for text in _texts(message.string):
            assert (
                re.search("[가-힣]", text)
                or text in SAME
                or not re.search("[a-z]{2}", re.sub("{.*?}", "", text))
            ), text


def test_particles_after_a_field_stand_in_both_forms():
    """Which of the two it is only the value tells."""
    alone = re.compile(r"\}[’”'\")]?(은|는|이|가|을|를|과|와|으로|로|이라|라)(?![가-힣(])")
    for message in _said("ko"):
        for text in _texts(message.string):
            assert not alone.search(text), text


@every_language
def test_the_compiled_catalogue_is_the_written_one(language):
    with messages.catalogue_path(language, ".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in _said(language):
        if isinstance(message.id, tuple | list):
            one, many = message.id
            assert compiled.ngettext(one, many, 5) == message.string[-1], ADVICE
        else:
            assert compiled.gettext(message.id) == message.string, ADVICE
    held = {key if isinstance(key, str) else key[0] for key in compiled._catalog} - {""}  # type: ignore[attr-defined]
    written = {_texts(message.id)[0] for message in _said(language)}
    assert held == written, ADVICE


@every_language
def test_a_refresh_of_a_fresh_catalogue_changes_nothing(language):
    refreshed = messages.written(messages.refreshed(language))
    assert refreshed == messages.catalogue_path(language).read_bytes(), ADVICE
