"""What the commands show: plain and short; progress goes to the error output."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from epochal.characters import escape_controls
from epochal.compat.deferred import import_for_good
from epochal.interrupts import raise_if_interrupted
from epochal.translation import translate

MAX_WIDTH = 110


class _Console(Console):
    """Shows text as it is: what comes from data cannot control the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        """Text without control characters."""
        return super().render_str(escape_controls(text), **options)


def output(quiet: bool = False) -> Console:
    """For results; `quiet`: nothing is shown."""
    return _console(stderr=False, quiet=quiet)


def progress(quiet: bool = False) -> Console:
    """For what happens meanwhile, so that results can be piped; `quiet`: nothing is shown."""
    return _console(stderr=True, quiet=quiet)


def _console(*, stderr: bool, quiet: bool) -> Console:
    # Names and values of the data are never read as markup.
    console = _Console(stderr=stderr, quiet=quiet, markup=False, highlight=False, emoji=False)
    console.width = min(console.width, MAX_WIDTH) if console.is_terminal else MAX_WIDTH
    return console


def table(*headings: str) -> Table:
    """An empty table without lines; a column whose heading ends in a colon is right-aligned."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        right = heading.endswith(":")
        # Folded, not cut: a name must be there in full to be typed. Numbers stay on one line.
        made.add_column(
            Text(escape_controls(heading.removesuffix(":"))),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=right,
        )
    return made


def right(heading: str) -> str:
    """The heading of a right-aligned column of a `table`."""
    return f"{heading}:"


def load(module: str, console: Console) -> ModuleType:
    """Import a module that imports Keras, which takes seconds."""
    with console.status(translate("starting Keras")):
        return import_for_good(module)


class ProgressDisplay:
    """An `epochal.runs.Observer` that shows the stage or the epoch on one line."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}", markup=False),
            TimeRemainingColumn(compact=True),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(translate("starting"), total=None, detail="")

    def __enter__(self) -> "ProgressDisplay":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def stage(self, words: str) -> None:
        """Show the stage that begins."""
        raise_if_interrupted()
        self._bar.update(self._task, description=words, total=None, detail="")

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Show the epoch that has ended, with its losses."""
        shown = {name: logs[name] for name in ("loss", "val_loss") if name in logs}
        self._bar.update(
            self._task,
            description=translate("epoch {epoch}/{epochs}", epoch=epoch, epochs=epochs),
            total=epochs,
            completed=epoch,
            detail="  ".join(f"{name} {value:.4g}" for name, value in shown.items()),
        )
