"""The whole program: signals, and a first run from nothing."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import threading

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_end_that_is_asked_for_leaves_a_usable_run(tmp_path, name):
    """The whole program, in a terminal, where a person sees the epochs and presses Ctrl-C."""
    out = tmp_path / "run"
    terminal, end = pty.openpty()
    arguments = ["train", "wine-quality", "--target", "quality", "--epochs", "5000"]
    program = subprocess.Popen(
        [sys.executable, "-m", "epochal.cli", *arguments, "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=end,
        text=True,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(end)
    seen = b""
    while not re.search(rb"epoch ([3-9]|\d{2,})/100000", seen):
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
main.app = lambda **_: print(signal.getsignal(signal.SIGHUP))
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
