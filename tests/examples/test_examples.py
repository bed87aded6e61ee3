"""The scripts of examples/ run and give the results that they promise."""

import ast
from pathlib import Path

import numpy as np
import pytest

from examples import (
    classify_table,
    compress_fashion_mnist,
    deep_networks,
    fit_keras_model,
    learning_rates,
    monte_carlo_dropout,
    regularization,
    train_table,
    transfer_learning,
)
from tests.engines import ENGINES
from tests.tolerances import LEARNING_RATES, SAME_CYCLE_LOSSES

FOLDER = Path(__file__).parents[2] / "examples"


def test_fit_keras_model(capsys: pytest.CaptureFixture[str]) -> None:
    run = fit_keras_model.main(rows=1024, epochs=8)
    assert run.history["val_accuracy"][-1] > 0.65
    assert "validation accuracy" in capsys.readouterr().out


def test_classify_table(capsys: pytest.CaptureFixture[str]) -> None:
    model, accuracy = classify_table.main()
    assert accuracy > 0.9
    assert list(model.classes_) == [0, 1, 2]
    assert "test accuracy" in capsys.readouterr().out


def test_train_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    predictions = train_table.main(out=tmp_path / "run", epochs=5)
    assert (tmp_path / "run" / "report.html").is_file()
    assert (predictions["true_survived"] == predictions["prediction"]).mean() > 0.6
    printed = capsys.readouterr().out
    assert "test accuracy 0." in printed
    assert "['alive']" in printed


@pytest.mark.slow
@pytest.mark.usefixtures("data_folder")
def test_transfer_learning(capsys: pytest.CaptureFixture[str]) -> None:
    (scores,) = transfer_learning.main(rows=2000)
    assert scores.reused == scores.by_hand
    assert min(scores.alone, scores.reused, scores.pretrained_without_labels) > 0.9
    printed = capsys.readouterr().out
    assert f"{100 * scores.reused:.2f}%" in printed
    assert printed.splitlines()[-1].startswith("median")


@pytest.mark.slow
def test_learning_rates(
    data_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EPOCHAL_DATA", str(data_folder))
    results = learning_rates.main(rows=2000, n_epochs=6, out=tmp_path)
    curve = results.pop("range test")
    assert len(results) == 10
    for name, run in results.items():
        assert run.history["val_accuracy"][-1] > 0.7, name
        assert (tmp_path / f"{name}.png").stat().st_size > 1000
    assert 1e-4 < curve.suggestion < 0.1
    # The notebook's callback and the schedule are the same cycle.
    theirs, ours = results["1cycle, the notebook's callback"], results["1cycle"]
    np.testing.assert_allclose(ours.learning_rates, theirs.learning_rates, **LEARNING_RATES)
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], **SAME_CYCLE_LOSSES)
    assert "range test: steepest" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.usefixtures("data_folder")
def test_compress_fashion_mnist(capsys: pytest.CaptureFixture[str]) -> None:
    report = compress_fashion_mnist.main(rows=2000, epochs=3, fine_tuning=3, sparsity=0.8)
    accuracy = report.table["accuracy"]
    assert accuracy["original"] > 0.7
    assert (accuracy > accuracy["original"] - 0.1).all()
    assert report.table["kilobytes"].iloc[-1] < 0.3 * report.table["kilobytes"].iloc[0]
    assert "pruned 80%, folded, int8" in capsys.readouterr().out


@pytest.mark.slow
def test_monte_carlo_dropout(data_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = monte_carlo_dropout.main(rows=2000, test_rows=500, epochs=5, samples=64)
    prediction = found["prediction"]
    # Three ways to one mean, of which two at a time differ by what is left to chance: their
    # standard error is the standard deviation / 8 each, itself an estimate for a rare class.
    error = np.sqrt(2) * prediction.standard_deviation[:100] / 8 + 0.005
    for way in ("loop", "by_hand"):
        assert (np.abs(found[way] - prediction.mean[:100]) < 5 * error).all()
    assert found["accuracy"] > 0.7
    assert abs(found["accuracy"] - found["plain_accuracy"]) < 0.05
    printed = capsys.readouterr().out
    assert "accuracy without dropout 0." in printed


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_regularization(
    engine: str,
    data_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EPOCHAL_DATA", str(data_folder))
    runs = regularization.main(rows=1920, engine=engine)
    assert {run.engine for run in runs.values()} == {engine}
    for name, run in runs.items():
        assert run.history["val_accuracy"][-1] > 0.6, name
    penalty = runs["L2"].penalty
    assert penalty is not None
    assert penalty[1] < penalty[0] < runs["L2"].history["loss"][0]
    assert len(runs["early stopping"].epoch) < 40
    last = capsys.readouterr().out.splitlines()[-1]
    assert float(last.removeprefix("largest norm with max-norm: ")) <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_deep_networks(engine: str, data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPOCHAL_DATA", str(data_folder))
    runs = deep_networks.main(rows=1920, n_epochs=4, n_layers=12, engine=engine)
    assert {run.engine for run in runs.values()} == {engine}
    for name, run in runs.items():
        assert run.history["val_accuracy"][-1] > 0.3, name
        assert run.history["loss"][-1] < run.history["loss"][0], name
    deep = "deep, SELU and LeCun", "deep, ReLU and He"
    selu, relu = (runs[name].history["val_accuracy"][-1] for name in deep)
    assert selu > relu


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_epochal_comes_before_keras(path: Path) -> None:
    """Keras imported first would take its default backend, which need not be installed."""
    imported = [
        (node.names[0].name if isinstance(node, ast.Import) else node.module or "").split(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert "keras" not in imported[: imported.index("epochal")]
