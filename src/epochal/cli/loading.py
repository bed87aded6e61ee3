"""What a command does, imported when it is called."""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from epochal.compat.deferred import collection_paused


def load_command(name: str) -> Callable[..., None]:
    """The function of a command; importing it takes seconds, which --help does not wait for."""
    command: Callable[..., None] = load_module(name).command
    return command


def load_module(name: str) -> ModuleType:
    """The module of a command or of several."""
    with collection_paused():
        return import_module(f"epochal.cli.commands.{name}")
