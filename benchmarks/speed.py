"""Seconds per epoch, side by side with the peers. `python -m benchmarks.speed --help`."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.document import publish
from benchmarks.harness import Peer, Timing, take_turns
from benchmarks.inputs import write_inputs
from benchmarks.markdown import table
from benchmarks.peak import described, sgemm_peak
from benchmarks.workloads import (
    ALL_WORKLOADS,
    BY_NAME,
    EPOCHAL,
    TENSORFLOW,
    TITLES,
    TORCH,
    Workload,
)

Timings = Mapping[str, Timing]

FRACTION_WORKLOAD, LEAST_FRACTION = "A-sgd-32", 0.60  # of the peak

NOTES = """
- **A** is 784-300-100-10, ReLU and softmax, on 27,500 rows of Fashion-MNIST in [0, 1];
  **A-dropout** has dropout at a rate of 0.2 before each dense layer. SGD 0.01, Adam 0.001.
- **B** is 3072, 20 x 100 ELU (He), softmax, on 22,500 rows of CIFAR-10 as raw pixels, with Nadam
  5e-5.
- **A-bn** has a batch normalisation after each hidden layer. **C** is 784-300-99x100-10, SELU
  (LeCun), softmax, on a fifth of A's rows, with SGD 0.001.
- `epochal.fit` uses its native engine for these models; its xla engine, which runs any model, is
  shown beside it.
- The last part of a name is the batch size. Every peer shuffles, and computes loss and accuracy.
- Each peer runs in its own process, and they take turns, an epoch each. The figure is the median of
  the epochs after the first ({rounds} of each); in brackets, the multiple of epochal's.
"""


def measure(workload: Workload, folder: Path, rounds: int) -> Timings:
    with ExitStack() as stack:
        peers = {
            name: stack.enter_context(
                Peer(
                    f"benchmarks.peer_{'torch' if name == TORCH else 'keras'}",
                    [name, workload.name, str(folder), str(rounds + 1)],
                    {
                        "KERAS_BACKEND": "tensorflow" if name == TENSORFLOW else "jax",
                        "TF_CPP_MIN_LOG_LEVEL": "2",
                    },
                )
            )
            for name in workload.peers
        }
        return take_turns(peers, rounds)


def speed_table(results: Mapping[str, Timings]) -> str:
    """Median seconds per epoch after the first."""
    rows = []
    for name, timings in results.items():
        ours = timings[EPOCHAL].median
        cells = [
            f"{timings[peer].median:.2f} s ({timings[peer].median / ours:.1f}x)"
            if peer in timings
            else ""
            for peer in TITLES
            if peer != EPOCHAL
        ]
        rows.append([name, f"{ours:.2f} s", *cells])
    return table(["s/epoch", *TITLES.values()], rows)


def target_table(results: Mapping[str, Timings], peak: float) -> str:
    """Each speed to reach, whether it was, and the most that `peak` GFLOPS would allow."""
    rows = []
    for name, timings in results.items():
        for (ours, peer), target in BY_NAME[name].targets.items():
            ratio = timings[peer].median / timings[ours].median
            verdict = "reached" if ratio >= target else "**not reached**"
            asked, measured = f"{target:.1f}x", f"{ratio:.2f}x"
            least = BY_NAME[name].operations / peak / 1e9
            most = f"{timings[peer].median / least:.2f}x"
            rows.append([name, TITLES[ours], TITLES[peer], asked, measured, most, verdict])
    return table(["workload", "what", "faster than", "target", "measured", "possible", ""], rows)


def fraction_table(results: Mapping[str, Timings], peak: float) -> str:
    """The fraction of the peak speed that the matrix products of an epoch reach."""
    rows = []
    for name, timings in results.items():
        operations = BY_NAME[name].operations / 1e9
        cells = [
            f"{operations / timings[peer].median / peak:.0%}" if peer in timings else ""
            for peer in TITLES
        ]
        rows.append([name, f"{operations:.1f}", f"{operations / peak:.3f} s", *cells])
    return table(["", "GFLOP", "at the peak", *TITLES.values()], rows)


def first_epoch_table(results: Mapping[str, Timings]) -> str:
    """Seconds of the first epoch, compiling included, and the training loss of the last one."""
    rows = [
        [
            name,
            *(
                f"{timings[peer].first:.1f} s; {timings[peer].loss:.3f}" if peer in timings else ""
                for peer in TITLES
            ),
        ]
        for name, timings in results.items()
    ]
    return table(["first epoch; last loss", *TITLES.values()], rows)


def section(
    results: Mapping[str, Timings], *, peaks: dict[str, float], real: bool, rounds: int
) -> Iterator[str]:
    peak = max(peaks.values())
    yield speed_table(results)
    yield NOTES.format(rounds=rounds).strip()
    if not real:
        yield "**Random numbers of those shapes:** EPOCHAL_DATA was not set."
    if any(BY_NAME[name].targets for name in results):
        yield "### Target speeds"
        yield (
            "The last ratio is the largest possible one: the time of the peer over that of the "
            "matrix products alone at peak speed."
        )
        yield target_table(results, peak)
    yield "### Fraction of peak speed"
    yield described(peaks)
    yield fraction_table(results, peak)
    if FRACTION_WORKLOAD in results:
        fraction = (
            BY_NAME[FRACTION_WORKLOAD].operations
            / 1e9
            / results[FRACTION_WORKLOAD][EPOCHAL].median
            / peak
        )
        verdict = "reached" if fraction >= LEAST_FRACTION else "**not reached**"
        yield (
            f"The target of epochal on {FRACTION_WORKLOAD} is at least {LEAST_FRACTION:.0%}: "
            f"{fraction:.0%}, {verdict}."
        )
    yield "### First epoch and final loss"
    yield (
        "The time includes building and compiling; the loss is the training loss of the last "
        "epoch. On raw pixels (B), Keras on JAX clips the probabilities, so that its loss does not "
        "change."
    )
    yield first_epoch_table(results)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(BY_NAME), metavar="WORKLOAD")
    parser.add_argument("--rounds", type=int, default=4, help="epochs after the first (default 4)")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    workloads = [BY_NAME[name] for name in options.only or (w.name for w in ALL_WORKLOADS)]
    results, peaks = {}, sgemm_peak()
    with tempfile.TemporaryDirectory() as folder:
        real = write_inputs(workloads, Path(folder))
        for workload in workloads:
            results[workload.name] = measure(workload, Path(folder), options.rounds)
            sys.stdout.write(speed_table({workload.name: results[workload.name]}) + "\n")
            sys.stdout.flush()
    body = "\n\n".join(section(results, peaks=peaks, real=real, rounds=options.rounds))
    publish("Speed", body, module="benchmarks.speed", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
