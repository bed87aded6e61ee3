"""What other signals than Ctrl-C do to a command."""

import signal
from types import FrameType


def treat_signals_as_ctrl_c() -> None:
    """Keep the best epoch when a batch system or a closed terminal ends the program, too."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # Under nohup the signal is ignored, and stays so.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if number != signal.SIGTERM:
        # A closed terminal sends it twice: the second would interrupt the writing of the run.
        signal.signal(number, signal.SIG_IGN)
    signal.default_int_handler(number, frame)
