"""What the commands show: plain and short; progress goes to the error output."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from epochal.cli.controls import escape_controls

WIDEST = 110


class _Console(Console):
    """Shows words as they are: what comes from data cannot steer the terminal."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(escape_controls(text), **options)


def output() -> Console:
    """For results."""
    return _console(stderr=False)


def progress() -> Console:
    """For what goes on meanwhile, so that results can be piped."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # Names and values of the data are never read as markup.
    console = _Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    console.width = min(console.width, WIDEST) if console.is_terminal else WIDEST
    return console


def table(*headings: str) -> Table:
    """An empty table without lines; columns whose heading ends in a colon stand to the right."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        right = heading.endswith(":")
        # Folded, not cut: a name must be there in full to be typed.
        made.add_column(
            Text(escape_controls(heading.removesuffix(":"))),
            justify="right" if right else "left",
            overflow="fold",
        )
    return made


def load(module: str, console: Console) -> Any:
    """Import what imports Keras, which takes seconds."""
    with console.status("starting Keras"):
        return import_module(module)


class Display:
    """An `epochal.runs.Observer` that shows one line which changes."""

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
        self._task = self._bar.add_task("starting", total=None, detail="")

    def __enter__(self) -> "Display":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def stage(self, words: str) -> None:
        self._bar.update(self._task, description=words, total=None, detail="")

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        shown = {name: logs[name] for name in ("loss", "val_loss") if name in logs}
        self._bar.update(
            self._task,
            description=f"epoch {epoch}/{epochs}",
            total=epochs,
            completed=epoch,
            detail="  ".join(f"{name} {value:.4g}" for name, value in shown.items()),
        )
