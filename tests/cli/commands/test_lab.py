"""`epochal lab`: the list, a resumed run, the table, the page, the report, and errors."""

import re
import shutil

import pytest

from epochal.lab import ResultStore, images

NAME = "activations"  # the quickest one


@pytest.fixture
def out(epochal, tmp_path):
    """A folder with the results of one experiment."""
    code, _, errors = epochal("lab", "run", NAME, "--out", tmp_path / "lab")
    assert code == 0, errors
    return tmp_path / "lab"


def test_list_names_every_experiment(epochal):
    code, shown, _ = epochal("lab", "list")
    assert code == 0
    for words in ("cifar10-selu", "51.4%", "transfer", "96.95%", "compression"):
        assert words in shown


def test_run_shows_the_results_and_does_not_run_them_again(epochal, out):
    code, shown, meanwhile = epochal("lab", "run", NAME, "--out", out)
    assert code == 0
    assert re.search(r"activations +relu +50\.0%", shown)
    assert f"Skipped 1 finished runs, whose results are in {out / 'small'}." in meanwhile


def test_table_shows_and_writes_the_page(epochal, out, tmp_path):
    page = tmp_path / "lab.md"
    code, shown, _ = epochal("lab", "table", "--scale", "small", "--out", out, "--write", page)
    assert code == 0
    assert "relu" in shown
    text = page.read_text()
    assert "| activations | relu |  | 50.0% |" in text
    assert "![Activation functions and their saturation](lab/activations.png)" in text
    assert (tmp_path / "lab" / "activations.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("command", ["table", "report"])
def test_without_a_scale_what_is_there_is_shown(epochal, out, command, tmp_path):
    code, shown, errors = epochal("lab", command, "--out", out)
    assert code == 0, errors
    assert ("relu" if command == "table" else str(out / "small")) in shown
    # Full results are what the page is made of: where there are any, they are meant.
    both = tmp_path / "both"
    shutil.copytree(out / "small", both / "small")
    shutil.copytree(out / "small", both / "full")
    (both / "small" / f"{NAME}-0.json").unlink()
    code, shown, errors = epochal("lab", command, "--out", both)
    assert code == 0, errors
    assert ("relu" if command == "table" else str(both / "full")) in shown


def test_report_is_one_page_that_needs_nothing_else(epochal, out):
    code, shown, _ = epochal("lab", "report", "--scale", "small", "--out", out)
    assert code == 0
    path = out / "small" / "report.html"
    assert f"Report: {path}" in shown
    text = path.read_text()
    assert 'src="data:image/png;base64,' in text
    assert "http" not in text.replace("http-equiv", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("run", "cifar10-sellu"),
            "experiment must be one of those that `epochal lab list` shows, got "
            "'cifar10-sellu'. Did you mean 'cifar10-selu'?",
        ),
        (
            ("run", NAME, "--scale", "ful"),
            "--scale must be one of small, full, got 'ful'. Did you mean 'full'?",
        ),
        (
            ("table", "--out", "nowhere"),
            "--out must be a folder with results of the scale 'small', got none in "
            "'nowhere/small': run `epochal lab run --scale small` first, or "
            "name another folder with --out.",
        ),
        (
            ("report", "--scale", "full", "--out", "nowhere"),
            "--out must be a folder with results of the scale 'full', got none in 'nowhere/full':",
        ),
    ],
)
def test_refusals(epochal, arguments, sentence):
    code, _, errors = epochal("lab", *arguments)
    assert code == 2
    assert f"Error: {sentence}" in errors


def test_a_page_that_is_no_markdown_file_is_refused(epochal, out, tmp_path):
    arguments = ("lab", "table", "--scale", "small", "--out", out, "--write")
    code, _, errors = epochal(*arguments, tmp_path / "page")
    assert code == 2
    assert "the page must be a Markdown file (.md), got" in errors
    (tmp_path / "file").write_text("")
    code, _, errors = epochal(*arguments, tmp_path / "file" / "lab.md")
    assert code == 2
    assert "the page must be in a folder that can be written to, got" in errors


def test_data_that_is_nowhere_is_named(epochal, tmp_path, monkeypatch):
    monkeypatch.setenv("EPOCHAL_DATA", str(tmp_path))
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(
        "urllib.request.urlopen", lambda *_, **__: (_ for _ in ()).throw(OSError("no network"))
    )
    images._loaded.cache_clear()
    code, _, errors = epochal("lab", "run", "leaky-relu", "--out", tmp_path / "lab")
    assert code == 2
    assert "EPOCHAL_DATA" in errors
    assert "train-images-idx3-ubyte.gz must be downloaded from" in errors


def test_what_is_interrupted_goes_on(epochal, tmp_path, monkeypatch):
    """Ctrl-C in the second of three seeds: the first is kept, and the next call runs the rest."""
    run = ResultStore.run

    def interrupted(self, experiment, seed, observer):
        if seed == 1:
            raise KeyboardInterrupt
        run(self, experiment, seed, observer)

    monkeypatch.setattr(ResultStore, "run", interrupted)
    code, _, meanwhile = epochal("lab", "run", "selu-constants", "--out", tmp_path)
    assert code == 130
    assert "Interrupted: finished runs are kept. Repeat the command" in meanwhile
    assert [path.name for path in (tmp_path / "small").iterdir()] == ["selu-constants-0.json"]
    monkeypatch.setattr(ResultStore, "run", run)
    code, _, meanwhile = epochal("lab", "run", "selu-constants", "--out", tmp_path)
    assert code == 0
    assert "Skipped 1 finished runs" in meanwhile
    assert len(list((tmp_path / "small").iterdir())) == 3
