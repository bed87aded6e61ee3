"""Every kind of layer, head and loss on several threads: for a build that looks for data races.

``python -m tests.engine.native.races --extension PATH`` (`make races` builds it) trains, tests,
predicts and samples nets on more threads than a step needs, several nets at once as well, and
compares each with what one thread gives; then come ``--cases`` of the fuzzer.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from tests.engine.native.fuzz import run_case, use

THREADS = (2, 3, 5)
Make = Callable[[], Any]


def answers(make: Make, threads: int) -> list[np.ndarray]:
    """The losses, the numbers after them, and what is tested, predicted and sampled."""
    from tests.engine.native.graphs import ROWS, stored, trained  # noqa: PLC0415  behind `use`
    from tests.engines import extension as native  # noqa: PLC0415

    graph = make()
    losses, network = trained(native.Network, graph, threads=threads, steps=3)
    random = np.random.default_rng(5)
    x = [random.normal(size=(ROWS, width)).astype(np.float32) for width in graph.inputs]
    order = np.arange(ROWS, dtype=np.int32).reshape(2, -1)
    predicted = np.empty((ROWS, graph.outputs), np.float32)
    network.predict(x, order, 0, 2, predicted)
    samples = np.zeros((2, ROWS, graph.outputs), np.float32)
    with suppress(ValueError):  # only a chain without branches is sampled
        network.sample(x, 0, 2, [[number, 1] for number in range(len(graph.seeds))], samples)
    return [losses, *stored(network, graph), predicted, samples]


def check(make: Make, threads: int) -> None:
    """The bits are those of one thread."""
    for found, expected in zip(answers(make, threads), answers(make, 1), strict=True):
        np.testing.assert_array_equal(found, expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--extension", type=Path)
    given = parser.parse_args()
    if given.extension is not None:
        use(given.extension)
    from tests.engine.native.graphs import NETS  # noqa: PLC0415  behind `use`

    began = perf_counter()
    for threads in THREADS:
        for make in NETS:
            check(make, threads)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda make: check(make, 2), NETS))
    ran = sum(map(run_case, range(given.cases)))
    nets = f"{len(NETS)} nets on {', '.join(map(str, THREADS))} threads and at once"
    print(f"{nets}, {ran} of {given.cases} cases not refused, in {perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
