"""Training on a file larger than what is kept in memory: how much memory, and how fast.

`python -m benchmarks.streaming [--rows N] [--rounds N] [--write]`
"""

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.document import publish
from benchmarks.harness import Peer, Timing, take_turns
from benchmarks.markdown import table

ROWS, COLUMNS, BATCH_SIZE = 4_000_000, 100, 128
MOST_GROWTH = 600.0
LEAST_RATE = 0.80
KINDS = {"mapped": "memory-mapped file", "memory": "array in memory"}


def write_rows(folder: Path, rows: int) -> None:
    """A float32 array of `rows` x 100 with a target that can be learnt, written piece by piece."""
    generator = np.random.default_rng(0)
    direction = generator.standard_normal(COLUMNS, dtype="float32") / np.sqrt(COLUMNS)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", "float32", (rows, COLUMNS))
    y = np.empty((rows, 1), "float32")
    for start in range(0, rows, 100_000):
        piece = generator.standard_normal((min(100_000, rows - start), COLUMNS), dtype="float32")
        x[start : start + len(piece)] = piece
        y[start : start + len(piece), 0] = np.tanh(piece @ direction)
    x.flush()
    np.save(folder / "y.npy", y)


def measure(rows: int, rounds: int) -> dict[str, Timing]:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        write_rows(Path(folder), rows)
        environment = {"KERAS_BACKEND": "jax"}
        peers = {
            kind: stack.enter_context(
                Peer(
                    "benchmarks.peer_stream",
                    [kind, folder, str(BATCH_SIZE), str(rounds + 1)],
                    environment,
                )
            )
            for kind in KINDS
        }
        return take_turns(peers, rounds)


def section(timings: Mapping[str, Timing], rows: int) -> str:
    mapped, memory = timings["mapped"], timings["memory"]
    growth, rate = mapped.facts["growth"], memory.median / mapped.median
    measured = [
        [
            title,
            f"{timings[kind].first:.1f} s",
            f"{timings[kind].median:.1f} s",
            f"{rows / timings[kind].median:,.0f}",
            f"{timings[kind].facts['growth']:.0f} MB",
        ]
        for kind, title in KINDS.items()
    ]
    header = ["data", "first epoch", "later epochs", "rows/s", "growth of anonymous memory"]
    verdicts = [
        ["growth of anonymous memory", f"< {MOST_GROWTH:.0f} MB", f"{growth:.0f} MB"],
        ["rate beside the array in memory", f">= {LEAST_RATE:.0%}", f"{rate:.0%}"],
    ]
    for row, held in zip(verdicts, (growth < MOST_GROWTH, rate >= LEAST_RATE), strict=True):
        row.append("reached" if held else "**not reached**")
    size = rows * COLUMNS * 4 / 1e9
    return "\n\n".join(
        [
            f"{rows:,} x {COLUMNS} float32 ({size:.1f} GB), 100-64-64-1, Adam, batch size "
            f"{BATCH_SIZE}, shuffled. The first epoch includes compiling; the growth is the peak "
            "over all epochs, counted from just before the fit.",
            table(header, measured),
            table(["", "target", "measured", ""], verdicts),
        ]
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.streaming", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3, help="epochs after the first (default 3)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    body = section(measure(options.rows, options.rounds), options.rows)
    publish("Streaming", body, module="benchmarks.streaming", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
