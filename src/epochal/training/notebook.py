"""What a notebook shows while a model trains: one line that changes, with what is said under it."""

from html import escape
from time import perf_counter
from typing import Any

BETWEEN = 0.1  # seconds between changes: a browser shows no more


class NotebookLine:
    """A line in the output of a cell.

    It stands there as HTML, and as plain text for what reads notebooks without a browser.
    """

    def __init__(self) -> None:
        self._handle: Any = None
        self._said: list[str] = []
        self._text = self._bar = ""
        self._due = 0.0

    def show(self, text: str, done: int = 0, steps: int | None = None) -> None:
        """Show `text`, and how many of the `steps` are done, in the place of what was there.

        What comes sooner than anybody could see is left to the next call, or to `finish`.
        """
        self._text = text
        self._bar = f'<progress value="{done}" max="{steps}"></progress> ' if steps else ""
        if perf_counter() >= self._due:
            self._put()

    def finish(self) -> None:
        """Show what came last."""
        if self._text:
            self._bar = ""
            self._put()

    def say(self, sentence: str) -> None:
        """Leave a sentence under the line."""
        self._said.append(sentence)
        self._put()

    def _put(self) -> None:
        lines = [line for line in (self._text, *self._said) if line]
        html = self._bar + "<br>".join(map(escape, lines))
        shown = {
            "text/plain": "\n".join(lines),
            "text/html": f'<div style="font-variant-numeric: tabular-nums">{html}</div>',
        }
        if self._handle is None:
            from IPython.display import display  # noqa: PLC0415

            self._handle = display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)
        self._due = perf_counter() + BETWEEN
