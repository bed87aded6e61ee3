"""What is interrupted at a random moment: processes that fit, and what they say of their end."""

import os
import random
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np

import epochal
from benchmarks.own_time import own_time
from benchmarks.soak_processes import network
from epochal.cli.main import run as run_command
from epochal.training import Run

EPOCHS = 10**6  # which nothing but a signal ends
TABLE = "table.parquet"
KEPT, NOTHING = "kept", "nothing"


def fit(seed: int, engine: str, pipe: Connection) -> str:
    """A fit of a network; then whether it has epochs, predicts, and can be trained further."""
    draw = random.Random(seed)  # noqa: S311
    model, x = network(draw, 6), _rows(seed)
    try:
        pipe.send(own_time())
        epochal.fit(model, x, x[:, :1], epochs=EPOCHS, verbose=0, seed=seed, engine=engine)
    except KeyboardInterrupt:
        pipe.send(own_time())
    else:
        raise AssertionError("it was not interrupted")
    record = getattr(model, "history", None)
    epochs = len(record.epoch) if isinstance(record, Run) else 0
    assert not isinstance(record, Run) or len(record.history.get("loss", [])) == epochs
    assert np.isfinite(epochal.predict(model, x[:8], verbose=0)).all()
    epochal.fit(model, x[:64], x[:64, :1], verbose=0, seed=seed, engine=engine)
    return KEPT if epochs else NOTHING


def population(seed: int, pipe: Connection) -> str:
    """A population; then whether it has members whose average predicts."""
    draw = random.Random(seed)  # noqa: S311
    model, x = network(draw, 6), _rows(seed)[:500]
    members = [{"epochs": draw.choice([1, 4, EPOCHS])} for _ in range(300)]
    try:
        pipe.send(own_time())
        found = epochal.train_population(
            model, x, x[:, :1], members=members, rows="bootstrap", verbose=0, seed=seed
        )
    except KeyboardInterrupt:
        pipe.send(own_time())
        return NOTHING
    pipe.send(own_time())
    assert found.interrupted
    assert len(found)
    assert np.isfinite(found.ensemble().predict(x[:8])).all()
    return KEPT


def train(seed: int, folder: Path, pipe: Connection) -> str:
    """`epochal train` as its users run it: the process ends with its exit code."""
    sys.argv = ["epochal", "train", str(folder / TABLE), "--target", "kind"]
    sys.argv += ["--out", str(folder / "run"), "--epochs", "8", "--quiet"]
    sys.argv += ["--members", "1"] if seed % 2 else []
    pipe.send(own_time())
    run_command()
    raise AssertionError  # it has exited


KINDS: dict[str, Callable[[int, Path, Connection], str]] = {
    "a fit on `native`": lambda seed, folder, pipe: fit(seed, "native", pipe),
    "a fit on `xla`": lambda seed, folder, pipe: fit(seed, "xla", pipe),
    "a population": lambda seed, folder, pipe: population(seed, pipe),
    "`epochal train`": lambda seed, folder, pipe: train(seed, folder, pipe),
}


def work(kind: str, seed: int, folder: Path, pipe: Connection) -> None:
    """Do it, and tell when it begins, when the signal has ended it, and what is left."""
    output = os.open(os.devnull, os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)
    # Where the parent runs in the background of a script, signals come ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        pipe.send(KINDS[kind](seed, folder, pipe))
    except KeyboardInterrupt:  # before the library was entered, or behind it
        pipe.send(own_time())
        pipe.send(NOTHING)
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        pipe.send(repr(error))


def _rows(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((4000, 6)).astype(np.float32)
