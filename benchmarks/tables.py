"""The default for tables beside its peers, on the development tables.

`python -m benchmarks.tables [--methods a,b | --ablations] [--tables a,b] [--splits 3] [--renew]
[--busy] [--write]`

Each result is kept in docs/benchmarks/tables.csv when it is there, and what is kept is not run
again, unless `--renew` says so: a run that was stopped goes on. With `--busy`, for a machine that
does other work meanwhile, losses are kept and seconds are not. `--write` renews the table in
docs/tables-recipe.md, of the tables and splits that all methods have run. The tables and the
protocol are those of `tables/` in EPOCHAL_DATA.
"""

import argparse
import csv
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.machine import this_machine
from benchmarks.table_methods import ABLATIONS, METHODS, Job, method_named
from benchmarks.table_ranks import ablations_of, summary_of

PAGE = DOCS / "tables-recipe.md"
KEPT = DOCS / "benchmarks" / "tables.csv"
ROWS, SMALL, SMALL_TEST = 8000, 3000, 0.3
SPLITS, THREADS = 3, 2
PACKAGES = {
    "linear": "scikit-learn",
    "MLP": "scikit-learn",
    "HistGradientBoosting": "scikit-learn",
    "LightGBM": "lightgbm",
    "CatBoost": "catboost",
    "RealMLP-TD-S": "pytabkit",
    "RealMLP-TD": "pytabkit",
    "TabM": "pytabkit",
    "epochal": "epochal",
}


class Result(NamedTuple):
    """A line of what is kept."""

    table: str
    kind: str
    split: int
    method: str
    loss: float  # log loss; for regression, RMSE over the deviation of the test targets
    second: float  # AUC, accuracy; for regression the same as `loss`
    seconds: float  # fitting and predicting, in a process that had done both before; NaN if busy
    version: str
    machine: str


def folder() -> Path:
    return Path(os.environ["EPOCHAL_DATA"]) / "tables"


def read(name: str, target: str, kind: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Features and target: strings as categories, dates as days, classes as strings."""
    frame = pd.read_csv(folder() / f"{name}.csv.gz")
    y = frame.pop(target)
    for column in frame:
        if pd.api.types.is_numeric_dtype(frame[column]):
            continue
        if frame[column].nunique() > len(frame) / 2 and _is_date(frame[column]):
            days = pd.to_datetime(frame[column]) - pd.Timestamp(1970, 1, 1)
            frame[column] = days / pd.Timedelta(days=1)
        else:
            frame[column] = frame[column].astype(str).where(frame[column].notna())
            frame[column] = frame[column].astype("category")
    return frame, y.to_numpy(float) if kind == "regression" else y.astype(str).to_numpy(object)


def _is_date(cells: pd.Series) -> bool:
    return bool(pd.to_datetime(cells, errors="coerce", format="ISO8601").notna().all())


def divide(
    x: pd.DataFrame, y: np.ndarray, kind: str, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    """Training and test part, by the protocol of the development tables."""
    labels = None if kind == "regression" else y
    if len(x) > ROWS:
        x, _, y, _ = train_test_split(x, y, train_size=ROWS, stratify=labels, random_state=seed)
        labels = None if kind == "regression" else y
    size = SMALL_TEST if len(x) < SMALL else 0.5
    x, x_test, y, y_test = train_test_split(
        x, y, test_size=size, stratify=labels, random_state=seed
    )
    return x.reset_index(drop=True), x_test.reset_index(drop=True), y, y_test


def scores(kind: str, y: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """The loss, and the second score."""
    if kind == "regression":
        error = float(np.sqrt(np.mean((y - predicted.reshape(-1)) ** 2)) / y.std())
        return error, error
    classes = np.unique(y)
    loss = float(log_loss(y, predicted, labels=classes))
    if kind == "binary":
        return loss, float(roc_auc_score(y == classes[1], predicted[:, 1]))
    return loss, float(accuracy_score(y, classes[predicted.argmax(axis=1)]))


def run(name: str, target: str, kind: str, split: int, method: str) -> Result:
    """One method on one split of one table; runs in the method's process."""
    x, x_test, y, y_test = divide(*read(name, target, kind), kind, split)
    job = Job(x, y, x_test, kind, split, THREADS)
    began = time.perf_counter()
    predicted = method_named(method)(job)
    seconds = time.perf_counter() - began
    loss, second = scores(kind, y_test, predicted)
    try:
        found = version(PACKAGES.get(method, "epochal"))
    except PackageNotFoundError:
        found = "not installed"
    return Result(
        name,
        kind,
        split,
        method,
        round(loss, 6),
        round(second, 6),
        round(seconds, 2),
        found,
        this_machine().name,
    )


def kept() -> list[Result]:
    if not KEPT.exists():
        return []
    with KEPT.open(newline="") as file:
        return [
            Result(
                line["table"],
                line["kind"],
                int(line["split"]),
                line["method"],
                float(line["loss"]),
                float(line["second"]),
                float(line["seconds"]),
                line["version"],
                line["machine"],
            )
            for line in csv.DictReader(file)
        ]


def keep(results: Iterable[Result]) -> None:
    """All results, in the order of tables, splits and methods."""
    place = {name: at for at, name in enumerate([*METHODS, *ABLATIONS])}
    ordered = sorted(results, key=lambda one: (one.table, one.split, place.get(one.method, 99)))
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with KEPT.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Result._fields)
        writer.writerows(ordered)


def _limit_threads() -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(THREADS)


def run_all(
    tables: Sequence[str],
    splits: int,
    methods: Sequence[str],
    renew: bool,
    busy: bool,
    say: Callable[[str], None],
) -> list[Result]:
    """Run what is not kept; each method in a process of its own, one at a time."""
    spec = json.loads((folder() / "spec.json").read_text())
    _limit_threads()  # the processes inherit it
    done = {(one.table, one.split, one.method): one for one in kept()}
    workers: dict[str, ProcessPoolExecutor] = {}
    try:
        for split in range(splits):
            for name in tables:
                for method in methods:
                    key = (name, split, method)
                    if key in done and not renew:
                        continue
                    if method not in workers:
                        workers[method] = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
                    of = spec[name]
                    work = workers[method].submit(
                        run, name, of["target"], of["kind"], split, method
                    )
                    try:
                        result: Result = work.result()
                    except Exception:
                        say(f"{name} {split} {method} failed:\n{traceback.format_exc()}")
                        workers.pop(method).shutdown(wait=False)
                        continue
                    done[key] = result._replace(seconds=math.nan) if busy else result
                    keep(done.values())
                    say(f"{name} {split} {method}: {result.loss:.4f}, {result.seconds:.1f} s")
    finally:
        for worker in workers.values():
            worker.shutdown(wait=False)
    return list(done.values())


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(description="The default for tables beside its peers.")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--ablations", action="store_true", help="ours without its parts")
    parser.add_argument("--tables", default="")
    parser.add_argument("--splits", type=int, default=SPLITS)
    parser.add_argument("--renew", action="store_true", help="run what is kept, too")
    parser.add_argument("--busy", action="store_true", help="keep no seconds")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(given)
    tables = (
        options.tables.split(",")
        if options.tables
        else sorted(json.loads((folder() / "spec.json").read_text()))
    )
    results = run_all(
        tables,
        options.splits,
        list(ABLATIONS) if options.ablations else options.methods.split(","),
        options.renew,
        options.busy,
        lambda words: print(words, file=sys.stderr, flush=True),
    )
    if options.ablations:
        name, body = "ablations", ablations_of(results)
    else:
        name, body = "tables", summary_of([one for one in results if one.method in METHODS])
    print(body)
    if options.write:
        command = " ".join(["python -m benchmarks.tables", *given])
        write_marked(PAGE, name, f"{body}\n\n{circumstances(command, this_machine())}")


if __name__ == "__main__":
    main()
