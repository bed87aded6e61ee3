"""What Ctrl-C and other signals do to a command."""

import signal
from types import FrameType

from epochal.interrupts import interrupting


def treat_signals_as_ctrl_c() -> None:
    """Keep the best epoch when a batch system or a closed terminal ends the program, too.

    None of them is lost, wherever Python is at that moment.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # Under nohup the signal is ignored, and stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupting(_interrupt))


def _interrupt(number: int, frame: FrameType | None) -> None:
    if number == getattr(signal, "SIGHUP", None):
        # A closed terminal sends it twice: the second would interrupt the writing of the run.
        signal.signal(number, signal.SIG_IGN)
    signal.default_int_handler(number, frame)
