"""What a person sees while a model trains: a bar in a terminal, a line an epoch elsewhere."""

from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from epochal.errors import InputError


class Display:
    """Shows the epochs of a fit, or one evaluation or prediction.

    ``verbose`` as in Keras: 0 shows nothing, 1 (or "auto") a bar, 2 a line an epoch. Where the
    output is no terminal, 1 means lines as well.
    """

    def __init__(self, verbose: Any, console: Console | None = None) -> None:
        if verbose not in ("auto", 0, 1, 2, True, False):
            raise InputError(f"verbose must be 'auto', 0, 1 or 2, but is {verbose!r}: choose one.")
        self.lines = bool(verbose)
        self.console = console or Console()
        bar = self.lines and verbose != 2 and self.console.is_terminal
        self._bar = _bar(self.console) if bar else None
        self._task: Any = None
        self._began = 0.0

    @property
    def live(self) -> bool:
        """Whether anybody sees `advance`."""
        return self._bar is not None

    def begin(self, title: str, steps: int | None) -> None:
        """An epoch, an evaluation or a prediction of `steps` begins."""
        self._began = perf_counter()
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task(title, total=steps, samples=0, detail="")

    def advance(self, steps: int, samples: int, detail: dict[str, float]) -> None:
        """`steps` more are done, over `samples` rows; `detail` is what to show beside the bar."""
        if self._bar is not None:
            task = self._bar.tasks[-1]
            self._bar.update(
                self._task,
                advance=steps,
                samples=task.fields["samples"] + samples,
                detail=_numbers(detail),
            )

    def end(self, title: str, detail: dict[str, float], samples: int) -> None:
        """What began has ended: leave one line."""
        self.clear()
        if self.lines:
            seconds = max(perf_counter() - self._began, 1e-9)
            line = f"{title}  {_numbers(detail)}  {seconds:.2f} s  {samples / seconds:,.0f} rows/s"
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def clear(self) -> None:
        """Take the bar away."""
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
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[detail]}", markup=False),
        _Rate(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )


def _numbers(detail: dict[str, float]) -> str:
    return "  ".join(f"{name} {_short(value)}" for name, value in detail.items())


def _short(value: float) -> str:
    small = value != 0 and abs(value) < 1e-3
    return f"{value:.2e}" if small or abs(value) >= 1e5 else f"{value:.4f}"
