"""Three processes on one study in a real PostgreSQL server; skipped by name where it is missing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.sweeps.test_storage import check_each_told_once, run_workers

USER = "postgres"


def _programs() -> Path:
    """Where Debian, or another system, has the server's programs."""
    found = shutil.which("initdb")
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found:
        places.insert(0, Path(found).resolve().parent)
    if not places:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return places[0]


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a database of a server of its own, which only its socket's folder reaches."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    programs = _programs()
    folder = Path(mkdtemp(prefix="epochal-pg-"))  # a socket's path may have 100 characters
    user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres")
        user = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"

    def run(program: str, *words: object) -> None:
        command = [*user, str(programs / program), *map(str, words)]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder)

    run("initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run("pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
    try:
        run("createdb", "-h", folder, "-U", USER, "sweeps")
        yield f"postgresql+psycopg://{USER}@/sweeps?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.native
@pytest.mark.slow
def test_three_processes_share_a_study_and_do_no_trial_twice(server: str) -> None:
    study = run_workers(server, "together", 3)
    check_each_told_once(study)
    workers = {trial.user_attrs["worker"] for trial in study.get_trials()}
    assert len(workers) == 3, "each had some"
