"""Signals that end a training are not lost: an exception is raised, and a flag is set as well.

Python runs a signal's handler wherever it happens to be. Where that is a callback of the garbage
collector or a `__del__`, the exception that the handler raises is printed and dropped, and the
program goes on. So a training looks at the flag after each stretch of steps, and a command after
each of its stages.
"""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import Any, TypeVar

LOOK = 0.25  # seconds that a wait holds a signal back

_Result = TypeVar("_Result")
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class _Told:
    """The last signal whose exception has not yet ended anything, and whether to hold it back."""

    pending: tuple[Callable[..., Any], int, FrameType | None] | None = None
    held = False
    installed = False


def interrupting(handler: Callable[..., Any]) -> Callable[[int, FrameType | None], None]:
    """A handler of a signal that sets the flag, and does what `handler` does."""

    def handle(number: int, frame: FrameType | None) -> None:
        _Told.pending = (handler, number, frame)
        if not _Told.held:
            _answer()

    return handle


def raise_if_interrupted() -> None:
    """Raise what a handler has raised in a place where it was dropped."""
    if _Told.pending is not None and current_thread() is main_thread():
        try:
            _answer()
        finally:  # here it is not dropped
            forget_interrupt()


def forget_interrupt() -> None:
    """Who has caught the exception has dealt with the signal."""
    _Told.pending = None


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside this no signal is lost that Python has a handler for; its exception is for the caller.

    In other threads than the main one, which gets no signals, this does nothing.
    """
    if _Told.installed or current_thread() is not main_thread():
        yield
        return
    raise_if_interrupted()
    before = {
        number: handler
        for name in _SIGNALS
        if (number := getattr(signal, name, None)) is not None  # Windows has no SIGHUP
        and callable(handler := signal.getsignal(number))
    }
    _Told.installed = True
    try:
        for number, handler in before.items():
            signal.signal(number, interrupting(handler))
        yield
        raise_if_interrupted()
    finally:
        _Told.installed = False
        for number, handler in before.items():
            signal.signal(number, handler)
        forget_interrupt()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold signals back until the end, where their exception is raised."""
    if _Told.held or not _Told.installed or current_thread() is not main_thread():
        yield
        return
    _Told.held = True
    try:
        yield
    finally:
        _Told.held = False
        raise_if_interrupted()


def result_of(future: "Future[_Result]") -> _Result:
    """The result of a future, or what it raised.

    Amid the locks of a wait a signal's exception would leave one as its owner does not know it, and
    end in ``RuntimeError: release unlocked lock``: it comes between two waits.
    """
    while True:
        with uninterrupted():
            if wait([future], LOOK).done:
                return future.result()


def _answer() -> None:
    """Call the handler; where it raises nothing, there is nothing to remember."""
    if _Told.pending is not None:
        handler, number, frame = _Told.pending
        handler(number, frame)
        _Told.pending = None
