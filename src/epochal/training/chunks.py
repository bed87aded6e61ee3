"""How many steps to run before Python looks up again."""

from time import perf_counter

TARGET_SECONDS = 0.25  # often enough for a progress bar and for Ctrl-C
FIRST_STEPS = 32


class ChunkSizer:
    """Lengths of the chunks of steps between two looks, from how fast the last ones went."""

    def __init__(self) -> None:
        self.steps = FIRST_STEPS
        self._began = 0.0

    def begin(self) -> None:
        """A chunk of steps begins."""
        self._began = perf_counter()

    def end(self, steps: int) -> None:
        """`steps` have been run since `begin`."""
        seconds = max(perf_counter() - self._began, 1e-6)
        self.steps = max(1, min(int(steps * TARGET_SECONDS / seconds), 16 * self.steps))
