"""What dropout, batch normalisation and a second fit beside the first cost the native engine.

`python -m benchmarks.additions [--rounds N] [--write]`
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from benchmarks.document import publish
from benchmarks.harness import Peer, take_turns
from benchmarks.inputs import write_inputs
from benchmarks.markdown import table
from benchmarks.workloads import BY_NAME, EPOCHAL

BASE = "A-sgd-32"
# Workload -> what it adds, and how many times the base's epoch it may take.
ADDED = {
    "A-dropout-sgd-32": ("dropout 0.2 before each dense layer", 1.10),
    "A-bn-sgd-32": ("batch normalisation after each hidden layer", 1.35),
}
MOST_TOGETHER = 1.25


def additions(rounds: int) -> dict[str, float]:
    """Median seconds per epoch of each workload; they take turns, an epoch each."""
    workloads = [BY_NAME[name] for name in (BASE, *ADDED)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        write_inputs(workloads, Path(folder))
        peers = {
            each.name: stack.enter_context(
                Peer(
                    "benchmarks.peer_keras",
                    [EPOCHAL, each.name, folder, str(rounds + 1)],
                    {"KERAS_BACKEND": "jax"},
                )
            )
            for each in workloads
        }
        return {name: timing.median for name, timing in take_turns(peers, rounds).items()}


def together(rounds: int, turns: int = 3) -> dict[int, float]:
    """Median seconds per epoch of a fit alone on a core, and of two fits in two threads."""
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(turns):
        for fits, found in seconds.items():
            command = [sys.executable, "-m", "benchmarks.peer_together", str(fits), str(rounds + 1)]
            found.append(float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    return {fits: median(found) for fits, found in seconds.items()}


def section(epochs: Mapping[str, float], fits: Mapping[int, float], rounds: int) -> str:
    base = epochs[BASE]
    rows = [[f"{BASE}", f"{base:.3f} s", "", "", ""]]
    for name, (what, most) in ADDED.items():
        rows.append([what, f"{epochs[name]:.3f} s", *_verdict(epochs[name] / base, most)])
    rows.append(["one fit, one thread", f"{fits[1]:.3f} s", "", "", ""])
    cells = _verdict(fits[2] / fits[1], MOST_TOGETHER)
    rows.append(["two fits in two threads, each", f"{fits[2]:.3f} s", *cells])
    return "\n\n".join(
        [
            f"Seconds per epoch of the small network ({BASE}) on the native engine, median of "
            f"{rounds} after the first; the networks take turns, an epoch each.",
            table(["", "s/epoch", "times the one above", "target", ""], rows),
        ]
    )


def _verdict(ratio: float, most: float) -> list[str]:
    return [
        f"{ratio:.2f}",
        f"<= {most:.2f}",
        "reached" if ratio <= most else "**not reached**",
    ]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.additions", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9, help="epochs after the first (default 9)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    body = section(additions(options.rounds), together(options.rounds), options.rounds)
    publish("Additions", body, module="benchmarks.additions", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
