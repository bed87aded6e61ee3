"""What XLA has compiled, kept for every program that needs the same."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import jax

# The least recently used is dropped beyond this. One of a small network takes 4 MB with what JAX
# keeps of it, which goes with as many others: so no more than twice as many are ever in memory.
KEPT_EXECUTABLES = 48

# XLA's own code for a CPU uses half of an AVX-512 register unless told otherwise, and the updates
# of the weights are faster in whole ones. Where registers are narrower this changes nothing.
CPU_OPTIONS = {"xla_cpu_prefer_vector_width": 512}


@dataclass
class Executables:
    """Compiled loops by what they compute and on which shapes, shared by all programs."""

    by_key: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    lock: Any = field(default_factory=RLock)
    kept: int = KEPT_EXECUTABLES
    dropped: int = 0  # since JAX's own caches were cleared
    traced: int = 0
    seconds: float = 0.0

    def get(self, key: Hashable) -> Any:
        with self.lock:
            if key in self.by_key:
                self.by_key.move_to_end(key)
            return self.by_key.get(key)

    def put(self, key: Hashable, executable: Any) -> None:
        with self.lock:
            self.by_key[key] = executable
            while len(self.by_key) > self.kept:
                self.by_key.popitem(last=False)
                self.dropped += 1
            if self.dropped >= self.kept:
                self.dropped = 0
                # JAX keeps what a program was traced and lowered from for as long as it lives.
                jax.clear_caches()


EXECUTABLES = Executables()


def compiler_options() -> dict[str, Any] | None:
    """What XLA is told for this processor."""
    return CPU_OPTIONS if jax.default_backend() == "cpu" else None
