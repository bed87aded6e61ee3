"""A sweep beside the same fits one after another, and beside Optuna around `model.fit`.

`python -m benchmarks.sweeps [--trials N] [--rounds N] [--without-tensorflow] [--without-ray]
[--write]`, or `--costs [--storage ADDRESS]`: what a sweep on many machines is made of.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import epochal
from benchmarks.document import publish
from benchmarks.markdown import table
from benchmarks.populations import compared, seconds_of
from benchmarks.sweep_costs import costs
from benchmarks.sweep_network import (
    BATCH_SIZE,
    COLUMNS,
    EPOCHS,
    LEFT_OUT,
    ROWS,
    SEEDS,
    SPACE,
    network,
)
from epochal.engine.device import cores

TRIALS, PEER_TRIALS = 100, 2
TARGETS = {"in turn": 1.8, "jax": 5.0, "tensorflow": 20.0}
MOST_OVERHEAD, MOST_OF_RAY = 5.0, 15.0
"""Percent."""

NOTES = f"""
{{trials}} trials x {SEEDS} seeds of 128-128 (dropout, Adam, batches of {BATCH_SIZE}) on {ROWS:,}
rows of {COLUMNS} columns, {LEFT_OUT} of them to validate on, {EPOCHS} epochs, {{cores}} cores, a
storage in SQLite: seconds of all fits, building included; medians of {{rounds}} rounds, in which
each has its turn. Optuna around `model.fit`: {{trials}} / {PEER_TRIALS} times {PEER_TRIALS} trials,
after a first one that compiles.
"""


class Sweeps:
    """The data, and each way to do the same fits."""

    def __init__(self, trials: int, folder: Path) -> None:
        random = np.random.default_rng(0)
        self.trials, self.folder, self.number = trials, folder, 0
        self.x = random.standard_normal((ROWS, COLUMNS)).astype("float32")
        scores = self.x[:, :5].sum(axis=1) + random.standard_normal(ROWS)
        self.y = (scores > 0).astype("int32")
        self.taken = ROWS - LEFT_OUT
        self.held_out = (self.x[self.taken :], self.y[self.taken :])
        np.savez(folder / "data.npz", x=self.x, y=self.y, taken=self.taken)
        self.fit: dict[str, Any] = {"batch_size": BATCH_SIZE, "epochs": EPOCHS, "verbose": 0}
        self.settings: list[dict[str, Any]] = []

    def sweep(self, executor: str | None = None) -> None:
        self.number += 1
        found = epochal.sweep(
            network,
            self.x[: self.taken],
            self.y[: self.taken],
            SPACE,
            trials=self.trials,
            seeds=SEEDS,
            validation=self.held_out,
            storage=self.folder / f"{self.number}.db",
            executor=executor,
            **self.fit,
        )
        self.settings = [
            {**each.settings, "seed": seed} for seed in found.seeds for each in found.settings
        ]

    def on_ray(self) -> None:
        self.sweep("ray")

    def population(self) -> None:
        """The same fits, without Optuna and a storage."""
        x, y = self.x[: self.taken], self.y[: self.taken]
        epochal.train_population(
            network, x, y, members=self.settings, validation=self.held_out, **self.fit
        )

    def in_turn(self) -> None:
        """The same fits, each on all cores."""
        for each in self.settings:
            settings = {name: value for name, value in each.items() if name != "seed"}
            epochal.fit(
                network(**settings),
                self.x[: self.taken],
                self.y[: self.taken],
                validation_data=self.held_out,
                seed=each["seed"],
                **self.fit,
            )

    def by_optuna(self, backend: str) -> float:
        command = [sys.executable, "-m", "benchmarks.peer_sweep"]
        done = subprocess.run(
            [*command, str(self.folder / "data.npz"), str(PEER_TRIALS)],
            env={**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"},
            capture_output=True,
            text=True,
            check=True,
        )
        return float(json.loads(done.stdout)) * self.trials / PEER_TRIALS


def measured(sweeps: Sweeps, rounds: int, backends: Sequence[str], *, ray: bool) -> str:
    ways: dict[str, Callable[[], Any]] = {
        "sweep": sweeps.sweep,
        "population": sweeps.population,
        "in turn": sweeps.in_turn,
    }
    if ray:
        ways["ray"] = sweeps.on_ray
    sweeps.sweep()  # the first one reads and compiles
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            seconds[name].append(seconds_of(way))
            print(f"{name}: {seconds[name][-1]:.1f} s", file=sys.stderr, flush=True)
    middle = {name: median(each) for name, each in seconds.items()}
    ours = middle["sweep"]
    rows = [
        ["`epochal.sweep`", f"{ours:.2f} s", "", "", ""],
        compared("`epochal.fit`, one after another", middle["in turn"], ours, TARGETS["in turn"]),
        *(
            compared(f"Optuna, `model.fit` on {name}", sweeps.by_optuna(name), ours, TARGETS[name])
            for name in backends
        ),
    ]
    overhead = 100 * (ours / middle["population"] - 1)
    notes = [
        f"Beside `train_population` of the same members, {middle['population']:.2f} s, Optuna "
        f"and the storage take {overhead:.1f}%; the target is below {MOST_OVERHEAD:g}%: "
        f"{'reached' if overhead < MOST_OVERHEAD else '**not reached**'}."
    ]
    if ray:
        more = 100 * (middle["ray"] / ours - 1)
        notes.append(
            f"A local Ray, its start included, takes {middle['ray']:.2f} s, {more:.1f}% more; the "
            f"target is below {MOST_OF_RAY:g}%: "
            f"{'reached' if more < MOST_OF_RAY else '**not reached**'}."
        )
    return "\n\n".join([table(["", "time", "to ours", "target", ""], rows), " ".join(notes)])


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweeps", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-tensorflow", action="store_true")
    parser.add_argument("--without-ray", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--costs", action="store_true")
    parser.add_argument("--storage", help="a database for --costs; a file of SQLite otherwise")
    given = parser.parse_args(arguments)
    if given.costs:
        print(costs(given.storage))
        return
    backends = ["jax"] if given.without_tensorflow else ["jax", "tensorflow"]
    with tempfile.TemporaryDirectory() as name:
        sweeps = Sweeps(given.trials, Path(name))
        results = measured(sweeps, given.rounds, backends, ray=not given.without_ray)
    notes = NOTES.strip().format(trials=given.trials, cores=cores(), rounds=given.rounds)
    body = f"{notes}\n\n{results}"
    publish("Sweeps", body, module="benchmarks.sweeps", arguments=arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
