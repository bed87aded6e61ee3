"""Fits of the small network side by side: `python -m benchmarks.peer_together FITS EPOCHS`.

Each fit is a thread of its own on data of its own. One fit alone has one core to run on. Prints
the median seconds of an epoch after the first.
"""

import os
import sys
from statistics import median
from threading import Thread

ROWS = 55_000


def main(fits: str, epochs: str) -> None:
    if int(fits) == 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    # After that, so that every library sees the cores that there are for it.
    import numpy as np  # noqa: PLC0415

    import epochal  # noqa: PLC0415
    from benchmarks.peer_keras import build  # noqa: PLC0415
    from benchmarks.workloads import BY_NAME  # noqa: PLC0415

    workload = BY_NAME["A-sgd-32"]
    generator = np.random.default_rng(0)
    y = generator.integers(10, size=ROWS, dtype="int32")
    seconds: list[float] = []

    def train() -> None:
        model = build(workload, steps_per_execution=1)
        x = np.random.default_rng(0).random((ROWS, workload.columns), dtype="float32")
        run = epochal.fit(model, x, y, batch_size=32, epochs=int(epochs), verbose=0)
        seconds.extend(run.timing.epochs[1:])

    threads = [Thread(target=train) for _ in range(int(fits))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.stdout.write(f"{median(seconds)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
