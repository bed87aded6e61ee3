"""`python -m epochal.cli`, where the command itself is not on the path."""

from epochal.cli.main import run

run()
