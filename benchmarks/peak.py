"""How fast this machine multiplies float32 matrices: the peak that speeds are compared with.

NumPy's library may take its code for older processors where it does not know a new one, and reach
half of what the processor can do; XLA brings its own. The peak is the faster of the two.
"""

import os
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

SIZES = (768, 1536)
SECONDS = 1.0  # for each size and library


def sgemm_peak() -> dict[str, float]:
    """GFLOPS of the best of many products on all cores, by library; the larger is the peak."""
    product = jax.jit(jnp.matmul)
    libraries: dict[str, Callable] = {
        "NumPy": np.matmul,
        "XLA": lambda a, b: product(a, b).block_until_ready(),
    }
    return {name: max(_speed(run, size) for size in SIZES) for name, run in libraries.items()}


def described(peaks: dict[str, float]) -> str:
    """One sentence for a section of the document."""
    speeds = ", ".join(f"{speed:.0f} with {name}" for name, speed in peaks.items())
    cores = len(os.sched_getaffinity(0))
    return (
        f"Products of large float32 matrices on {cores} cores in the same run, GFLOPS: {speeds}. "
        "The faster one is the peak speed."
    )


def _speed(run: Callable, size: int) -> float:
    a = np.random.default_rng(0).random((size, size), dtype="float32")
    run(a, a)
    fastest, began = float("inf"), time.perf_counter()
    while time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        run(a, a)
        fastest = min(fastest, time.perf_counter() - start)
    return 2 * size**3 / fastest / 1e9
