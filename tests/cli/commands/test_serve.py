"""`epochal serve`, and the Dockerfile that starts it."""

import json
import re
import shlex
import signal
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest
import typer.main

from epochal.cli.main import app
from epochal.data import read_table

ROOT = Path(__file__).parents[3]
DOCKERFILE = (ROOT / "examples" / "serve" / "Dockerfile").read_text()


def steps(word):
    """The arguments of each instruction of this name."""
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{word} +(.*)$", joined, re.MULTILINE)


def test_a_port_that_is_taken_is_said_at_once(epochal, run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, said = epochal("serve", run, "--port", port)
    assert code == 2
    assert f"must be free to listen at, got 127.0.0.1:{port} (Address already in use)" in said
    code, _, said = epochal("serve", run, "--port", 70_000)
    assert code == 2
    assert "must be free to listen at, got 127.0.0.1:70000" in said


def test_without_the_packages_it_says_what_to_install(epochal, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "fastapi", None)
    monkeypatch.delitem(sys.modules, "epochal.runs.serving.app", raising=False)
    said = epochal("serve", run, "--port", 0)[2]
    assert "The packages fastapi and uvicorn must be installed to serve a run" in said
    assert "pip install 'epochal[serve]'." in said


def test_the_dockerfile_installs_and_starts_what_there_is():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (image,) = steps("FROM")
    minor = re.fullmatch(r"python:3\.(\d+)-slim", image)
    assert minor is not None
    assert f"Programming Language :: Python :: 3.{minor[1]}" in project["classifiers"]
    (given,) = steps("ARG")
    (extra,) = re.findall(r'^EPOCHAL="epochal\[(\w+)\]"$', given)
    assert extra in project["optional-dependencies"]
    installs = [step for step in steps("RUN") if step.startswith("pip install")]
    assert [shlex.split(step)[-1] for step in installs] == ["${EPOCHAL}"]
    (started,) = steps("CMD")
    program, name, *arguments = json.loads(started)
    assert program in project["scripts"]
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    options = command.make_context(name, list(arguments)).params
    (copied,) = steps("COPY")
    assert str(options["run"]) == shlex.split(copied)[-1]
    assert str(options["port"]) in steps("EXPOSE")
    assert options["host"] == "0.0.0.0"  # noqa: S104


@pytest.mark.slow
def test_what_the_dockerfile_starts_answers_and_stops_on_sigterm(run):
    pytest.importorskip("fastapi")
    _, *arguments = json.loads(steps("CMD")[0])
    changed = {"/srv/run": str(run), "0.0.0.0": "127.0.0.1", "8000": "0"}  # noqa: S104
    arguments = [changed.get(argument, argument) for argument in arguments]
    with subprocess.Popen(
        [sys.executable, "-m", "epochal.cli", *arguments], stderr=subprocess.PIPE, text=True
    ) as service:
        assert service.stderr is not None
        said = service.stderr.readline()
        found = re.search(r"answers at (http://127\.0\.0\.1:(\d+))/predict", said)
        assert found is not None, said
        (check,) = re.findall(r'HEALTHCHECK .*CMD \["python", "-c", "(.*)"\]', DOCKERFILE)
        exec(check.replace("8000", found[2]), {})
        frame = read_table("titanic").head(1)
        row = frame.astype(object).where(frame.notna(), None).to_dict("records")[0]
        request = urllib.request.Request(f"{found[1]}/predict", json.dumps(row).encode())  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answered:  # noqa: S310
            assert json.load(answered)["prediction"] in (0, 1)
        service.send_signal(signal.SIGTERM)
        assert service.wait(30) == 0
        assert service.stderr.read() == "stopped\n"
