"""Every kind of network and every optimiser beside `model.fit`.

`python -m benchmarks.breadth [--only NAME,...] [--rounds N] [--write]`. What `--only` names
replaces the kinds of the same names in what is kept of this machine.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

# Keras, which the kinds import, reads it.
os.environ.setdefault("KERAS_BACKEND", "jax")

from benchmarks.document import kept, publish
from benchmarks.harness import Peer, Timing, take_turns
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.registry import ALL_KINDS, BY_NAME, GROUPS
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from benchmarks.peak import described, sgemm_peak
from benchmarks.summary import LEAST, SUMMARIZED, overall
from benchmarks.workloads import EPOCHAL, JAX, TENSORFLOW, TORCH, TORCH_TUNED

ROUNDS = 10  # epochs after the first
USES = 4  # evaluations and predictions after the first
EARLY, LATE = slice(0, 3), slice(-3, None)
# A reason as the run gives it -> as little of it as the table needs.
OBVIOUS = (
    "native runs every layer of the model, on the CPU",
    "xla runs any Keras model; ",
    "not native, because ",
    "unsupported model: ",
)

NOTES = f"""
Each peer goes through all kinds in a process of its own, and they take turns, an epoch each. The
times are medians of the {{rounds}} epochs after the first, which compiles; networks, data and
batches (32 rows unless said) are small, and built in `benchmarks/kinds`. **Ratio**: how many times
as long Keras on JAX takes, `model.fit` for `epochal.fit`; **early, late**: the same of the first
and of the last three epochs, where what slows down shows; **evaluate**, **predict**: of
`model.evaluate` and `model.predict`. Less than {LEAST} is in bold. The last column says why `xla`
was taken.
"""


class Peers:
    """The processes: started when a kind first needs them, and anew after one has failed."""

    def __init__(self) -> None:
        self._running: dict[str, Peer] = {}

    def measure(self, kind: Kind, rounds: int) -> dict[str, Any]:
        """What is kept of one kind."""
        both = (EPOCHAL, JAX)
        everyone = (*both, TENSORFLOW, TORCH, TORCH_TUNED) if kind.summarized else both
        try:
            fit = self._turns(everyone, kind, "fit", rounds)
            uses = {part: self._turns(both, kind, part, USES) for part in ("evaluate", "predict")}
            facts = self._running[EPOCHAL].ask(kind.name, "describe", "1")
        except BaseException:
            self.stop(kill=True)
            raise
        return record(kind, fit, uses, facts)

    def stop(self, *, kill: bool = False) -> None:
        for peer in self._running.values():
            peer.stop(kill=kill)
        self._running = {}

    def _turns(self, names: Sequence[str], kind: Kind, part: str, rounds: int) -> dict[str, Timing]:
        peers = {name: self._peer(name) for name in names}
        for peer in peers.values():
            peer.begin(kind.name, part, str(rounds + 1))
        return take_turns(peers, rounds, first_together=True)

    def _peer(self, name: str) -> Peer:
        if name not in self._running:
            module = "peer_kind_torch" if name in (TORCH, TORCH_TUNED) else "peer_kind"
            backend = "tensorflow" if name == TENSORFLOW else "jax"
            environment = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
            self._running[name] = Peer(f"benchmarks.{module}", [name], environment)
        return self._running[name]


def record(
    kind: Kind,
    fit: Mapping[str, Timing],
    uses: Mapping[str, Mapping[str, Timing]],
    facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The figures of one kind, as they are kept."""
    seconds = {name: timing.median for name, timing in fit.items()}
    if TORCH_TUNED in seconds:
        seconds[TORCH] = min(seconds[TORCH], seconds.pop(TORCH_TUNED))
    ratios = {
        "ratio": ratio(fit),
        "early": ratio(fit, EARLY),
        "late": ratio(fit, LATE),
        **{part: ratio(timings) for part, timings in uses.items()},
    }
    return {
        "title": kind.title,
        "engine": facts["engine"],
        "reason": shortened(facts["reason"]),
        "operations": facts["operations"],
        "seconds": {name: float(f"{value:.4g}") for name, value in seconds.items()},
        **{name: round(value, 3) for name, value in ratios.items()},
    }


def ratio(timings: Mapping[str, Timing], epochs: slice = slice(None)) -> float:
    """How many times as long Keras on JAX takes."""
    theirs, ours = (median(timings[peer].epochs[epochs]) for peer in (JAX, EPOCHAL))
    return theirs / ours


def shortened(reason: str) -> str:
    """What of the reason is not said by the engine's name."""
    for each in OBVIOUS:
        reason = reason.replace(each, "")
    return reason.removeprefix("; ")


def section(data: Mapping[str, Any]) -> Iterator[str]:
    """The paragraphs and the table of each group."""
    kinds = data["kinds"]
    yield overall(kinds)
    yield NOTES.format(rounds=data["rounds"]).strip()
    yield data["peak_described"]
    for group, members in GROUPS.items():
        rows = [row(kind.name, kinds[kind.name]) for kind in members if kind.name in kinds]
        if rows:
            yield f"### {group}"
            yield table(HEADER, rows)


HEADER = (
    *("kind", "", "epochal.fit", "Keras on JAX", "ratio"),
    *("early, late", "evaluate", "predict", "engine", ""),
)


def row(name: str, kind: Mapping[str, Any]) -> list[str]:
    def shown(value: float) -> str:
        return f"**{value:.2f}x**" if value < LEAST else f"{value:.2f}x"

    return [
        f"`{name}`",
        kind["title"],
        *(f"{1000 * kind['seconds'][peer]:.1f} ms" for peer in (EPOCHAL, JAX)),
        shown(kind["ratio"]),
        f"{shown(kind['early'])}, {shown(kind['late'])}",
        *(shown(kind[part]) for part in ("evaluate", "predict")),
        kind["engine"],
        kind["reason"],
    ]


def measure(names: Sequence[str], rounds: int) -> tuple[dict[str, Any], list[str]]:
    """The figures of each kind, and what went wrong with the others."""
    found, failures, peers = {}, [], Peers()
    for name in names:
        try:
            found[name] = peers.measure(BY_NAME[name], rounds)
        except RuntimeError as error:
            failures.append(f"{name}: {error}")
            continue
        sys.stdout.write(" | ".join(row(name, found[name])) + "\n")
        sys.stdout.flush()
    peers.stop()
    return found, failures


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.breadth", description=__doc__)
    parser.add_argument("--only", type=lambda names: names.split(","), metavar="NAME,...")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="epochs after the first")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args(arguments)
    names = options.only or [kind.name for kind in ALL_KINDS]
    if unknown := [name for name in names if name not in BY_NAME]:
        parser.error(f"no kinds: {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    peaks = sgemm_peak()
    found, failures = measure(names, options.rounds)
    before = kept(SUMMARIZED, this_machine()) if options.only else {}
    kinds = {**before.get("kinds", {}), **found}
    data = {
        "rounds": options.rounds,
        "peak": max(peaks.values()),
        "peak_described": described(peaks),
        "kinds": {name: kinds[name] for name in BY_NAME if name in kinds},
    }
    body = "\n\n".join(section(data))
    publish(SUMMARIZED, body, module="benchmarks.breadth", arguments=arguments, data=data)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main(sys.argv[1:])
