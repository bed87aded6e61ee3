"""Who follows a run while it goes on."""

from collections.abc import Mapping
from typing import Protocol

from epochal.training.progress import Display


class Observer(Protocol):
    """Follows a run: `train_table` calls it."""

    def stage(self, words: str) -> None:
        """Called when a stage of the work begins."""

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Called when epoch `epoch` of at most `epochs` has ended, with its losses and metrics."""


class _NoObserver:
    def stage(self, words: str) -> None:
        """Do nothing."""

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Do nothing."""


class _DisplayObserver:
    """Shows the stage, and the epochs that have ended."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._words, self._ended = "", 0

    def stage(self, words: str) -> None:
        self._words, self._ended = words, 0
        self._display.begin(words, None)
        self._display.clear()

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        if not self._ended:
            self._display.begin(self._words, epochs)
        losses = {name: logs[name] for name in ("loss", "val_loss") if name in logs}
        self._display.advance(epoch - self._ended, 0, losses)
        self._ended = epoch


def observer_for(display: Display) -> Observer:
    """Who shows a run on the display of a notebook; nobody elsewhere."""
    return _DisplayObserver(display) if display.in_notebook else _NoObserver()
