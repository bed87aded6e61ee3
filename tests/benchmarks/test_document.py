"""The benchmark document: sections that are replaced one by one."""

from pathlib import Path

import pytest

from benchmarks import document


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "benchmarks.md"
    monkeypatch.setattr(document, "DOCUMENT", path)
    return path


def test_a_section_replaces_the_one_of_its_title_only(written: Path) -> None:
    document.write_section("Speed", "slow\n\n### Details\n\nmany", "python -m one")
    document.write_section("Streaming", "steady", "python -m two")
    document.write_section("Speed", "fast", "python -m three")
    text = written.read_text()
    assert text.startswith("# Benchmarks\n")
    assert text.index("## Speed") < text.index("fast") < text.index("## Streaming")
    assert text.count("## Speed") == 1
    assert "slow" not in text
    assert "### Details" not in text
    assert "steady" in text


def test_a_section_says_what_it_ran_on(written: Path) -> None:
    document.write_section("Speed", "fast", "python -m benchmarks.speed --write")
    last = written.read_text().strip().splitlines()[-1]
    assert "with `python -m benchmarks.speed --write`, on " in last
    for fact in (" cores of ", "Python 3.", "keras 3.", "jax 0.", "numpy 2."):
        assert fact in last


def test_nothing_is_written_unless_asked(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.publish("Speed", "fast", module="benchmarks.speed", arguments=["--rounds", "1"])
    assert "fast" in capsys.readouterr().out
    assert not written.exists()


def test_table() -> None:
    assert document.table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"
