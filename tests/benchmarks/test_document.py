"""The benchmark document: sections that are kept by machine, and pages rendered from them."""

from pathlib import Path

import pytest

from benchmarks import document
from benchmarks.machine import Machine
from benchmarks.markdown import table

OLD = Machine(model="AMD EPYC", microarchitecture="Zen 5", instructions="AVX-512", cores=2)
NEW = Machine(model="Intel Xeon", microarchitecture="", instructions="AVX2", cores=1)
DATA = {
    "peak": 100.0,
    "kinds": {
        "dense": {
            "title": "784-10",
            "engine": "native",
            "operations": 50e9,
            "ratio": 2.0,
            "seconds": {"epochal": 1.0, "jax": 2.0, "tensorflow": 8.0, "torch": 4.0},
        },
        "slow": {
            "title": "a slow one",
            "engine": "xla",
            "operations": 0.0,
            "ratio": 0.5,
            "seconds": {"epochal": 2.0, "jax": 1.0},
        },
    },
}


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(document, "DOCS", tmp_path)
    return tmp_path


def test_a_section_replaces_the_one_of_its_title_only(docs: Path) -> None:
    document.write_section("Speed", "slow\n\n### Details\n\nmany", "python -m one", machine=OLD)
    document.write_section("Streaming", "steady", "python -m two", machine=OLD)
    document.write_section("Speed", "fast", "python -m three", machine=OLD)
    text = (docs / "benchmarks.md").read_text()
    assert text.startswith("# Benchmarks\n")
    assert text.index("## Speed") < text.index("fast") < text.index("## Streaming")
    assert text.count("## Speed") == 1
    assert "slow" not in text
    assert "### Details" not in text
    assert "steady" in text


def test_a_section_says_what_it_ran_on(docs: Path) -> None:
    document.write_section("Speed", "fast", "python -m benchmarks.speed --write", machine=OLD)
    last = (docs / "benchmarks.md").read_text().strip().splitlines()[-1]
    assert "with `python -m benchmarks.speed --write`, on 2 cores of AMD EPYC (Zen 5, AVX" in last
    for fact in ("Python 3.", "keras 3.", "jax 0.", "numpy 2."):
        assert fact in last


def test_another_machine_keeps_its_page(docs: Path) -> None:
    image = "![curves](benchmarks/growth-zen.svg)"
    document.write_section("Growth", image, "python -m one", machine=OLD)
    document.write_section("Speed", "old rows", "python -m two", data=DATA, machine=OLD)
    assert not (docs / "benchmarks" / "amd-epyc-zen-5-2.md").exists()
    document.write_section(
        "Breadth", "all of them", "python -m benchmarks.breadth", data=DATA, machine=NEW
    )
    text = (docs / "benchmarks.md").read_text()
    assert "This page is of 1 core of Intel Xeon (AVX2)." in text
    assert "[2 cores of AMD EPYC (Zen 5, AVX-512)](benchmarks/amd-epyc-zen-5-2.md)" in text
    assert "old rows" not in text
    old = (docs / "benchmarks" / "amd-epyc-zen-5-2.md").read_text()
    assert old.startswith("# Benchmarks: 2 cores of AMD EPYC (Zen 5, AVX-512)\n")
    assert "old rows" in old
    assert "![curves](growth-zen.svg)" in old


def test_a_machine_without_a_summary_does_not_take_the_page(docs: Path) -> None:
    document.write_section("Breadth", "all", "python -m one", data=DATA, machine=NEW)
    document.write_section("GPU", "fast", "python -m two", machine=OLD)
    assert "This page is of 1 core of Intel Xeon" in (docs / "benchmarks.md").read_text()
    assert "fast" in (docs / "benchmarks" / "amd-epyc-zen-5-2.md").read_text()


def test_rendering_again_changes_nothing(docs: Path) -> None:
    document.write_section("Growth", "curves", "python -m one", machine=OLD)
    document.write_section("Breadth", "all", "python -m two", data=DATA, machine=NEW)
    pages = {page: page.read_text() for page in docs.rglob("*.*")}
    document.render()
    assert {page: page.read_text() for page in docs.rglob("*.*")} == pages


def test_what_is_kept_is_found_by_its_machine_alone(docs: Path) -> None:
    document.write_section("Breadth", "all", "python -m one", data=DATA, machine=NEW)
    assert document.kept("Breadth", NEW) == DATA
    assert document.kept("Speed", NEW) == {}
    assert document.kept("Breadth", OLD) == {}


def test_the_summary_is_at_the_top_and_has_a_chart(docs: Path) -> None:
    document.write_section("Speed", "fast", "python -m one", machine=NEW)
    document.write_section("Breadth", "all", "python -m two", data=DATA, machine=NEW)
    text = (docs / "benchmarks.md").read_text()
    assert text.index("## Summary") < text.index("## Breadth") < text.index("## Speed")
    assert (
        "| 784-10 | 1.000 s | 2.00 s (2.0x) | 8.00 s (8.0x) | 4.00 s (4.0x) | native | 50% |"
        in (text)
    )
    assert "Of 2 kinds of networks and optimisers ([Breadth](#breadth)), **1 train" in text
    assert "the slowest 0.50x (slow). Slower: slow 0.50x." in text
    assert "a slow one" not in text  # only what every peer trains
    assert (docs / "benchmarks" / "summary-intel-xeon-1.svg").read_text().startswith("<?xml")


def test_nothing_is_written_unless_asked(docs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document.publish("Speed", "fast", module="benchmarks.speed", arguments=["--rounds", "1"])
    assert "fast" in capsys.readouterr().out
    assert not list(docs.iterdir())


def test_table() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"


def test_the_pages_in_the_repository_are_those_that_are_rendered(docs: Path) -> None:
    """Nobody writes them by hand."""
    kept = Path(__file__).parents[2] / "docs"
    (docs / "benchmarks").mkdir()
    for file in (kept / "benchmarks").glob("*.json"):
        (docs / "benchmarks" / file.name).write_bytes(file.read_bytes())
    document.render()
    for page in docs.rglob("*.md"):
        assert page.read_text() == (kept / page.relative_to(docs)).read_text()


def test_a_page_keeps_what_is_outside_the_marks(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- tables -->\nold\n<!-- /tables -->\nafter\n")
    document.write_marked(page, "tables", "new")
    assert page.read_text() == "before\n<!-- tables -->\nnew\n<!-- /tables -->\nafter\n"
    with pytest.raises(SystemExit, match="must have the marks of 'others'"):
        document.write_marked(page, "others", "new")
