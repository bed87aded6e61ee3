"""What the machine has: memory for data, and cores."""

import os

import jax


def memory_for_data() -> int:
    """Bytes: half of what is free on an accelerator, a quarter of the machine's memory on a CPU.

    On a CPU the caller's own arrays lie in the same memory, so what is free says little.
    """
    statistics = jax.local_devices()[0].memory_stats() or {}
    if "bytes_limit" in statistics:
        free: int = (statistics["bytes_limit"] - statistics.get("bytes_in_use", 0)) // 2
        return free
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
