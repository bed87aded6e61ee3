"""What a tag must be before it is released."""

from pathlib import Path

import pytest

from tools.release import main

CHANGELOG = """# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-28

### Added

- A thing.

## [1.1.0] - 2026-01-01

- Before.
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_the_notes_are_the_section(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["v1.2.0", "--notes"], repository)
    assert capsys.readouterr().out == "### Added\n\n- A thing.\n"


def test_another_tag_is_refused(repository: Path) -> None:
    with pytest.raises(
        SystemExit, match=r"the tag must be v1\.2\.0, .*, got v1\.3\.0: correct the"
    ):
        main(["v1.3.0"], repository)


def test_a_version_without_a_dated_section_is_refused(repository: Path) -> None:
    (repository / "CHANGELOG.md").write_text(CHANGELOG.replace(" - 2026-11-28", ""))
    with pytest.raises(
        SystemExit, match=r"dated section of 1\.2\.0, got none: write '## \[1\.2\.0\]"
    ):
        main(["v1.2.0"], repository)
