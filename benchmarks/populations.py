"""Populations beside the same fits one after another, and what their ensembles answer in.

`python -m benchmarks.populations [--rounds N] [--without-tensorflow] [--write]`
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.harness import Peer
from benchmarks.inputs import write_inputs
from benchmarks.markdown import table
from benchmarks.peer_keras import build
from benchmarks.table_network import TABLE_COLUMNS, network, stopping
from benchmarks.workloads import BY_NAME, TENSORFLOW
from epochal.engine.device import cores

WORKLOAD = BY_NAME["A-sgd-32"]
MEMBERS = 16
LEAST_OVER_TURNS, LEAST_OVER_TENSORFLOW = 1.8, 10.0

TABLE_ROWS, TABLE_MEMBERS = 4000, 8
MOST_SECONDS, MOST_MICROSECONDS = 4.0, 200.0

NOTES = f"""
{MEMBERS} members of net A (784-300-100-10, SGD, batches of 32), an epoch of {WORKLOAD.rows:,} rows
each, {{cores}} cores: `train_population` beside as many `epochal.fit`, on all cores, one after
another, in turns, building the models included; medians of {{rounds}} rounds.
"""


def seconds_of(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(x: np.ndarray, y: np.ndarray, rounds: int) -> tuple[float, float]:
    """Seconds of the population, and of its members one after another."""
    make = partial(build, WORKLOAD, steps_per_execution=1)
    plan: dict[str, Any] = {"batch_size": WORKLOAD.batch_size, "verbose": 0, "engine": "native"}

    def together() -> None:
        epochal.train_population(make, x, y, members=MEMBERS, seed=0, **plan)

    def in_turn() -> None:
        for seed in range(MEMBERS):
            epochal.fit(make(), x, y, seed=seed, **plan)

    both = [(seconds_of(together), seconds_of(in_turn)) for _ in range(rounds)]
    return median(pair[0] for pair in both), median(pair[1] for pair in both)


def seconds_on_tensorflow(folder: Path) -> float:
    """An epoch of one `model.fit` on TensorFlow, after the first."""
    environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "2"}
    arguments = [TENSORFLOW, WORKLOAD.name, str(folder), "2"]
    with Peer("benchmarks.peer_keras", arguments, environment) as peer:
        peer.wait_until_ready()
        peer.run_epoch()
        peer.run_epoch()
        return peer.timing().median


def throughput(rounds: int, *, tensorflow: bool) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs([WORKLOAD], folder)
        x, y = (np.load(folder / f"{WORKLOAD.data}-{part}.npy") for part in "xy")
        ours, in_turn = side_by_side(x, y, rounds)
        rows = [
            ["`train_population`", f"{ours:.2f} s", "", "", ""],
            compared("`epochal.fit`, one after another", in_turn, ours, LEAST_OVER_TURNS),
        ]
        if tensorflow:
            theirs = MEMBERS * seconds_on_tensorflow(folder)
            title = f"`model.fit` on TensorFlow, {MEMBERS} times one measured"
            rows.append(compared(title, theirs, ours, LEAST_OVER_TENSORFLOW))
    notes = NOTES.strip().format(cores=cores(), rounds=rounds)
    return "\n\n".join([notes, table(["", "time", "to ours", "target", ""], rows)])


def compared(title: str, theirs: float, ours: float, least: float) -> list[str]:
    verdict = "reached" if theirs / ours >= least else "**not reached**"
    return [title, f"{theirs:.2f} s", f"{theirs / ours:.2f}x", f"{least:g}x", verdict]


def ensemble_of_a_table(rounds: int) -> str:
    """Eight members by folds with early stopping, and how long their ensemble takes for a row."""
    random = np.random.default_rng(0)
    x = random.standard_normal((TABLE_ROWS, TABLE_COLUMNS)).astype("float32")
    scores = x @ random.standard_normal((TABLE_COLUMNS, 3)) + 4 * random.standard_normal(3)
    y = (scores + 3 * random.standard_normal(scores.shape)).argmax(axis=1).astype("int32")
    train = partial(
        epochal.train_population,
        network,
        x,
        y,
        members=TABLE_MEMBERS,
        rows="folds",
        epochs=100,
        batch_size=128,
        callbacks=[stopping()],
        seed=0,
        verbose=0,
    )
    population = train()
    seconds = median(seconds_of(train) for _ in range(rounds))
    epochs = [len(member.run.epoch) for member in population.members]
    predict = epochal.predictor(population.ensemble())
    row = x[:1]
    microseconds = 1e6 * median(seconds_of(lambda: predict(row)) for _ in range(2000))
    return (
        f"{TABLE_MEMBERS} members of 256-256 (Mish, dropout 0.1, AdamW, batches of 128) by folds "
        f"of {TABLE_ROWS:,} rows of {TABLE_COLUMNS} columns, up to 100 epochs, early stopping "
        f"(patience 16; they ran {min(epochs)} to {max(epochs)}): {seconds:.2f} s, the target is "
        f"{MOST_SECONDS:g} s: {'reached' if seconds <= MOST_SECONDS else '**not reached**'}. "
        f"`predictor(ensemble)` answers a row in {microseconds:.0f} microseconds, the target is "
        f"{MOST_MICROSECONDS:g}: "
        f"{'reached' if microseconds <= MOST_MICROSECONDS else '**not reached**'}."
    )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.populations", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-tensorflow", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args(arguments)
    body = "\n\n".join(
        [
            throughput(given.rounds, tensorflow=not given.without_tensorflow),
            ensemble_of_a_table(given.rounds),
        ]
    )
    publish("Populations", body, module="benchmarks.populations", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
