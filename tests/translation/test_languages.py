"""Which language is spoken: of a block, of the process, of the environment, of each thread."""

from threading import Thread

import pytest

import epochal
from epochal.errors import InputError
from epochal.translation import current_language, translate
from epochal.translation.languages import known_languages


@pytest.fixture(autouse=True)
def _afterwards_as_before(monkeypatch):
    monkeypatch.setattr("epochal.translation.languages._of_process", [])


def test_english_is_spoken_where_nothing_was_asked_for():
    assert current_language() == "en"
    assert known_languages() == ("en", "ko")


def test_the_block_comes_before_the_process_and_that_before_the_environment(monkeypatch):
    monkeypatch.setenv("EPOCHAL_LANG", "ko")
    assert current_language() == "ko"
    epochal.set_language("en")
    assert current_language() == "en"
    with epochal.language("ko"):
        assert translate("accuracy") == "정확도"
        with epochal.language("en"):
            assert translate("accuracy") == "accuracy"
        with epochal.language(None):
            assert current_language() == "ko"
    assert current_language() == "en"


def test_a_block_that_fails_gives_the_language_back():
    with pytest.raises(RuntimeError), epochal.language("ko"):
        raise RuntimeError
    assert current_language() == "en"


def test_the_language_of_the_process_is_that_of_its_threads():
    epochal.set_language("ko")
    heard = []
    thread = Thread(target=lambda: heard.append(translate("accuracy")))
    thread.start()
    thread.join()
    assert heard == ["정확도"]


@pytest.mark.parametrize(
    "speak", [epochal.set_language, lambda name: epochal.language(name).__enter__()]
)
def test_an_unknown_language_is_refused_with_those_that_there_are(speak):
    with pytest.raises(InputError, match=r"must be one of en, ko, got 'kr': give one of them\."):
        speak("kr")


def test_an_unknown_language_of_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("EPOCHAL_LANG", "한국어")
    with pytest.raises(
        InputError, match=r"^EPOCHAL_LANG must be one of en, ko, got '한국어': give one of them\.$"
    ):
        current_language()
    monkeypatch.setenv("EPOCHAL_LANG", "")
    assert current_language() == "en"
