"""Our default on a large table and on texts, by their official test parts, beside its peers.

`python -m benchmarks.official_tests [--data adult,imdb] [--methods a,b] [--busy] [--write]`

The development tables have at most 4,000 training rows and no texts. Adult has 32,561 rows, a
column of which nine in ten are 0, and is what everybody knows; IMDB has 25,000 reviews.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline

from benchmarks.document import DOCS, circumstances, write_marked
from benchmarks.machine import this_machine
from benchmarks.markdown import table
from benchmarks.table_methods import METHODS, Job, Method
from epochal.data import datasets

PAGE = DOCS / "tables-recipe.md"
THREADS = 2
SMALL_TEXTS = 2000


class Data(NamedTuple):
    """A part to train on, one to test on, and whom we are compared with."""

    title: str
    x: pd.DataFrame
    y: np.ndarray
    x_test: pd.DataFrame
    y_test: np.ndarray
    methods: Sequence[str]


def adult() -> Data:
    features, test, y, y_test = _parts("adult", "income", [])
    words = [name for name in features if not pd.api.types.is_numeric_dtype(features[name])]
    for name in words:
        kind = pd.CategoricalDtype(sorted(features[name].dropna().unique()))
        features[name], test[name] = features[name].astype(kind), test[name].astype(kind)
    peers = ["linear", "HistGradientBoosting", "LightGBM", "CatBoost", "epochal"]
    return Data("adult", features, y, test, y_test, peers)


def imdb(rows: int | None = None) -> Data:
    x, test, y, y_test = _parts("imdb", "label", ["rating"])
    at = np.random.default_rng(0).permutation(len(x))[:rows]
    title = f"imdb, {len(at):,} reviews"
    return Data(title, x.iloc[at], y[at], test, y_test, ["linear on TF-IDF", "epochal"])


def _parts(
    name: str, target: str, drop: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    loaded = datasets.load_table(name)
    assert loaded.test_frame is not None
    frames = [frame.drop(columns=drop) for frame in (loaded.frame, loaded.test_frame)]
    y, y_test = (frame.pop(target).astype(str).to_numpy(object) for frame in frames)
    return frames[0], frames[1], y, y_test


def linear_on_words(job: Job) -> np.ndarray:
    """What a text is classified with first: words and pairs of words, logistic regression."""
    terms = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = make_pipeline(terms, LogisticRegression(C=10, max_iter=1000))
    probabilities: np.ndarray = model.fit(job.x["text"], job.y).predict_proba(job.x_test["text"])
    return probabilities


DATA: dict[str, Sequence[Callable[[], Data]]] = {
    "adult": (adult,),
    "imdb": (lambda: imdb(SMALL_TEXTS), imdb),
}
OWN: dict[str, Method] = {"linear on TF-IDF": linear_on_words}


def lines_of(data: Data, methods: Sequence[str], busy: bool) -> list[list[str]]:
    lines = []
    for method in data.methods:
        if methods and method not in methods:
            continue
        job = Job(data.x, data.y, data.x_test, "binary", 0, THREADS)
        began = time.perf_counter()
        predicted = (OWN | METHODS)[method](job)
        seconds = time.perf_counter() - began
        classes = np.unique(data.y_test)
        lines.append(
            [
                data.title,
                method,
                f"{log_loss(data.y_test, predicted, labels=classes):.4f}",
                f"{accuracy_score(data.y_test, classes[predicted.argmax(axis=1)]):.2%}",
                f"{roc_auc_score(data.y_test == classes[1], predicted[:, 1]):.4f}",
                "" if busy else f"{seconds:,.0f}",
            ]
        )
        print(" | ".join(lines[-1]), file=sys.stderr, flush=True)
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(description="Our default by official test parts.")
    parser.add_argument("--data", default=",".join(DATA))
    parser.add_argument("--methods", default="")
    parser.add_argument("--busy", action="store_true", help="print no seconds")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args(given)
    methods = [name for name in options.methods.split(",") if name]
    loaded = [make() for name in options.data.split(",") for make in DATA[name]]
    lines = [line for data in loaded for line in lines_of(data, methods, options.busy)]
    body = table(["data", "method", "log loss", "accuracy", "AUC", "seconds"], lines)
    print(body)
    if options.write:
        command = " ".join(["python -m benchmarks.official_tests", *given])
        text = f"{body}\n\n{circumstances(command, this_machine())}"
        write_marked(PAGE, "official-tests", text)


if __name__ == "__main__":
    main()
