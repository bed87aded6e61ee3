"""What a command does, imported when it is called."""

from collections.abc import Callable
from types import ModuleType

from epochal.compat.deferred import import_for_good


def load_command(name: str) -> Callable[..., None]:
    """The function of a command; importing it takes seconds, which --help does not wait for."""
    command: Callable[..., None] = load_module(name).command
    return command


def load_module(name: str) -> ModuleType:
    """The module of a command or of several."""
    return import_for_good(f"epochal.cli.commands.{name}")
