"""How many trials there is time for."""

from dataclasses import dataclass
from time import perf_counter


@dataclass(kw_only=True)
class Pace:
    """The fits that have ended, and what follows from their seconds.

    Attributes
    ----------
    fits : int
        Of a trial.
    deadline : float or None
        By `time.perf_counter`.
    seconds : float
        Of all fits that ended.
    ended : int
        How many did.
    """

    fits: int
    deadline: float | None
    seconds: float = 0.0
    ended: int = 0

    @property
    def left(self) -> float | None:
        """Seconds."""
        return None if self.deadline is None else self.deadline - perf_counter()

    def add(self, seconds: float) -> None:
        """A fit has ended."""
        self.seconds += seconds
        self.ended += 1

    def trials(self, most: int, *, at_once: int, in_turn: int = 1) -> int:
        """How many of `most` trials would end before the time does, if they were begun now.

        Parameters
        ----------
        at_once : int
            How many fits are trained at once: of those under way, the first to end makes room.
        in_turn : int
            How many fits of a trial are trained one after another in any case.
        """
        left = self.left
        if left is None:
            return most
        if left <= 0:
            return 0
        if not self.ended:
            return most
        turns = left * self.ended / max(self.seconds, 1e-9) - in_turn
        return max(0, min(most, int(turns * at_once / self.fits)))
