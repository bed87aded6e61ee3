"""Which tests `make quick` runs, in a small repository."""

import subprocess
from pathlib import Path

import pytest

from tools.quick import Selection, changed_files

FILES = {
    "src/epochal/__init__.py": "",
    "src/epochal/errors.py": "",
    "src/epochal/training/__init__.py": "from epochal.training.fit import fit\n",
    "src/epochal/training/fit.py": "import epochal.errors\ndef fit(): pass\n",
    "src/epochal/training/loop.py": "",
    "src/epochal/report/page.py": "",
    "src/epochal/report/report.html": "",
    "src/epochal/engine/native/program.py": "",
    "src/epochal/engine/native/cpp/network.cpp": "",
    "tests/test_architecture.py": "",
    "tests/test_docs.py": "",
    "tests/training/conftest.py": "from epochal.engine.native import program\n",
    "tests/training/test_callbacks.py": "from epochal.training import fit\n",
    "tests/training/test_fit.py": "from epochal.training import fit\n",
    "tests/report/test_page.py": "from epochal.report import page\n",
    "tests/examples/test_examples.py": "",
    "examples/fit_keras_model.py": "",
    "docs/fit.md": "",
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


FIT, CALLBACKS = "tests/training/test_fit.py", "tests/training/test_callbacks.py"


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        # The test of the same name, then those that import the file, then those beside it.
        (["src/epochal/training/fit.py"], [FIT, CALLBACKS]),
        (["src/epochal/training/loop.py"], [CALLBACKS, FIT]),
        (["src/epochal/errors.py"], [CALLBACKS, FIT]),
        (["tests/training/test_fit.py"], [FIT]),
        (["src/epochal/report/report.html"], ["tests/report/test_page.py"]),
        # By way of the conftest file.
        (["src/epochal/engine/native/cpp/network.cpp"], [CALLBACKS, FIT]),
        (["examples/fit_keras_model.py"], ["tests/examples/test_examples.py"]),
        (["docs/fit.md"], ["tests/test_docs.py"]),
        (["LICENSE"], []),
        ([], []),
    ],
)
def test_what_a_change_needs_the_nearest_first(
    repository: Path, changed: list[str], tests: list[str]
) -> None:
    selected = Selection(repository).nearest_first(changed)
    assert selected == ["tests/test_architecture.py", *tests]


def run_git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_what_changed_since_main(repository: Path) -> None:
    run_git(repository, "init", "--initial-branch", "main")
    run_git(repository, "add", ".")
    run_git(repository, "commit", "-m", "first")
    (repository / "docs" / "fit.md").write_text("more")
    run_git(repository, "commit", "-a", "-m", "second")
    # On a clean main, what the last commit changed.
    assert changed_files(repository) == ["docs/fit.md"]

    run_git(repository, "checkout", "-b", "branch")
    (repository / "src/epochal/errors.py").write_text("committed = 1")
    run_git(repository, "commit", "-a", "-m", "third")
    (repository / "src/epochal/training/fit.py").write_text("changed = 1")
    (repository / "src/epochal/new.py").write_text("")
    assert changed_files(repository) == [
        "src/epochal/errors.py",
        "src/epochal/new.py",
        "src/epochal/training/fit.py",
    ]
