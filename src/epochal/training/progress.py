"""What a person sees while a model trains.

A bar in a terminal, one line that changes in a notebook, a line an epoch elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from epochal.errors import InputError
from epochal.training.notebook import NotebookLine


class Display:
    """Shows the epochs of a fit, or one evaluation or prediction.

    ``verbose`` as in Keras: 0 shows nothing, 1 (or "auto") a bar, 2 a line an epoch. In a notebook
    1 means one line that changes; where the output is neither, lines as well.
    """

    def __init__(self, verbose: Any, console: Console | None = None) -> None:
        if verbose not in ("auto", 0, 1, 2, True, False):
            raise InputError(f"verbose must be 'auto', 0, 1 or 2, got {verbose!r}: choose one.")
        self.lines = bool(verbose)
        self._given = console
        bar = self.lines and verbose != 2 and self.console.is_terminal
        self._bar = _bar(self.console) if bar else None
        changes = self.lines and verbose != 2 and self.console.is_jupyter
        self._line = NotebookLine() if changes else None
        self._title, self._done = "", 0
        self._steps: int | None = None
        self._task: Any = None
        self._began = 0.0
        self._samples = 0

    @cached_property
    def console(self) -> Console:
        """Where lines go; one that shows none makes none, as it looks at the terminal for long."""
        return self._given or Console()

    @property
    def live(self) -> bool:
        """Whether anybody sees `advance`."""
        return self._bar is not None or self._line is not None

    @property
    def in_notebook(self) -> bool:
        """Whether it is one line that changes."""
        return self._line is not None

    def begin(self, title: str, steps: int | None) -> None:
        """An epoch, an evaluation or a prediction of `steps` begins."""
        self._began, self._samples = perf_counter(), 0
        self._title, self._steps, self._done = title, steps, 0
        if self._line is not None:
            self._line.show(title, 0, steps)
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task(title, total=steps, samples=0, detail="")

    @contextmanager
    def shown(self, title: str, steps: int | None) -> Iterator[dict[str, float]]:
        """Show what runs inside this; what is left in the dictionary is shown at its end."""
        detail: dict[str, float] = {}
        self.begin(title, steps)
        try:
            yield detail
        finally:
            self.clear()
        self.end(title, detail)
        self.clear()

    def advance(self, steps: int, samples: int, detail: dict[str, float]) -> None:
        """`steps` more are done, over `samples` rows; `detail` is what to show beside the bar."""
        self._samples += samples
        self._done += steps
        if self._line is not None:
            self._line.show(f"{self._title}  {numbers(detail)}", self._done, self._steps)
        if self._bar is not None:
            self._bar.update(
                self._task, advance=steps, samples=self._samples, detail=numbers(detail)
            )

    def end(self, title: str, detail: dict[str, float]) -> None:
        """What began has ended: leave one line."""
        self._remove_bar()
        if self.lines:
            seconds = max(perf_counter() - self._began, 1e-9)
            rate = f"{self._samples / seconds:,.0f} rows/s"
            line = f"{title}  {numbers(detail)}  {seconds:.2f} s  {rate}"
            if self._line is not None:
                self._line.show(line)
            else:
                self._print(line)

    def say(self, sentence: str) -> None:
        """Leave a line of words."""
        if self._line is not None:
            self._line.say(sentence)
        elif self.lines:
            self._print(sentence)

    def _print(self, words: str) -> None:
        self.console.print(words, markup=False, highlight=False, soft_wrap=True)

    def clear(self) -> None:
        """All has ended, or was interrupted: take the bar away."""
        self._remove_bar()
        if self._line is not None:
            self._line.finish()

    def _remove_bar(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.remove_task(self._task)
            self._bar.stop()
            self._task = None


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        seconds = task.elapsed or 0.0
        rate = task.fields["samples"] / seconds if seconds > 0 else 0.0
        return Text(f"{rate:,.0f} rows/s")


def _bar(console: Console) -> Progress:
    whole = Column(no_wrap=True)
    return Progress(
        TextColumn("{task.description}", table_column=whole),
        BarColumn(bar_width=min(24, console.width // 8)),
        TextColumn("{task.completed}/{task.total}", table_column=whole),
        TextColumn("{task.fields[detail]}", markup=False, table_column=whole),
        _Rate(table_column=whole),
        TimeRemainingColumn(compact=True, table_column=whole),
        console=console,
        transient=True,
    )


def numbers(detail: dict[str, float]) -> str:
    """The loss first, then the metrics as they come."""
    ordered = sorted(detail.items(), key=lambda item: item[0] not in ("loss", "val_loss"))
    return "  ".join(f"{name} {_short(value)}" for name, value in ordered)


def _short(value: Any) -> str:
    if np.ndim(value):  # a metric of each class
        return f"[{' '.join(map(_short, np.ravel(value)))}]"
    small = value != 0 and abs(value) < 1e-3
    return f"{value:.2e}" if small or abs(value) >= 1e5 else f"{value:.4f}"
