"""Which distance tells rows unlike the training data: the AUROC of several, by planted shifts.

``python -m benchmarks.unlike_rows FOLDER`` trains small ensembles on 1,000 rows of development
tables, and scores other rows as they are and after a shift:

- shuffled: each column by itself, so that only how columns go together changes;
- shifted: numbers moved by two of their standard deviations, each to a side of its own;
- other class: rows of a class, or of the highest quarter of the target, that the training never
  had (the network is then trained without them).

"found" is the part of the shifted rows that `unlike_training` says at 1% false alarms, and "alarms"
that of the rows as they are.
"""

import argparse
import json
from collections import defaultdict
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score

from epochal import DNNClassifier, DNNRegressor, predict
from epochal.drift.nearest import KnownRows
from epochal.models.feed_forward import LOGITS

NUMBERS = ("abalone", "laser", "insurance")
TABLES = ("abalone", "laser", "insurance", "segment", "yeast", "contraceptive")
ROWS = 1000


def shuffled(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame({name: random.permutation(frame[name]) for name in frame})


def shifted(frame: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    moved = frame.copy()
    for name in frame.select_dtypes("number"):
        moved[name] = frame[name] + 2 * random.choice([-1, 1]) * frame[name].std()
    return moved


def scores(model, known: NDArray, new: NDArray) -> dict[str, NDArray]:
    """How unlike each new row is, by several measures, from encoded rows."""
    each = [predict(one, new, verbose=0).astype(float) for one in model.models_]
    first = model.models_[0]
    keras = import_module("keras")  # after epochal, which chooses its backend
    hidden = keras.Model(first.inputs, first.get_layer(LOGITS).input)
    inner = [predict(hidden, part, verbose=0) for part in (known, new)]
    return {
        "members": disagreement(each),
        "nearest, encoded": 1 - KnownRows(known).p_values(new),
        "nearest, hidden": 1 - KnownRows(inner[0]).p_values(inner[1]),
        "Mahalanobis, encoded": LedoitWolf().fit(known).mahalanobis(new),
        "Mahalanobis, hidden": LedoitWolf().fit(inner[0]).mahalanobis(inner[1]),
    }


def disagreement(outputs: list[NDArray]) -> NDArray:
    """Mutual information of classes, or the variance of numbers, of the members of an ensemble."""
    stacked = np.stack(outputs)
    if (stacked < 0).any() or (stacked > 1).any():
        return stacked.var(axis=0).mean(axis=1)
    if stacked.shape[2] == 1:
        stacked = np.concatenate([1 - stacked, stacked], axis=2)
    entropy = -(stacked * np.log(np.maximum(stacked, 1e-12))).sum(axis=2)
    mean = stacked.mean(axis=0)
    return -(mean * np.log(np.maximum(mean, 1e-12))).sum(axis=1) - entropy.mean(axis=0)


def measured(name: str, folder: Path, seed: int) -> dict[tuple[str, str], float]:
    """(shift, measure) to an AUROC."""
    random = np.random.default_rng(seed)
    spec = json.loads((folder / "spec.json").read_text())[name]
    whole = pd.read_csv(folder / f"{name}.csv.gz", na_values="?").dropna(subset=[spec["target"]])
    whole = whole.sample(min(len(whole), 3 * ROWS), random_state=seed)
    y = whole.pop(spec["target"])
    regression = name in NUMBERS
    strange = y > y.quantile(0.75) if regression else y == y.value_counts().index[1]
    inside = np.flatnonzero(~strange)
    train, test = inside[: min(ROWS, len(inside) // 2)], inside[min(ROWS, len(inside) // 2) :]
    make = DNNRegressor if regression else DNNClassifier
    model = make(members=4, epochs=10, random_state=seed)
    model.fit(whole.iloc[train], y.iloc[train])
    plain = whole.iloc[test]
    others = {
        "shuffled": shuffled(plain, random),
        "shifted": shifted(plain, random),
        "other class": whole[strange.to_numpy()],
    }
    known = model.encoder_.transform(whole.iloc[train])
    encoded = model.encoder_.transform(plain)
    before = scores(model, known, encoded)
    found = {("as they are", "alarms"): float(model.unlike_training(plain).mean())}
    for shift, rows in others.items():
        after = scores(model, known, model.encoder_.transform(rows))
        found[shift, "found"] = float(model.unlike_training(rows).mean())
        for measure, values in before.items():
            truth = np.repeat([0, 1], [len(values), len(after[measure])])
            both = np.concatenate([values, after[measure]])
            found[shift, measure] = float(roc_auc_score(truth, both))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--splits", type=int, default=2)
    chosen = parser.parse_args()
    found = defaultdict(list)
    for name in chosen.tables.split(","):
        for seed in range(chosen.splits):
            for (shift, measure), value in measured(name, chosen.folder, seed).items():
                found[shift, measure].append(value)
        for (shift, measure), values in found.items():
            own = np.mean(values[-chosen.splits :])
            print(
                f"{name:14} {shift:12} {measure:22} {own:7.3f} all {np.mean(values):7.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
