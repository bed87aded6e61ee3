"""The whole chain: what it tries, what it measures, and what it chooses."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

import epochal
from epochal.compression import CompressionReport
from epochal.compression.cost import sizes_of
from epochal.errors import InputError
from tests.compression.random_models import fingerprint
from tests.tolerances import WHOLE_WEIGHTS

layers = keras.layers
X = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int32")


def net(metrics: Any = ("accuracy",), width: int = 64) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(width, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(width, activation="relu"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=list(metrics))
    return model


@pytest.fixture(scope="module")
def report() -> CompressionReport:
    model = net()
    epochal.fit(model, X, Y, epochs=5, verbose=0, seed=0)
    before = fingerprint(model)
    result = epochal.compress(model, X, Y, sparsity=0.8, training_data=(X, Y), batch_size=500)
    assert fingerprint(model) == before
    assert result.models["original"] is model
    return result


def test_the_chain(report: CompressionReport) -> None:
    assert list(report.table.index) == [
        "original",
        "pruned 80%",
        "pruned 80%, folded",
        "pruned 80%, folded, float16",
        "pruned 80%, folded, int8",
    ]
    assert list(report.models) == list(report.table.index)
    assert report.batch_size == 200  # there are no more rows
    assert report.notes == ()


def test_the_numbers_are_those_of_the_models(report: CompressionReport) -> None:
    table = report.table
    assert (report.score, report.higher_is_better) == ("accuracy", True)
    for name, model in report.models.items():
        score = epochal.evaluate(model, X, Y, verbose=0, return_dict=True)["accuracy"]
        assert table["accuracy"][name] == pytest.approx(score, abs=1e-6)
        assert table["kilobytes"][name] == pytest.approx(sizes_of(model)[0] / 1000, rel=0.01)
    assert (table[["batch_ms", "row_ms"]] > 0).all().all()
    assert table["sparsity"].iloc[1:].to_numpy() == pytest.approx(0.8, abs=WHOLE_WEIGHTS)
    kilobytes = table["kilobytes"].to_numpy()
    assert kilobytes[-1] < kilobytes[-2] < kilobytes[2] < kilobytes[1]
    assert table["zipped"].iloc[1] < 0.7 * table["zipped"].iloc[0]
    folded, pruned = table.loc["pruned 80%, folded"], table.loc["pruned 80%"]
    assert folded["accuracy"] == pruned["accuracy"]


def test_zeros_stay_plus_zero_when_folded(report: CompressionReport) -> None:
    kernel = np.asarray(report.models["pruned 80%, folded"].layers[0].kernel)
    assert (kernel == 0).mean() == pytest.approx(0.8, abs=WHOLE_WEIGHTS)
    assert not np.signbit(kernel[kernel == 0]).any()


def test_it_prints_as_a_table(report: CompressionReport) -> None:
    lines = str(report).splitlines()
    assert lines[0].split() == [
        *("kilobytes", "zipped", "batch_ms", "row_ms", "engine", "accuracy", "sparsity")
    ]
    assert len(lines) == 2 + 5 + 1
    assert lines[-1] == "batch_ms is for 200 rows"


def made(scores: dict[str, float], kilobytes: dict[str, float], higher: bool) -> CompressionReport:
    table = pd.DataFrame({"kilobytes": kilobytes, "score": scores})
    return CompressionReport(
        models={name: name for name in scores},
        table=table,
        score="score",
        higher_is_better=higher,
        batch_size=1,
        notes=(),
    )


@pytest.mark.parametrize(
    ("within", "higher", "expected"),
    [
        (0.0, True, "original"),
        (0.02, True, "a"),
        (0.2, True, "b"),
        (0.0, False, "b"),
    ],
)
def test_the_best_is_the_smallest_that_is_good_enough(
    within: float, higher: bool, expected: str
) -> None:
    scores = {"original": 0.9, "a": 0.89, "b": 0.8}
    result = made(scores, {"original": 4.0, "a": 2.0, "b": 1.0}, higher)
    assert result.best(within=within) == expected


def test_without_a_metric_the_score_is_the_loss() -> None:
    result = epochal.compress(net(metrics=(), width=4), X, Y, modes=[])
    assert (result.score, result.higher_is_better) == ("loss", False)
    assert list(result.table.index) == ["original", "folded"]


def test_an_error_is_better_when_it_is_lower() -> None:
    model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    result = epochal.compress(model, X, X[:, 0], modes=["bfloat16"])
    assert (result.score, result.higher_is_better) == ("mae", False)
    assert list(result.table.index) == ["original", "bfloat16"]


def test_what_was_not_folded_is_noted() -> None:
    model = keras.Sequential(
        [
            keras.Input((8,)),
            layers.Dense(4, activation="relu", name="body"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="bend"),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    result = epochal.compress(model, X, Y, modes=[])
    assert result.notes == (
        "norm stays as it is: the activation relu of body comes before it; bend (ReLU) comes after "
        "it.",
    )
    assert str(result).endswith(result.notes[0])


def _uncompiled() -> keras.Model:
    return keras.Sequential([keras.Input((8,)), layers.Dense(1)], name="bare")


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "not compiled": (
        lambda: epochal.compress(_uncompiled(), X, Y),
        "model must be compiled before epochal.compress, got 'bare' without a loss: call "
        "model.compile(optimizer, loss) first.",
    ),
    "no model": (
        lambda: epochal.compress("net", X, Y),
        "model must be a keras.Model, got 'net': pass the model itself, as in "
        "epochal.compress(model, ...).",
    ),
    "a misspelt mode": (
        lambda: epochal.compress(net(), X, Y, modes=["flaot16"]),
        "modes must be among float16, bfloat16, int8, int4, got 'flaot16': choose one of them. Did "
        "you mean 'float16'?",
    ),
    "one mode": (
        lambda: epochal.compress(net(), X, Y, modes="int8"),
        "modes must be a list, got 'int8': give ['int8'].",
    ),
    "all pruned": (
        lambda: epochal.compress(net(), X, Y, sparsity=1, training_data=(X, Y)),
        "sparsity must be a fraction of the weights, at least 0 and below 1, got 1 (which leaves "
        "nothing): give for example 0.8.",
    ),
    "nothing to train on": (
        lambda: epochal.compress(net(), X, Y, sparsity=0.5),
        "training_data must be (x, y) where sparsity is given, got NoneType: give the data to "
        "fine-tune on.",
    ),
    "no epochs": (
        lambda: epochal.compress(net(), X, Y, epochs=0),
        "epochs must be a whole number of at least 1, got 0: give for example 4.",
    ),
    "an empty batch": (
        lambda: epochal.compress(net(), X, Y, batch_size=0),
        "batch_size must be a whole number of at least 1, got 0: give for example 256.",
    ),
    "an unknown cost": (
        lambda: made({"original": 1}, {"original": 1}, True).best("kilobyte"),
        "by must be one of kilobytes, zipped, batch_ms, row_ms, got 'kilobyte': choose one of "
        "them. Did you mean 'kilobytes'?",
    ),
    "less than nothing": (
        lambda: made({"original": 1}, {"original": 1}, True).best(within=-1),
        "within must be at least 0, got -1: give for example 0.01.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()
