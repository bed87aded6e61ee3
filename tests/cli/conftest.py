"""Commands called in this process, and one short run for those that need one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from epochal.cli.main import app

Result = tuple[int, str, str]


@pytest.fixture(scope="session")
def epochal() -> Callable[..., Result]:
    """Call `epochal` with arguments; gives the exit code, the output and the error output."""

    def call(*arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return result.exit_code, result.stdout, result.stderr

    return call


@pytest.fixture(scope="session")
def run(epochal: Callable[..., Result], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `epochal train` wrote."""
    out = tmp_path_factory.mktemp("cli") / "run"
    code, _, errors = epochal(
        *("train", "titanic", "--target", "survived", "--epochs", 2, "--members", 2),
        *("--out", out),
    )
    assert code == 0, errors
    return out
