"""What a sweep on many machines is made of, in bytes and seconds, and a large one from that.

`python -m benchmarks.sweeps --costs [--storage ADDRESS]`
"""

import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np
import optuna
from optuna.trial import create_trial
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.markdown import table
from benchmarks.populations import seconds_of
from benchmarks.sweep_network import BATCH_SIZE, COLUMNS, EPOCHS, LEFT_OUT, ROWS, SEEDS, SPACE
from benchmarks.sweep_network import network as build
from epochal.sweeps.arguments import replicates_of
from epochal.sweeps.board import RESULT, Board
from epochal.sweeps.fits import Fit, Job
from epochal.sweeps.on_ray import train_trial
from epochal.sweeps.sampling import NumberedSampler
from epochal.sweeps.space import Space
from epochal.sweeps.study import open_study, quiet
from epochal.sweeps.workers import working

TRIALS, MACHINES, CORES = 10_000, 100, 16
TOLD = (100, 1000, TRIALS)
SAMPLE = 20  # trials asked for and told
ROUNDS = 5  # of a trial that is trained


class Storing(NamedTuple):
    """Of one trial: seconds until it is asked for and told, and transactions for that."""

    seconds: float
    transactions: float


def example_job() -> Job:
    """The fits of the benchmark of sweeps."""
    random = np.random.default_rng(0)
    x = random.standard_normal((ROWS, COLUMNS)).astype("float32")
    y = (x[:, :5].sum(axis=1) > 0).astype("int32")
    taken = ROWS - LEFT_OUT
    held_out = (x[taken:], y[taken:])
    return Job(
        source=build,
        x=x[:taken],
        y=y[:taken],
        replicates=replicates_of(None, y[:taken], held_out, SEEDS, 0),
        seed=0,
        epochs=EPOCHS,
        fit={"batch_size": BATCH_SIZE, "validation": held_out},
        objective="val_loss",
    )


def storing(storage: Any, told: int = 0) -> Storing:
    """What the study asks of the caller, where so many trials are told already."""
    space, sampler = Space(SPACE), NumberedSampler(0)
    identity: dict[str, Any] = {"space": space.described(), "higher": False}
    study = open_study(storage, f"costs {uuid4().hex}", identity, sampler, None)
    study.add_trials([_told(space, number) for number in range(told)])
    fits = [Fit(value=0.5, epochs=EPOCHS, weights=10_000, seconds=1.0)] * SEEDS
    counted = [0]

    def count(_: Any) -> None:
        counted[0] += 1

    event.listen(Engine, "commit", count)
    with working(study) as worker, quiet():
        board = Board(study=study, space=space, worker=worker, most=None, higher=False)

        def trial() -> None:
            board.tell(board.ask(1)[0].number, fits)

        trial()
        counted[0] = 0
        each = median(seconds_of(trial) for _ in range(SAMPLE))
    event.remove(Engine, "commit", count)
    return Storing(each, counted[0] / SAMPLE)


def _told(space: Space, number: int) -> optuna.trial.FrozenTrial:
    random = np.random.default_rng(number)
    values = {
        "learning_rate": float(10 ** random.uniform(-4, -2)),
        "dropout": random.uniform(0, 0.4),
    }
    fit = Fit(value=0.5, epochs=EPOCHS, weights=10_000, seconds=1.0)
    return create_trial(
        params={name: values[name] for name in space.distributions},
        distributions=space.distributions,
        value=float(random.random()),
        user_attrs={RESULT: [asdict(fit)] * SEEDS},
    )


def costs(storage: str | None) -> str:
    """The figures, and what follows for `TRIALS` trials on `MACHINES` of `CORES` cores."""
    from ray import cloudpickle  # noqa: PLC0415 - only Ray's users need it

    job, settings = example_job(), {"learning_rate": 1e-3, "dropout": 0.2}
    fits = train_trial(job, settings)  # reads what is read once
    trial = median(seconds_of(lambda: train_trial(job, settings)) for _ in range(ROUNDS))
    sizes = [len(cloudpickle.dumps(each)) for each in (job, settings, fits)]
    begin = [sys.executable, "-c", "import epochal.sweeps.on_ray"]
    start = seconds_of(lambda: subprocess.run(begin, check=True))
    memory = getrusage(RUSAGE_CHILDREN).ru_maxrss / 1e3  # which is in kB on Linux
    with tempfile.TemporaryDirectory() as folder:
        address = storage or str(Path(folder) / "sweep.db")
        stored = storing(address)
    growing = [storing(None, told).seconds for told in TOLD]
    asked = float(np.interp(np.arange(TRIALS), TOLD, growing).sum())
    cores = MACHINES * CORES
    kind = address.partition("://")[0] if "://" in address else "sqlite"
    total = stored.seconds * TRIALS + asked
    sent = TRIALS * sum(sizes[1:]) + MACHINES * sizes[0]
    rows = [
        ["data and job, once a machine", f"{sizes[0]:,} bytes", f"{sent / 1e6:,.0f} MB in all"],
        ["a task, sent and returned", f"{sizes[1]:,} + {sizes[2]:,} bytes", f"{TRIALS:,} tasks"],
        [
            "a worker's start",
            f"{start:.1f} s, {memory:,.0f} MB",
            f"{memory * CORES / 1e3:.0f} GB a machine",
        ],
        [
            f"a trial of {SEEDS} fits, one core",
            f"{trial:.2f} s",
            f"{TRIALS * trial / cores:,.0f} s on {cores:,} cores",
        ],
        [
            f"a trial asked for and told, {kind}",
            f"{1000 * stored.seconds:.1f} ms, {stored.transactions:.0f} transactions",
            f"{stored.seconds * TRIALS:,.0f} s, "
            f"{stored.transactions / stored.seconds:,.0f} transactions a second",
        ],
        *(
            [f"the same in memory, {told:,} told", f"{1000 * seconds:.1f} ms", ""]
            for told, seconds in zip(TOLD, growing, strict=True)
        ),
        ["asking and telling in all", "", f"{total:,.0f} s of one process"],
        [
            "cores that one process keeps busy with such trials",
            f"{trial / (total / TRIALS):,.0f}",
            f"{cores:,} with trials of {total / TRIALS * cores:,.0f} s",
        ],
    ]
    title = f"{TRIALS:,} trials, {MACHINES} machines of {CORES} cores"
    return table(["", "measured", title], rows)
