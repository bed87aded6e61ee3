"""ONNX files give what `epochal predict` gives, in another runtime."""

import keras
import numpy as np
import pytest

from epochal.errors import InputError
from epochal.models import network
from epochal.runs import predict_table, train_table
from epochal.training import predict

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from epochal.runs.exporting.graph import OnnxGraph  # noqa: E402
from epochal.runs.exporting.layers import add_network  # noqa: E402
from epochal.runs.exporting.onnx_file import export_onnx  # noqa: E402


@pytest.fixture
def mixed(blobs):
    """The blobs with a boolean, a category that is rare, and missing cells in each."""
    rng = np.random.default_rng(1)
    frame = blobs.assign(
        alive=rng.random(len(blobs)) < 0.5,
        amount=1.6e9 + rng.normal(0, 50, len(blobs)) + blobs["x"].fillna(0),
        several=rng.normal(size=len(blobs)),
    )
    frame["alive"] = frame["alive"].astype(object)
    frame.loc[5, "colour"] = "mauve"
    for row, name in ((7, "colour"), (8, "colour"), (9, "alive"), (10, "amount")):
        frame.loc[row, name] = None
    return frame


def run_with_onnxruntime(path, frame):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {}
    for each in session.get_inputs():
        cells = frame[each.name]
        if each.type == "tensor(string)":
            values = cells.where(cells.notna(), "").astype(str).to_numpy(object)
        else:
            values = cells.astype(float).to_numpy()
        given[each.name] = values[:, None]
    names = [output.name for output in session.get_outputs()]
    outputs = session.run(names, given)
    assert all(output.shape == (len(frame), 1) for output in outputs)
    return {name: output[:, 0] for name, output in zip(names, outputs, strict=True)}


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("flies", {"members": 2}),
        ("flies", {"members": 1, "cost": {"fp": 1, "fn": 9}}),
        ("kind", {"members": 2}),
        ("weight", {"members": 2}),
        (["flies", "stings"], {"members": 1}),
        (["weight", "several"], {"members": 2, "hidden": (8, 8)}),
    ],
)
def test_the_file_gives_the_predictions_of_the_run(mixed, out, tmp_path, target, options):
    targets = [target] if isinstance(target, str) else target
    table = mixed[["x", "y", "colour", "alive", "amount", *targets]]
    run = train_table(table, target, epochs=2, out=out, **options)
    export_onnx(run.path, tmp_path / "run.onnx")
    new = table.copy()
    new.loc[0, "colour"], new.loc[1, "amount"], new.loc[2, "x"] = "never seen", np.nan, 1e6
    expected = predict_table(run.path, new)
    got = run_with_onnxruntime(tmp_path / "run.onnx", new)
    assert list(got) == list(expected)[1:-1]
    for name, values in got.items():
        if values.dtype.kind == "f":
            # Regressions in deviations of the target: float32 inside has no other accuracy.
            scale = 1.0 if name.startswith("probability") else expected[name].std()
            np.testing.assert_allclose(values / scale, expected[name] / scale, atol=1e-5)
        else:
            assert values.tolist() == expected[name].tolist()


@pytest.mark.parametrize(
    "guideline", ["default", "self-normalizing", "sparse", "low-latency", "risk-aware", "tabular"]
)
def test_the_networks_of_every_guideline(guideline):
    model = network("multiclass", 5, guideline=guideline, hidden=(7, 6, 5), classes=3, seed=0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            rng = np.random.default_rng(0)
            layer.set_weights([rng.uniform(0.5, 2, weight.shape) for weight in layer.weights])
    graph = OnnxGraph()
    columns = [graph.cast(graph.input(f"x{n}", np.float64), np.float32) for n in range(5)]
    outputs = add_network(graph, model, graph.concatenate(columns))
    for n in range(3):
        position = graph.constant([n], np.int64)
        graph.output(f"y{n}", graph.add("Gather", outputs, position, axis=1), np.float32)
    x = np.random.default_rng(1).normal(size=(20, 5)).astype(np.float32)
    session = onnxruntime.InferenceSession(graph.model("network", "0").SerializeToString())
    got = session.run(None, {f"x{n}": x[:, n : n + 1].astype(float) for n in range(5)})
    np.testing.assert_allclose(np.hstack(got), predict(model, x, verbose=0), atol=1e-6)


def test_what_has_no_rule_is_named():
    graph = OnnxGraph()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "softsign", name="odd")])
    with pytest.raises(InputError, match="the activation 'softsign' in the layer 'odd'"):
        add_network(graph, model, "x")
    model = keras.Sequential([keras.Input((2,)), keras.layers.UnitNormalization(name="odd")])
    with pytest.raises(InputError, match="got the layer 'odd', a UnitNormalization: train with"):
        add_network(graph, model, "x")


def test_columns_that_cannot_be_exported_are_named(blobs, out, tmp_path):
    blobs["note"] = [f"the {n % 90} of them" for n in range(len(blobs))]
    run = train_table(blobs[["x", "note", "flies"]], "flies", epochs=1, members=1, out=out)
    with pytest.raises(InputError, match=r"got 'note', a category of .* 40 .* \(--drop note\)"):
        export_onnx(run.path, tmp_path / "run.onnx")
    renamed = blobs.rename(columns={"y": "prediction"})[["x", "prediction", "flies"]]
    run = train_table(renamed, "flies", epochs=1, members=1, out=out.with_name("two"))
    with pytest.raises(InputError, match=r"other names than its predictions .* got 'prediction'"):
        export_onnx(run.path, tmp_path / "run.onnx")
