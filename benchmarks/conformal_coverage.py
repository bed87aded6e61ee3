"""Coverage of a run's intervals and sets on the development tables: is it what was asked for?

``python -m benchmarks.conformal_coverage FOLDER [--splits 20]`` trains small ensembles on random
halves of each table, makes intervals or sets from the rows that the members left out, and counts
how often they hold the truth in the other half.

``--rows 107`` trains on so few rows instead, as ``epochal train`` does with its own members and
epochs, and tests on up to 1,000 others; scikit-learn's small tables are then known too: wine, iris,
breast-cancer, diabetes and digits. Scores "as left out" are those that nothing makes up for the
rows' having chosen the epochs.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from epochal.runs import TrainSettings, plan_table
from epochal.runs.conformity import conformity_of, regions_of
from epochal.runs.network import TargetScale
from epochal.runs.observer import observer_for
from epochal.runs.plan import Plan
from epochal.runs.predicted import predict_rows
from epochal.runs.predictions import targets_for_scoring
from epochal.runs.training import train_once
from epochal.scoring.coverage import held_by_intervals
from epochal.scoring.threshold import DEFAULT_THRESHOLD
from epochal.training.progress import Display
from epochal.tuning.single_fit import LeftOut

NUMBERS = ("insurance", "wizmir", "laser", "plastic", "abalone", "bikes", "ccpp", "skillcraft")
CLASSES = ("contraceptive", "german", "mammographic", "yeast", "splice", "segment")


WAYS = {
    True: [("lac", False), ("aps", False), ("raps", False), ("lac", True)],
    False: [("", False), ("", True)],
}
"""Sets of classes, or intervals, and whether by group."""

MOST_ROWS, TEST_ROWS = 2000, 1000

TOYS = {
    "wine": load_wine,
    "iris": load_iris,
    "breast-cancer": load_breast_cancer,
    "diabetes": load_diabetes,
    "digits": load_digits,
}
"""scikit-learn's tables; the column to predict is "target"."""

FEWEST = 0.04
"""Of the rows: classes of fewer are left out of small samples."""


def measured(plan: Plan, coverages: tuple[float, ...]) -> Iterator[tuple[str, float, float]]:
    """(way, fraction of test rows that were held, mean size) of one training."""
    task = plan.task
    prepared, fitted, model = train_once(plan, observer_for(Display("auto")))
    scale = TargetScale.of(task, prepared.training.y)
    predicted = predict_rows(model, prepared.test.x)
    truth = targets_for_scoring(task, prepared.test.y)
    yield "error left out", _error(task.kind, fitted.left_out, scale), 0.0
    yield "error on test rows", _error(task.kind, LeftOut(predicted.outputs, truth), None), 0.0
    assert fitted.left_out is not None
    yield "optimism", fitted.left_out.optimism, 0.0
    plain = fitted.left_out._replace(optimism=1.0)
    for left_out, words in ((fitted.left_out, ""), (plain, ", as left out")):
        found = conformity_of(task, left_out, scale, DEFAULT_THRESHOLD)
        assert found is not None
        for coverage, (method, by_group) in product(coverages, WAYS[bool(task.classes)]):
            regions = regions_of(
                task, found, predicted, coverage, method=method or "lac", by_group=by_group
            )
            name = f"{method or 'interval'}{' by group' if by_group else ''} {coverage:g}{words}"
            if task.classes:
                codes = truth.reshape(-1).astype(int)
                held = regions.held[np.arange(len(codes)), codes]
                sizes = regions.held.sum(axis=1)
            else:
                held = held_by_intervals(truth, regions.low, regions.high)
                sizes = (regions.high - regions.low) / truth.std()
            yield name, float(held.mean()), float(sizes.mean())


def _error(kind: str, rows: LeftOut | None, scale: TargetScale | None) -> float:
    """The error rate, or the root mean squared error, of predictions of some rows."""
    assert rows is not None
    if kind in ("binary", "multiclass"):
        codes = rows.outputs.argmax(axis=1) if kind == "multiclass" else rows.outputs[:, 0] >= 0.5
        return float((codes.astype(int) != rows.y.reshape(-1)).mean())
    unit = 1.0 if scale is None else float(scale.std[0])
    gap: NDArray = unit * (rows.outputs.reshape(-1) - rows.y.reshape(-1))
    return float(np.sqrt((gap**2).mean()))


def table(name: str, folder: Path) -> tuple[pd.DataFrame, str]:
    """A table, and the column of it to predict."""
    if name in TOYS:
        return TOYS[name](as_frame=True).frame, "target"
    target = json.loads((folder / "spec.json").read_text())[name]["target"]
    return pd.read_csv(folder / f"{name}.csv.gz", na_values="?").dropna(subset=[target]), target


def drawn(whole: pd.DataFrame, target: str, rows: int | None, seed: int) -> pd.DataFrame:
    """Rows to split: of which `rows` are for the training, or half."""
    if rows is None:
        return whole.sample(min(len(whole), MOST_ROWS), random_state=seed)
    counts = whole[target].map(whole[target].value_counts())
    few = counts < FEWEST * len(whole) if whole[target].nunique() <= 20 else counts < 0
    return whole[~few].sample(
        min(int((~few).sum()), min(6 * rows, rows + TEST_ROWS)), random_state=seed
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=20)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--members", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--tables", default=",".join((*NUMBERS, *CLASSES)))
    parser.add_argument("--coverages", default="0.8,0.9")
    chosen = parser.parse_args()
    coverages = tuple(map(float, chosen.coverages.split(",")))
    for name in chosen.tables.split(","):
        whole, target = table(name, chosen.folder)
        found = defaultdict(list)
        for split in range(chosen.splits):
            frame = drawn(whole, target, chosen.rows, split)
            few = chosen.rows is not None
            settings = TrainSettings(
                target=(target,),
                task="regression" if name in (*NUMBERS, "diabetes") else None,
                members=None if few else chosen.members,
                epochs=None if few else chosen.epochs,
                test_size=1 - chosen.rows / len(frame) if few else 0.5,
                seed=split,
            )
            for way, held, size in measured(plan_table(frame, settings), coverages):
                found[way].append((held, size))
        for way, values in found.items():
            held, size = np.array(values).T
            error = held.std(ddof=1) / np.sqrt(len(held)) if len(held) > 1 else np.nan
            print(
                f"{name:14} {way:32} {held.mean():8.4f} +- {error:.4f}  size {size.mean():7.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
