"""The refresh of catalogues: what is new is listed, what is gone is dropped, none is guessed."""

import pytest
from babel.messages.catalog import Catalog

from tools import messages

HEADER = 'msgid ""\nmsgstr ""\n"Language: ko\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n'


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """A catalogue of one message, of a source of two."""
    source = Catalog()
    source.add("{rows} rows were dropped", locations=[("a.py", 0)])
    source.add(("one", "many"), locations=[("a.py", 0)])
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    monkeypatch.setattr(messages, "extracted", lambda: source)
    path = messages.catalogue_path("ko")
    path.parent.mkdir(parents=True)
    path.write_text(
        f'{HEADER}\nmsgid "{{rows}} rows are dropped"\nmsgstr "행 {{rows}}개"\n', "utf-8"
    )
    return path


def test_what_is_new_is_listed_and_what_is_gone_is_dropped(catalogue, capsys):
    assert messages.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "ko: not translated: {rows} rows were dropped",
        "ko: not translated: ('one', 'many')",
    ]
    text = catalogue.read_text(encoding="utf-8")
    assert "are dropped" not in text
    assert 'msgid "{rows} rows were dropped"\nmsgstr ""' in text  # near the other, and no guess


def test_what_is_filled_in_is_compiled_and_stays(catalogue, capsys):
    messages.main()
    filled = catalogue.read_text(encoding="utf-8")
    filled = filled.replace('were dropped"\nmsgstr ""', 'were dropped"\nmsgstr "행 {rows}개"')
    filled = filled.replace('msgstr[0] ""', 'msgstr[0] "여럿"')
    catalogue.write_text(filled, encoding="utf-8")
    capsys.readouterr()
    assert messages.main() == 0
    assert capsys.readouterr().out == ""
    assert catalogue.read_text(encoding="utf-8") == filled
    assert "여럿".encode() in messages.catalogue_path("ko", ".mo").read_bytes()


def test_a_guess_is_not_taken(catalogue, capsys):
    guessed = '\n#, fuzzy\nmsgid "{rows} rows were dropped"\nmsgstr "행 {rows}개"\n'
    catalogue.write_text(HEADER + guessed, encoding="utf-8")
    assert messages.main() == 1
    assert "rows were dropped" in capsys.readouterr().out
