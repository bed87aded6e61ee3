"""Ensembles: averages, weights, one program, and a folder that is loaded without running code."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from epochal import Ensemble
from epochal.errors import InputError
from tests.tolerances import FLOAT32_REDUCTION

X = np.random.default_rng(0).standard_normal((7, 6)).astype("float32")


@pytest.fixture(autouse=True)
def engine() -> None:
    """In place of the one that runs every test of `tests/training` on both engines."""


def network(seed: int, task: str = "multiclass", **options: Any) -> keras.Model:
    counts: dict[str, Any] = {"classes": 3} if task in ("multiclass", "multilabel") else {}
    return epochal.network(task, 6, hidden=(8, 4), seed=seed, **counts, **options)


def functional(seed: int, *, separate: bool) -> keras.Model:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((6,))
    hidden = keras.layers.Dense(6, "tanh")(inputs)
    added = keras.layers.Add()([hidden, inputs])
    if separate:
        outputs = keras.layers.Softmax()(keras.layers.Dense(3)(added))
    else:
        outputs = keras.layers.Dense(3, "softmax")(added)
    return keras.Model(inputs, outputs)


def outputs_of(models: list[keras.Model]) -> np.ndarray:
    return np.stack([epochal.predict(model, X, verbose=0) for model in models]).astype(float)


@pytest.mark.parametrize("task", ["multiclass", "multilabel", "binary", "regression"])
def test_the_mean_is_that_of_the_outputs(task: str) -> None:
    models = [network(seed, task) for seed in range(3)]
    outputs = outputs_of(models)
    assert_allclose(Ensemble(models=models).predict(X), outputs.mean(axis=0), **FLOAT32_REDUCTION)
    weighted = Ensemble(models=models, weights=(1, 0, 3))
    assert weighted.weights == (0.25, 0.0, 0.75)
    expected = 0.25 * outputs[0] + 0.75 * outputs[2]
    assert_allclose(weighted.predict(X), expected, **FLOAT32_REDUCTION)


@pytest.mark.parametrize("weights", [None, (0.5, 0.2, 0.3)])
def test_the_mean_of_logits_is_a_geometric_one_of_probabilities(weights: Any) -> None:
    models = [network(0), functional(1, separate=True), functional(2, separate=False)]
    shares = np.full(3, 1 / 3) if weights is None else np.array(weights)
    expected = np.exp(np.einsum("m,mrc->rc", shares, np.log(outputs_of(models))))
    expected /= expected.sum(axis=1, keepdims=True)
    found = Ensemble(models=models, weights=weights, average="logits").predict(X)
    assert_allclose(found, expected, rtol=1e-5)


def test_the_mean_of_logits_of_a_sigmoid() -> None:
    models = [network(seed, "binary") for seed in range(2)]
    odds = [np.log(p / (1 - p)) for p in outputs_of(models)]
    expected = 1 / (1 + np.exp(-np.mean(odds, axis=0)))
    found = Ensemble(models=models, average="logits").predict(X)
    assert_allclose(found, expected, rtol=1e-5)


def test_models_within_models_and_with_batch_normalisation_and_dropout() -> None:
    inner = functional(3, separate=False)
    nested = keras.Sequential([keras.Input((6,)), keras.layers.Dropout(0.5), inner])
    normalized = keras.Sequential(
        [keras.Input((6,)), keras.layers.BatchNormalization(), keras.layers.Dense(3, "softmax")]
    )
    models = [nested, normalized, nested]
    expected = outputs_of(models)
    ensemble = Ensemble(models=models)
    assert_allclose(ensemble.predict(X), expected.mean(axis=0), **FLOAT32_REDUCTION)
    geometric = np.exp(np.log(expected).mean(axis=0))
    geometric /= geometric.sum(axis=1, keepdims=True)
    found = Ensemble(models=models, average="logits").predict(X)
    assert_allclose(found, geometric, rtol=1e-5)


def test_the_model_is_a_plain_one_with_weights_of_its_own() -> None:
    models = [network(seed) for seed in range(2)]
    ensemble = Ensemble(models=models)
    before = ensemble.predict(X)
    for model in models:
        model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])
    assert np.array_equal(ensemble.predict(X), before)
    scores = epochal.evaluate(ensemble.model, X, np.zeros(7, int), verbose=0)
    assert_allclose(scores[0], -np.log(before[:, 0]).mean(), rtol=1e-5)


@pytest.mark.native
@pytest.mark.parametrize("average", ["mean", "logits"])
def test_a_predictor_answers_in_one_program(average: str) -> None:
    ensemble = Ensemble(models=[network(seed) for seed in range(4)], average=average)
    predict = epochal.predictor(ensemble)
    assert predict.engine == "native"
    assert_allclose(predict(X), ensemble.predict(X), **FLOAT32_REDUCTION)
    on_xla = epochal.predictor(ensemble, engine="xla")
    assert_allclose(on_xla(X), ensemble.predict(X), rtol=1e-5)


def test_a_folder_brings_the_same_predictions_back(tmp_path: Path) -> None:
    models = [network(0), functional(1, separate=True)]
    ensemble = Ensemble(models=models, weights=(1, 2), average="logits")
    ensemble.save(tmp_path / "new" / "ensemble")
    found = sorted(path.name for path in (tmp_path / "new").rglob("*"))
    assert found == ["ensemble", "ensemble.json", "member-000.keras", "member-001.keras"]
    loaded = Ensemble.load(str(tmp_path / "new" / "ensemble"))
    assert np.array_equal(loaded.predict(X), ensemble.predict(X))
    assert (loaded.weights, loaded.average) == (ensemble.weights, "logits")


def test_what_runs_code_is_neither_written_nor_loaded(tmp_path: Path) -> None:
    coded = keras.Sequential([keras.Input((6,)), keras.layers.Lambda(keras.ops.abs)])
    with pytest.raises(InputError, match=r"The model must hold layers alone, got .* with 'Lambda'"):
        Ensemble(models=[coded]).save(tmp_path / "coded")
    assert list(tmp_path.iterdir()) == []
    Ensemble(models=[network(0)]).save(tmp_path / "plain")
    coded.save(tmp_path / "plain" / "member-000.keras")
    with pytest.raises(InputError, match=r"The model must hold layers alone, got .* with 'Lambda'"):
        Ensemble.load(tmp_path / "plain")


def test_folders_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    ensemble = Ensemble(models=[network(0)])
    ensemble.save(tmp_path / "one")
    with pytest.raises(InputError, match=r"folder must not exist yet, got .*: give a new name"):
        ensemble.save(tmp_path / "one")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"folder must be one that can be written, got .*file"):
        ensemble.save(tmp_path / "file" / "below")
    with pytest.raises(InputError, match=r"which cannot be read \(FileNotFoundError\): name the"):
        Ensemble.load(tmp_path / "none")
    description = tmp_path / "one" / "ensemble.json"
    outside: Any = {"models": ["../../x.keras"], "weights": [1], "average": "mean"}
    contents: list[Any] = [[], outside]
    for content in contents:
        description.write_text(json.dumps(content))
        with pytest.raises(InputError, match=r"folder must be one that Ensemble.save wrote"):
            Ensemble.load(tmp_path / "one")
    description.write_text(json.dumps({"models": ["no"], "weights": [1], "average": "mean"}))
    with pytest.raises(InputError, match=r"The model must be a .keras file, got .*no'"):
        Ensemble.load(tmp_path / "one")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"models": []}, "models must hold at least one model, got none"),
        ({"models": [3]}, "model must be a keras.Model, got 3"),
        ({"models": [network(0), network(0, "binary")]}, "models must take and give equal shapes"),
        ({"weights": (1,)}, "weights must be 2 finite numbers of at least 0, one a model, got"),
        ({"weights": (1, -1)}, "weights must be 2 finite numbers of at least 0"),
        ({"weights": (1, np.nan)}, "weights must be 2 finite numbers of at least 0"),
        ({"weights": "both"}, "weights must be 2 finite numbers of at least 0"),
        ({"weights": (0, 0)}, "weights must not all be 0, got only zeros: leave them out"),
        ({"average": "median"}, r"average must be 'mean' or 'logits', got 'median'\."),
        ({"average": "logit"}, r"got 'logit'\. Did you mean 'logits'\?"),
    ],
)
def test_other_ensembles_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Ensemble(**({"models": [network(0), network(1)]} | changed))


def test_numbers_have_no_logits() -> None:
    with pytest.raises(InputError, match="must be given models that all end in softmax or all in"):
        Ensemble(models=[network(0, "regression")], average="logits")
