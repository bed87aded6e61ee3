"""What the commands show, and what they write."""

import contextlib
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from epochal.cli.compilation_cache import JAX, enable_compilation_cache


def test_train_shows_the_plan_the_scores_and_the_report(epochal, tmp_path):
    out = tmp_path / "run"
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--epochs", 2, "--out", out)
    )
    assert code == 0
    assert "891 rows, 13 of 14 columns to predict survived (binary: 0, 1)" in shown
    assert re.search(r"age +numeric +177 +88", shown)
    assert "DROPPED (target leakage): 'alive': each of its 2 values" in shown
    assert "--keep alive" in shown
    assert "26 test rows have the same features as an earlier row" in shown
    for words in (
        "accuracy",
        "AUC",
        "log loss",
        "F1",
        "most frequent class",
        "logistic regression",
    ):
        assert words in shown
    assert "still improving: the validation loss was still falling at the end" in shown
    assert shown.rstrip().splitlines()[-1] == f"report: {out / 'report.html'}"
    assert (out / "report.html").is_file()


def test_train_says_when_the_report_failed_and_when_the_name_was_taken(
    epochal, tmp_path, monkeypatch, caplog
):
    def fail(content):
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mine").touch()
        raise ValueError

    monkeypatch.setattr("epochal.runs.train.render", fail)
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--epochs", 1, "--out", tmp_path / "run")
    )
    assert code == 0
    assert "The report could not be written (ValueError): the run was saved" in caplog.text
    assert f"run: {tmp_path / 'run-2'}" in shown
    assert f"({tmp_path / 'run'} was created by another process; saved as" in shown
    assert epochal("predict", tmp_path / "run-2", "titanic")[0] == 0


def test_a_dry_run_writes_nothing(epochal, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--hidden", "20,10", "--dry-run")
    )
    assert code == 0
    assert "2 hidden layers of 20, 10 units" in shown
    assert "Dry run: nothing was trained or written." in shown
    assert list(tmp_path.iterdir()) == []


def test_several_targets_are_labels(epochal, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    frame = pd.DataFrame({"x": x, "a": (x + rng.normal(size=200) > 0).astype(int)})
    frame["b"] = (rng.random(200) > 0.5).astype(int)
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, shown, _ = epochal("train", tmp_path / "t.csv", "--target", "a,b", "--dry-run")
    assert code == 0
    assert "to predict a, b (multilabel)" in shown


@pytest.mark.parametrize(
    ("name", "shown_words"),
    [
        ("sparse", ["L1 0.0001", "Once trained, prune with epochal.Pruning"]),
        ("low-latency", ["1 hidden layer of 64", "fold with epochal.fold_batch_normalization"]),
        ("risk-aware", ["dropout 0.2", "predict with epochal.predict_monte_carlo"]),
    ],
)
def test_every_guideline_is_offered(epochal, name, shown_words):
    code, shown, _ = epochal(
        *("train", "titanic", "--target", "survived", "--network", name, "--dry-run")
    )
    assert code == 0
    shown = " ".join(shown.split())
    assert f"The {name} network" in shown
    for words in shown_words:
        assert words in shown


def test_options_reach_the_network(epochal, tmp_path):
    code, shown, errors = epochal(
        *("train", "wine", "--target", "cultivar", "--network", "self-normalizing"),
        *("--drop", "ash", "--kind", "proline=numeric", "--batch-size", 16, "--epochs", 2),
        *("--seed", 5, "--test-size", 0.3, "--out", tmp_path / "run"),
    )
    assert code == 0, errors
    assert "SELU, lecun_normal" in shown
    assert "batch size 16, at most 2 epochs" in shown
    assert re.search(r"ash +dropped", shown)


def test_predict_writes_csv_parquet_or_to_the_screen(epochal, run, tmp_path):
    for name, read in (("p.csv", pd.read_csv), ("p.parquet", pd.read_parquet)):
        code, _, said = epochal("predict", run, "titanic", "-o", tmp_path / name)
        assert code == 0
        assert "891 predictions" in said
        assert list(read(tmp_path / name)) == ["prediction", "probability_0", "probability_1"]
    code, shown, _ = epochal("predict", run, "titanic")
    assert shown.splitlines()[0] == "prediction,probability_0,probability_1"
    assert len(shown.splitlines()) == 892
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["p.csv", "p.parquet"]


def test_predictions_go_through_no_name_that_can_be_foreseen(epochal, run, tmp_path):
    mine = tmp_path / "mine.txt"
    mine.write_text("precious")
    (tmp_path / ".unfinished-p.csv").symlink_to(mine)
    (tmp_path / "new").touch()
    code, _, said = epochal("predict", run, "titanic", "-o", tmp_path / "p.csv")
    assert code == 0, said
    assert mine.read_text() == "precious"
    assert (tmp_path / "p.csv").stat().st_mode == (tmp_path / "new").stat().st_mode
    names = sorted(entry.name for entry in tmp_path.iterdir())
    assert names == [".unfinished-p.csv", "mine.txt", "new", "p.csv"]


def test_evaluate_shows_scores_with_intervals(epochal, run):
    code, shown, _ = epochal("evaluate", run, "titanic")
    assert code == 0
    assert "891 rows" in shown
    assert re.search(r"accuracy +\d\d\.\d% \(\d\d\.\d% to \d\d\.\d%\)", shown)
    assert "This is the training table: these scores are optimistic." in shown


def test_runs_lists_runs(epochal, run, tmp_path):
    code, shown, _ = epochal("runs", run.parent)
    assert code == 0
    assert re.search(r"run +survived +default +\d\d\.\d% +accuracy", shown)
    assert "complete" in shown
    assert "No runs in" in epochal("runs", tmp_path)[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text(
            path.read_text().replace('"scores": [', '"scores": [], "x": [')
        ),
        lambda path: (path.parent / "model.keras").write_bytes(b""),
    ],
    ids=["deep", "no scores", "empty network"],
)
def test_one_damaged_run_does_not_hide_the_others(epochal, run, tmp_path, change):
    shutil.copytree(run, tmp_path / "good")
    shutil.copytree(run, tmp_path / "bad")
    change(tmp_path / "bad" / "run.json")
    code, shown, said = epochal("runs", tmp_path)
    assert code == 0, said
    assert re.search(r"good +survived +default .* complete", shown)
    assert re.search(r"bad +damaged", shown)


def test_names_from_the_data_are_never_read_as_markup(epochal, tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"[bold]x[/bold]": rng.normal(size=60), "[red]y": rng.integers(0, 2, 60)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    code, shown, _ = epochal("train", tmp_path / "t.csv", "--target", "[red]y", "--dry-run")
    assert code == 0
    assert "[bold]x[/bold]" in shown
    assert "[red]y" in shown


@pytest.fixture
def programs(monkeypatch, tmp_path):
    """Where programs are kept, beside a cache that is shared."""
    monkeypatch.setenv(JAX, "")  # so that it is put back
    monkeypatch.delenv(JAX)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("EPOCHAL_CACHE", str(tmp_path / "shared"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    return tmp_path / "own" / "epochal" / "programs"


def test_programs_are_kept_where_the_user_said(monkeypatch, programs):
    monkeypatch.setenv(JAX, "mine")
    enable_compilation_cache()
    assert os.environ[JAX] == "mine"
    assert not programs.exists()


def test_programs_are_kept_where_nobody_else_writes(programs, tmp_path):
    for _ in range(2):
        enable_compilation_cache()
        assert os.environ.pop(JAX) == str(programs)
    assert programs.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "shared").exists()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_programs_are_not_kept_where_others_may_write(programs, mode):
    programs.mkdir(parents=True)
    programs.chmod(mode)
    enable_compilation_cache()
    assert JAX not in os.environ


def test_programs_are_not_kept_in_a_folder_of_somebody_else(programs, monkeypatch):
    programs.mkdir(parents=True, mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: programs.stat().st_uid + 1)
    enable_compilation_cache()
    assert JAX not in os.environ


def test_programs_are_not_kept_where_no_folder_can_be_made(programs):
    programs.parent.parent.write_text("a file")
    enable_compilation_cache()
    assert JAX not in os.environ


# A suite under nohup, or in the background of a script, hands ignored signals down.
WITH_DEFAULT_SIGNALS = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
for name in ("SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_DFL)
runpy.run_module("epochal.cli", run_name="__main__", alter_sys=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_end_that_is_asked_for_leaves_a_usable_run(tmp_path, name):
    """The whole program, in a terminal, where a person sees the epochs and presses Ctrl-C."""
    out = tmp_path / "run"
    terminal, end = pty.openpty()
    arguments = ["train", "wine-quality", "--target", "quality", "--epochs", "5000"]
    program = subprocess.Popen(
        [sys.executable, "-c", WITH_DEFAULT_SIGNALS, *arguments, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(end)
    seen = b""
    while not re.search(rb"epoch ([3-9]|\d{2,})/5000", seen):
        seen += os.read(terminal, 4096)
    # What nobody reads would fill the terminal, and the program would wait for it.
    reader = threading.Thread(target=_read_to_the_end, args=(terminal,), daemon=True)
    reader.start()
    program.send_signal(getattr(signal, name))
    if name == "SIGHUP":
        program.send_signal(signal.SIGHUP)
    try:
        shown, _ = program.communicate(timeout=120)
    finally:
        program.kill()
    reader.join()
    os.close(terminal)
    assert program.returncode == 0
    assert "INTERRUPTED: the best epoch so far was saved." in shown
    assert shown.rstrip().endswith(f"report: {out / 'report.html'}")
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]


def _read_to_the_end(terminal):
    with contextlib.suppress(OSError):  # how Linux says that the other end is closed
        while os.read(terminal, 4096):
            pass


PROBE = """
import signal
from epochal.cli import main
signal.signal(signal.SIGHUP, signal.SIG_IGN)
main.app = lambda: print(signal.getsignal(signal.SIGHUP))
main.run()
"""


def test_what_nohup_has_ignored_stays_ignored():
    finished = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True
    )
    assert finished.stdout.strip() == str(signal.SIG_IGN)


@pytest.mark.slow
def test_the_demo_works_from_nothing(tmp_path):
    """With an empty cache, in a process of its own. How long it takes: benchmarks/startup.py."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    finished = subprocess.run(
        [sys.executable, "-m", "epochal.cli", "train", "titanic", "--target", "survived"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**clean, "XDG_CACHE_HOME": str(tmp_path / "cache")},
        check=True,
    )
    assert finished.stdout.rstrip().endswith("report: runs/titanic-survived-1/report.html")
    assert any((tmp_path / "cache" / "epochal" / "programs").iterdir())
