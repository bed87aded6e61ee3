"""The table of kinds: what is in it, and how it is rendered."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from benchmarks import breadth
from benchmarks.harness import Timing
from benchmarks.kinds.kind import Kind
from benchmarks.kinds.optimizers import ALL_OPTIMIZERS
from benchmarks.kinds.registry import ALL_KINDS, BY_NAME, GROUPS
from benchmarks.operations import training_operations
from benchmarks.workloads import EPOCHAL, JAX, TENSORFLOW, TORCH, TORCH_TUNED


def timing(*epochs: float) -> Timing:
    return Timing(first=9.0, epochs=epochs, loss=0.5, facts={})


def test_there_are_many_kinds_with_names_of_their_own() -> None:
    assert len(BY_NAME) == len(ALL_KINDS)
    assert len(ALL_KINDS) - len(GROUPS["Optimisers"]) >= 30


def test_every_optimiser_of_keras_is_there() -> None:
    wrappers = {"Optimizer", "OptimizerMap", "MultiOptimizer"}
    known = {name for name in dir(keras.optimizers) if name[0].isupper()} - wrappers
    assert {type(make()).__name__ for make in ALL_OPTIMIZERS.values()} == known


@pytest.mark.parametrize("kind", ALL_KINDS, ids=lambda kind: kind.name)
def test_each_kind_builds_and_its_data_fit(kind: Kind) -> None:
    model, x = kind.build(), kind.data()["x"]
    assert model.compiled
    if isinstance(x, keras.utils.PyDataset):
        x = x[0][0]
    arrays, shapes = keras.tree.flatten(x), [each.shape for each in model.inputs]
    assert sorted(each.shape[1:] for each in arrays) == sorted(shape[1:] for shape in shapes)
    assert len({len(each) for each in arrays}) == 1
    assert sum(each.nbytes for each in arrays) < 100e6


def test_labels_are_spread_over_the_classes() -> None:
    labels = BY_NAME["dense-sgd"].data()["y"]
    assert (np.bincount(labels, minlength=10) > len(labels) / 100).all()


def test_what_a_network_computes() -> None:
    small = 784 * 300 + 300 * 100 + 100 * 10
    dense = BY_NAME["dense-sgd"].build()
    assert training_operations(dense) == 6 * small - 2 * 784 * 300
    first, second = 28 * 28 * 9 * 32, 14 * 14 * 9 * 32 * 64
    top = 7 * 7 * 64 * 100 + 100 * 10
    cnn = BY_NAME["cnn"].build()
    assert training_operations(cnn) == 6 * (first + second + top) - 2 * first
    lstm = BY_NAME["lstm"].build()
    assert training_operations(lstm) == 4 * 50 * 4 * 64 * (16 + 64) + 6 * 64 * 10


RECORDED: dict[str, Any] = {
    "title": "a network",
    "engine": "xla",
    "reason": "layer GRU",
    "operations": 1e9,
    "seconds": {EPOCHAL: 0.1, JAX: 0.09},
    "ratio": 0.9,
    "early": 1.2,
    "late": 0.7,
    "evaluate": 2.0,
    "predict": 0.5,
}


def test_what_is_kept_of_a_kind() -> None:
    fit = {
        EPOCHAL: timing(1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0),
        JAX: timing(*[3.0] * 7),
        TENSORFLOW: timing(*[8.0] * 7),
        TORCH: timing(*[5.0] * 7),
        TORCH_TUNED: timing(*[4.0] * 7),
    }
    uses = {part: {EPOCHAL: timing(1.0, 1.0), JAX: timing(2.0, 2.0)} for part in ("evaluate",)}
    facts = {"engine": "native", "reason": breadth.OBVIOUS[0], "operations": 7.0}
    kept = breadth.record(BY_NAME["dense-sgd"], fit, uses, facts)
    assert kept["seconds"] == {EPOCHAL: 2.0, JAX: 3.0, TENSORFLOW: 8.0, TORCH: 4.0}
    assert (kept["ratio"], kept["early"], kept["late"], kept["evaluate"]) == (1.5, 3.0, 1.5, 2.0)
    assert kept["reason"] == ""


def test_reasons_are_shortened() -> None:
    said = "xla runs any Keras model; not native, because unsupported model: layer GRU"
    assert breadth.shortened(said) == "layer GRU"
    assert breadth.shortened(f"{breadth.OBVIOUS[0]}; batch by batch, because of it") == (
        "batch by batch, because of it"
    )


def test_what_is_slower_is_marked() -> None:
    assert breadth.row("gru", RECORDED) == [
        *("`gru`", "a network", "100.0 ms", "90.0 ms", "**0.90x**", "1.20x, **0.70x**"),
        *("2.00x", "**0.50x**", "xla", "layer GRU"),
    ]


def test_each_group_has_a_table() -> None:
    data = {
        "rounds": 10,
        "peak_described": "Peak.",
        "kinds": {"gru": RECORDED, "Adam": {**RECORDED, "ratio": 3.0}},
    }
    body = "\n\n".join(breadth.section(data))
    assert body.index("### Sequences") < body.index("`gru`") < body.index("### Optimisers")
    assert "### Convolutions" not in body
    assert "medians of the 10 epochs" in body


@pytest.mark.slow
def test_peers_go_through_kinds_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    peers = breadth.Peers()
    try:
        for name in ("tiny-table", "rows-singly"):
            kind = replace(BY_NAME[name], summarized=False)
            found = peers.measure(kind, rounds=3)
            assert set(found["seconds"]) == {EPOCHAL, JAX}
            assert found["engine"] == "native"
            assert min(found[part] for part in ("ratio", "evaluate", "predict")) > 0
    finally:
        peers.stop()
