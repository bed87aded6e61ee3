"""Single network, Monte-Carlo dropout and ensembles on tables: whose probabilities hold?

``python -m benchmarks.uncertain_tables FOLDER`` trains the lab's dense networks on half of each
development table of classes, chooses and calibrates by a sixth, and scores the rest, with three
random splits. Prints log loss and expected calibration error after temperature scaling.
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

from epochal import calibrate, predict
from epochal.lab.uncertain_networks import DENSE, PEAK_LEARNING_RATES, alike, hyper_deep, network
from epochal.lab.uncertainty_comparison import PASSES, log_loss, methods
from epochal.scoring.calibration_error import confidence_calibration_error

TABLES = ("contraceptive", "german", "mammographic", "yeast", "segment", "spam7")
MOST_ROWS, EPOCHS, FEWEST = 3000, 30, 30


def encoded(frame: pd.DataFrame, train: NDArray) -> NDArray[np.float32]:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    others = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (others, make_column_selector(dtype_exclude="number")),
    )
    return columns.fit(frame.iloc[train]).transform(frame).astype(np.float32)


def measured(name: str, folder: Path, seed: int) -> dict[str, tuple[float, float]]:
    """Of each method log loss and calibration error on the test rows."""
    target = json.loads((folder / "spec.json").read_text())[name]["target"]
    frame = pd.read_csv(folder / f"{name}.csv.gz", na_values="?").dropna(subset=[target])
    frame = frame[frame.groupby(target)[target].transform("size") >= FEWEST]
    frame = frame.sample(min(len(frame), MOST_ROWS), random_state=seed)
    y = LabelEncoder().fit_transform(frame.pop(target))
    train, valid, test = np.split(np.arange(len(y)), [len(y) // 2, 2 * len(y) // 3])
    x = encoded(frame, train)
    build = partial(network, DENSE, x.shape[1:], classes=int(y.max()) + 1)
    given, later = (x[train], y[train], PEAK_LEARNING_RATES[DENSE]), (x[valid], y[valid])
    members = alike(build, *given, epochs=EPOCHS, seed=seed)
    chosen = hyper_deep(build, *given, later, epochs=EPOCHS, seed=seed)
    found = {}
    for method, arguments in methods(members, chosen).items():
        p = predict(**arguments, x=x, quantiles=(), seed=seed, verbose=0).mean.astype(float)
        after = calibrate(p[valid], y[valid])(p[test])
        error = confidence_calibration_error(y[test], after)
        found[method] = log_loss(y[test], after), error
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--splits", type=int, default=3)
    chosen = parser.parse_args()
    print("|".join(["", "table", *PASSES, ""]))
    print("|".join(["", "---", *("---:" for _ in PASSES), ""]))
    for name in chosen.tables.split(","):
        splits = [measured(name, chosen.folder, seed) for seed in range(chosen.splits)]
        means = {method: np.mean([each[method] for each in splits], axis=0) for method in PASSES}
        cells = [f"{loss:.3f}, {error:.3f}" for loss, error in means.values()]
        print("|".join(["", name, *cells, ""]), flush=True)


if __name__ == "__main__":
    main()
