"""Trainings and tables far larger than usual: their time, and the memory that they need.

`python -m benchmarks.long_runs [--only NAME ...] [--scale 1.0] [--busy] [--write]` runs each in a
process of its own; `--scale 0.01` makes all of them so much smaller. With `--busy`, for a machine
that does other work meanwhile, seconds are not kept. `--write` keeps each in
docs/reliability/long-runs.json, in place of the last one of its name, and puts the table of all
that are kept into docs/reliability.md.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow.parquet import ParquetWriter

import epochal
from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from benchmarks.memory import PeakMemory
from epochal.cli.commands import predict
from epochal.runs import TrainSettings, plan_table, train_plan

PAGE = DOCS / "reliability.md"
KEPT = DOCS / "reliability" / "long-runs.json"
PIECE = 1 << 16  # rows that are drawn at once
Case = Callable[[float, Path, PeakMemory], str]


def regressor(columns: int, hidden: int = 16) -> keras.Model:
    parts = [keras.layers.Dense(hidden, activation="relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((columns,)), *parts])
    model.compile("adam", "mse")
    return model


def many_epochs(engine: str) -> Case:
    """Memory is counted from a tenth of the epochs on: what is compiled is there by then."""

    def case(scale: float, folder: Path, memory: PeakMemory) -> str:
        epochs = int(10_000 * scale)
        x = np.random.default_rng(0).standard_normal((256, 10), np.float32)
        begin = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: memory.start() if epoch == epochs // 10 else None
        )
        run = epochal.fit(
            *(regressor(10), x, x[:, :1]),
            epochs=epochs,
            engine=engine,
            callbacks=[begin],
            verbose=0,
            seed=0,
        )
        assert len(run.history["loss"]) == epochs
        return f"{epochs:,} epochs of 8 steps on `{engine}`"

    return case


def many_rows(scale: float, folder: Path, memory: PeakMemory) -> str:
    rows, columns = int(10_000_000 * scale), 20
    generator = np.random.default_rng(0)
    x = np.lib.format.open_memmap(folder / "x.npy", "w+", "float32", (rows, columns))
    for start in range(0, rows, PIECE):
        piece = x[start : start + PIECE]
        piece[:] = generator.standard_normal(piece.shape, np.float32)
    x.flush()
    mapped = np.load(folder / "x.npy", mmap_mode="r")
    y = np.array(mapped[:, :1])
    memory.start()
    epochal.fit(regressor(columns), mapped, y, batch_size=256, epochs=1, verbose=0, seed=0)
    return f"{rows:,} rows of {columns} columns, memory-mapped ({x.nbytes / 1e9:.1f} GB), one epoch"


def many_columns(scale: float, folder: Path, memory: PeakMemory) -> str:
    columns = int(2000 * scale)
    x = np.random.default_rng(0).standard_normal((2000, columns), np.float32)
    frame = pd.DataFrame(x).add_prefix("c").assign(y=np.where(x[:, 0] > 0, "up", "down"))
    memory.start()
    plan = plan_table(frame, TrainSettings(target=("y",), seed=0))
    train_plan(plan, out=folder / "run")
    return f"`epochal train` of a table of {columns:,} columns and 2,000 rows"


def many_classes(scale: float, folder: Path, memory: PeakMemory) -> str:
    classes = int(1000 * scale)
    generator = np.random.default_rng(0)
    y = np.arange(20 * classes) % classes
    x = generator.standard_normal((classes, 20))[y] + generator.normal(0, 0.5, (len(y), 20))
    memory.start()
    model = epochal.DNNClassifier(members=2, epochs=20, random_state=0).fit(x, y)
    accuracy = model.score(x, y)
    return f"`DNNClassifier` of {classes:,} classes, {len(y):,} rows (fitted: {accuracy:.0%} right)"


def many_shapes(scale: float, folder: Path, memory: PeakMemory) -> str:
    shapes = int(1000 * scale)
    model = regressor(5)
    x = np.random.default_rng(0).standard_normal((20 + shapes, 5), np.float32)
    for shape in range(shapes):
        if shape == shapes // 10:
            memory.start()
        rows = x[: 20 + shape]
        epochal.fit(
            *(model, rows, rows[:, :1]), batch_size=len(rows), engine="xla", verbose=0, seed=0
        )
    return f"{shapes:,} shapes on `xla`, a fit of each"


def large_table(scale: float, folder: Path, memory: PeakMemory) -> str:
    names = [f"c{number}" for number in range(100)]
    generator = np.random.default_rng(0)
    few = pd.DataFrame(generator.standard_normal((2000, len(names)), np.float32), columns=names)
    settings = TrainSettings(target=("y",), seed=0, members=1)
    train_plan(plan_table(few.assign(y=few["c0"]), settings), out=folder / "run")
    large, rows = folder / "new.parquet", 0
    with ParquetWriter(large, pa.schema([(name, pa.float32()) for name in names])) as file:
        while rows * few.shape[1] * 4 < 5e9 * scale:
            drawn = generator.standard_normal((PIECE, len(names)), np.float32)
            file.write_table(pa.table(dict(zip(names, drawn.T, strict=True))))
            rows += PIECE
    memory.start()
    predict.command(folder / "run", str(large), folder / "out.parquet", quiet=True)
    size = large.stat().st_size / 1e9
    return f"`epochal predict` of a Parquet file of {rows:,} rows, {size:.1f} GB"


CASES: dict[str, Case] = {
    "epochs-native": many_epochs("native"),
    "epochs-xla": many_epochs("xla"),
    "rows": many_rows,
    "columns": many_columns,
    "classes": many_classes,
    "shapes": many_shapes,
    "table": large_table,
}


def measure(name: str, scale: float) -> dict[str, object]:
    """Run a case in this process: what it was, its seconds and its megabytes."""
    memory = PeakMemory()
    with tempfile.TemporaryDirectory() as folder:
        what = CASES[name](scale, Path(folder), memory)
        memory.stop()
    return {"what": what, "seconds": memory.seconds, "megabytes": memory.growth}


def read_kept() -> dict[str, dict[str, Any]]:
    """What was measured of each case the last time, and under which circumstances."""
    found: dict[str, dict[str, Any]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return found


def page_of(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The table of all cases that are kept, and below it how each was measured."""
    ways = list(dict.fromkeys(kept[name]["measured"] for name in CASES if name in kept))
    rows = [
        [
            found["what"],
            "" if found["seconds"] is None else f"{found['seconds']:,.0f}",
            f"{found['megabytes']:,.0f}",
            f"{1 + ways.index(found['measured'])}",
        ]
        for found in (kept[name] for name in CASES if name in kept)
    ]
    listed = [f"{number}. {way}" for number, way in enumerate(ways, 1)]
    return "\n".join([table(["", "seconds", "MB at most", "measured"], rows), "", *listed])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--busy", action="store_true", help="keep no seconds")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--measure", choices=CASES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure, given.scale)))
        return
    for name in given.only:
        command = [sys.executable, "-m", "benchmarks.long_runs", "--measure", name]
        command += ["--scale", str(given.scale)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        print(*found.values(), sep=" | ", flush=True)
        if given.busy:
            found["seconds"] = None
        asked = " ".join(["python -m benchmarks.long_runs", *sys.argv[1:]])
        if given.write:
            kept = read_kept() | {name: found | {"measured": circumstances(asked, this_machine())}}
            KEPT.parent.mkdir(exist_ok=True)
            KEPT.write_text(json.dumps(kept, indent=1) + "\n")
            write_marked(PAGE, "long-runs", page_of(kept))


if __name__ == "__main__":
    main()
