"""ONNX files give what `epochal predict` gives, in another runtime."""

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.errors import InputError
from epochal.models import network
from epochal.models.distribution_names import DISTRIBUTIONS
from epochal.runs import predict_table, train_table
from epochal.runs.network import TargetScale, in_target_units
from epochal.runs.predicted import networks_of_distributions, predict_rows
from epochal.training import predict
from epochal.training.ensemble import average_model

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from epochal.runs.exporting.graph import OnnxGraph  # noqa: E402
from epochal.runs.exporting.layers import add_network  # noqa: E402
from epochal.runs.exporting.moments import of_mixture  # noqa: E402
from epochal.runs.exporting.onnx_file import export_onnx  # noqa: E402
from epochal.runs.exporting.quantiles import quantiles_of_mixture  # noqa: E402


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
        ("weight", {"members": 1, "hidden": (8,), "distribution": "gaussian"}),
        (["weight", "several"], {"members": 2, "hidden": (8,), "distribution": "student-t"}),
        ("stings", {"members": 1, "hidden": (8,), "distribution": "poisson"}),
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
    shown = [name for name in got if not name.startswith("quantile")]
    assert shown == [name for name in expected if name not in ("row", "warnings")]
    assert ("standard_deviation" in " ".join(got)) == ("distribution" in options)
    got = {name: got[name] for name in shown}
    for name, values in got.items():
        if values.dtype.kind == "f":
            # Regressions in deviations of the target: float32 inside has no other accuracy.
            predicted = name.replace("standard_deviation", "prediction")
            scale = 1.0 if name.startswith("probability") else expected[predicted].std()
            np.testing.assert_allclose(values / scale, expected[name] / scale, atol=1e-5)
        else:
            assert values.tolist() == expected[name].tolist()


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_means_and_deviations_of_distributions(distribution, members):
    settings = {"outputs": 2, "distribution": distribution, "hidden": (5,)}
    models = [network("regression", 3, seed=seed, **settings) for seed in range(members)]
    model = average_model(models, np.arange(1, members + 1) / np.arange(1, members + 1).sum())
    networks = networks_of_distributions(model)
    assert networks is not None
    assert networks.family is not None
    units = (
        None
        if networks.family.discrete
        else TargetScale(mean=np.array([5.0, -9.0]), std=np.array([3.0, 0.1]))
    )
    graph = OnnxGraph()
    columns = [graph.cast(graph.input(f"x{n}", np.float64), np.float32) for n in range(3)]
    given = add_network(graph, networks.model, graph.concatenate(columns))
    found = of_mixture(graph, networks.family, given, networks.weights, outputs=2, units=units)
    for name, value in found._asdict().items():
        for n in range(2):
            part = graph.add("Gather", value, graph.constant([n], np.int64), axis=1)
            graph.output(f"{name}{n}", part, np.float64)
    x = 3 * np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(graph.model("network", "0").SerializeToString())
    got = np.hstack(session.run(None, {f"x{n}": x[:, n : n + 1].astype(float) for n in range(3)}))
    model = model if units is None else in_target_units(model, units)
    mixture = predict_rows(model, x).mixture
    assert mixture is not None
    np.testing.assert_allclose(got[:, :2], mixture.mean, rtol=1e-5)
    np.testing.assert_allclose(got[:, 2:], mixture.variance, rtol=1e-5)


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("distribution", ["gaussian", "mixture", "quantiles"])
def test_quantiles_of_distributions(distribution, members):
    settings = {"outputs": 2, "distribution": distribution, "hidden": (5,)}
    models = [network("regression", 3, seed=seed, **settings) for seed in range(members)]
    model = average_model(models, [1 / members] * members)
    networks = networks_of_distributions(model)
    assert networks is not None
    assert networks.family is not None
    units = TargetScale(mean=np.array([5.0, -9.0]), std=np.array([3.0, 0.1]))
    levels = (0.01, 0.05, 0.5, 0.95, 0.99)
    graph = OnnxGraph()
    columns = [graph.cast(graph.input(f"x{n}", np.float64), np.float32) for n in range(3)]
    given = add_network(graph, networks.model, graph.concatenate(columns))
    found = quantiles_of_mixture(
        *(graph, networks.family, given, networks.weights), outputs=2, units=units, levels=levels
    )
    for at, value in enumerate(found):
        for n in range(2):
            part = graph.add("Gather", value, graph.constant([n], np.int64), axis=1)
            graph.output(f"{at}_{n}", part, np.float64)
    x = 3 * np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(graph.model("network", "0").SerializeToString())
    got = np.hstack(session.run(None, {f"x{n}": x[:, n : n + 1].astype(float) for n in range(3)}))
    mixture = predict_rows(in_target_units(model, units), x).mixture
    assert mixture is not None
    wanted = np.hstack([mixture.quantile(level) for level in levels])
    np.testing.assert_allclose(got / ([3.0, 0.1] * 5), wanted / ([3.0, 0.1] * 5), atol=1e-5)


def test_quantiles_are_those_of_the_ensemble(mixed, out, tmp_path):
    table = mixed[["x", "y", "weight"]]
    run = train_table(
        table, "weight", epochs=2, out=out, members=2, hidden=(8,), distribution="gaussian"
    )
    export_onnx(run.path, tmp_path / "run.onnx")
    expected = predict_table(run.path, table, uncertainty="ensemble")
    got = run_with_onnxruntime(tmp_path / "run.onnx", table)
    names = [name for name in map(str, expected) if name.startswith(("quantile", "standard"))]
    assert set(names) == set(got) - {"prediction"}
    assert len(names) == 6
    for name in names:
        scale = table["weight"].std()
        np.testing.assert_allclose(got[name] / scale, expected[name] / scale, atol=1e-5)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_the_means_of_distributions(distribution):
    settings = {"outputs": 2, "distribution": distribution, "hidden": (5,)}
    models = [network("regression", 3, seed=seed, **settings) for seed in range(2)]
    model = average_model(models, (0.25, 0.75))
    graph = OnnxGraph()
    columns = [graph.cast(graph.input(f"x{n}", np.float64), np.float32) for n in range(3)]
    outputs = add_network(graph, model, graph.concatenate(columns))
    for n in range(2):
        position = graph.constant([n], np.int64)
        graph.output(f"y{n}", graph.add("Gather", outputs, position, axis=1), np.float32)
    x = 3 * np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(graph.model("network", "0").SerializeToString())
    got = session.run(None, {f"x{n}": x[:, n : n + 1].astype(float) for n in range(3)})
    family = models[0].layers[-1].distribution
    each = [family.mean(one.predict(x, verbose=0)) for one in models]
    np.testing.assert_allclose(
        np.hstack(got), np.average(each, 0, (0.25, 0.75)), rtol=1e-5, atol=1e-5
    )


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


WORDS = ["Blue", "the", "été", "12", ":-)", "und-so", "ÄRA", "a", "b_2"]


@pytest.fixture
def of_all_kinds(mixed):
    """Dates, texts and a category of many values, too, with missing cells in each."""
    rng = np.random.default_rng(2)
    rows = len(mixed)
    frame = mixed.assign(
        day=pd.Timestamp("1999-12-30")
        + pd.to_timedelta(rng.integers(0, 10**9, rows) // 60 * 60, unit="s"),
        note=[" ".join(rng.choice(WORDS, 12)) + f" {n}" for n in range(rows)],
        code=[f"PC {number} {'x' * (number % 3)}".strip() for number in rng.integers(0, 60, rows)],
    )
    for row, name in ((3, "day"), (4, "note"), (6, "code")):
        frame.loc[row, name] = None
    return frame


@pytest.mark.parametrize("target", ["flies", "weight", "kind"])
def test_columns_of_all_kinds_are_in_the_file(of_all_kinds, out, tmp_path, target):
    table = of_all_kinds[["x", "colour", "day", "note", "code", target]]
    run = train_table(
        table, target, epochs=2, members=2, hidden=(8,), kinds={"note": "text"}, out=out
    )
    kinds = {column["name"]: column["kind"] for column in run.record.columns}
    assert (kinds["day"], kinds["note"], kinds["code"]) == ("date", "text", "category")
    export_onnx(run.path, tmp_path / "run.onnx")
    new = table.copy()
    new.loc[0, "code"], new.loc[1, "note"], new.loc[2, "note"] = "never PC seen", None, "?? Bluе"
    new.loc[5, "day"] = pd.Timestamp("1903-02-28 23:59")
    new.loc[7, "code"] = "PC  7"  # two spaces
    expected = predict_table(run.path, new)
    new["day"] = (new["day"] - pd.Timestamp(0)).dt.total_seconds()
    got = run_with_onnxruntime(tmp_path / "run.onnx", new)
    name = "prediction" if target == "weight" else next(n for n in got if n != "prediction")
    scale = expected[name].std() if target == "weight" else 1.0
    np.testing.assert_allclose(got[name] / scale, expected[name] / scale, atol=1e-5)


def test_names_that_would_be_given_twice_are_refused(blobs, out, tmp_path):
    renamed = blobs.rename(columns={"y": "prediction"})[["x", "prediction", "flies"]]
    run = train_table(renamed, "flies", epochs=1, members=1, out=out)
    with pytest.raises(InputError, match=r"other names than its predictions .* got 'prediction'"):
        export_onnx(run.path, tmp_path / "run.onnx")
