"""What the command line answers before anything heavy is imported, and in how many words."""

import json
import subprocess
import sys

import pytest

import epochal as package

HEAVY = {"keras", "jax", "pandas", "sklearn", "numpy", "matplotlib"}
PROBE = """
import json, sys
sys.argv = ["epochal", *{arguments!r}]
from epochal.cli.main import run
try:
    run()
except SystemExit as stop:
    code = stop.code
print()
print(json.dumps([code, sorted({heavy!r} & set(sys.modules))]))
"""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], "Train and test a network on a table"),
        (["train", "--help"], "--target"),
        (["--version"], f"epochal {package.__version__}"),
    ],
)
def test_it_answers_without_importing_what_takes_seconds(arguments, expected):
    finished = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=arguments, heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
    )
    *shown, last = finished.stdout.splitlines()
    assert json.loads(last) == [0, []]
    assert expected in "\n".join(shown)


def test_a_plan_is_shown_before_jax_is_imported():
    """Where compiled programs are kept is read when it is: the command must have said so before."""
    probe = "import sys, epochal.cli.commands.train; print({'jax', 'keras'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
    assert (finished.stdout.strip(), finished.stderr) == ("set()", "")


def test_without_a_command_it_shows_its_help(epochal):
    _, shown, errors = epochal()
    assert "train" in shown + errors


def test_the_installed_command_is_this_one():
    finished = subprocess.run(
        [sys.executable, "-m", "epochal.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stdout.strip() == f"epochal {package.__version__}"
