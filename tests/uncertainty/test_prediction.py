"""One `Prediction` for every source: the same numbers from a plain loop, and as a table."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy.stats import entropy

import epochal
from epochal.batches.dataset import Dataset
from epochal.bridge.combining import members_of
from epochal.errors import InputError
from epochal.uncertainty import draws
from epochal.uncertainty.prediction import Prediction
from tests.tolerances import FLOAT32_REDUCTION

L = keras.layers
WEIGHTS = [1.0, 2.0, 5.0]
SHARES = np.array(WEIGHTS) / 8


def rows(count: int = 20) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, 4)).astype(np.float32)


def ensemble(task: str = "multiclass", *, weights: Any = WEIGHTS, **sizes: Any) -> epochal.Ensemble:
    models = [
        epochal.network(task, 4, hidden=(6,), dropout=0.3, seed=seed, **sizes) for seed in range(3)
    ]
    return epochal.Ensemble(models=models, weights=weights)


def numbers(**arguments: Any) -> Prediction:
    given: dict[str, Any] = {"mean": np.array([[1.0], [2.0]]), "task": "regression"}
    return Prediction(**(given | arguments))


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_members_are_what_each_model_predicts_by_itself(weights: Any) -> None:
    whole, x = ensemble(classes=3, weights=weights), rows()
    found = epochal.predict(whole, x, uncertainty="ensemble")
    each = np.array([epochal.predict(model, x, verbose=0) for model in whole.models], float)
    mean = np.average(each, axis=0, weights=weights)
    total, aleatoric = entropy(mean, axis=1), np.average(entropy(each, axis=2), 0, weights)
    assert_allclose(found.mean, mean, **FLOAT32_REDUCTION)
    assert_allclose(found.mean, whole.predict(x), **FLOAT32_REDUCTION)
    assert_allclose(found.total, total, rtol=1e-5)
    assert_allclose(found.aleatoric, aleatoric, rtol=1e-5)
    assert_allclose(found.epistemic, total - aleatoric, rtol=1e-3, atol=1e-6)
    assert (found.members, found.samples) == (3, 1)


def test_the_variance_of_numbers_is_that_of_the_members() -> None:
    whole, x = ensemble("regression", outputs=2), rows()
    found = epochal.predict(whole, x, uncertainty="ensemble", quantiles=(0.0, 1.0))
    each = np.array([epochal.predict(model, x, verbose=0) for model in whole.models], float)
    mean = np.tensordot(SHARES, each, 1)
    assert_allclose(found.epistemic, np.tensordot(SHARES, (each - mean) ** 2, 1), rtol=1e-4)
    assert_allclose(found.standard_deviation**2, found.epistemic, rtol=1e-5)
    assert_allclose(found.quantile(1.0), each.max(axis=0), **FLOAT32_REDUCTION)
    assert found.total is found.aleatoric is None


def test_logits_are_averaged_as_probabilities() -> None:
    whole = ensemble(classes=3, weights=None)
    of_logits = epochal.Ensemble(models=whole.models, average="logits")
    one, other = (
        epochal.predict(each, rows(), uncertainty="ensemble") for each in (whole, of_logits)
    )
    assert_allclose(other.mean, one.mean, **FLOAT32_REDUCTION)
    assert_allclose(other.total, one.total, rtol=1e-5)


def test_both_draw_each_member_as_it_is_drawn_alone() -> None:
    # A population of one distribution: the mean over members and samples is that of all draws.
    whole, x = ensemble("binary", weights=None), rows(6)
    found = epochal.predict(whole, x, uncertainty="both", samples=400, seed=1)
    each = [epochal.predict_monte_carlo(model, x, samples=400, seed=1) for model in whole.models]
    mean = np.mean([one.mean for one in each], axis=0)
    within = np.mean([np.square(np.asarray(one.standard_deviation)) for one in each], axis=0)
    between = np.var([one.mean for one in each], axis=0)
    assert (found.members, found.samples) == (3, 400)
    # Five standard errors of a mean of 1,200 probabilities.
    assert np.abs(found.mean - mean).max() < 5 * np.sqrt(within.max() / 1200) * np.sqrt(2)
    assert found.standard_deviation is not None
    assert_allclose(found.standard_deviation**2, within + between, rtol=0.3, atol=2e-3)


@pytest.mark.native
def test_native_draws_each_member_by_itself_and_xla_all_in_one_program() -> None:
    models = [
        keras.Sequential(
            [L.Input((8, 8, 1)), L.Conv2D(3, 3), L.Flatten(), *drops, L.Dense(2, "softmax")]
        )
        for drops in ([L.Dropout(0.5)], [L.Dropout(0.2)], [])
    ]
    networks = draws.Networks.of(epochal.Ensemble(models=models))
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 1)).astype(np.float32)
    data = Dataset(x=x, are_arrays=True)
    found = {
        engine: draws.sampled_draws(networks, data, samples=600, engine=engine, batch_size=2)
        for engine in ("auto", "xla")
    }
    assert found["auto"].engine == "native"
    native, xla = (np.concatenate([*one.blocks], axis=1) for one in found.values())
    for number, model in enumerate(models):
        ours, theirs = native[number::3], xla[number::3]
        error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / 600)
        assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), rtol=0, atol=5 * error.max() + 1e-6)
        assert_allclose(ours.std(axis=0), theirs.std(axis=0), rtol=0.25, atol=1e-6)
        if number == 2:
            expected = np.broadcast_to(model.predict(x, verbose=0), ours.shape)
            assert_allclose(ours, expected, **FLOAT32_REDUCTION)
    first, second = native[0::3, :, 0] - native[0::3, :, 0].mean(0), native[1::3, :, 0]
    together = np.mean(first * (second - second.mean(0)), axis=0)
    assert np.abs(together).max() < 5 * (first.std(0) * second.std(0)).max() / np.sqrt(600)


def test_one_network_knows_the_entropy_of_its_classes_alone() -> None:
    model = ensemble(classes=3).models[0]
    found = epochal.predict(model, rows(), uncertainty="single")
    assert np.array_equal(found.mean, epochal.predict(model, rows(), verbose=0))
    assert_allclose(found.total, entropy(found.mean.astype(float), axis=1), rtol=1e-5)
    assert found.aleatoric is found.epistemic is found.standard_deviation is None
    assert found.levels == ()
    assert "<b>" not in found._repr_html_()
    assert "total" in found._repr_html_()


def test_an_average_that_was_saved_still_has_its_members(tmp_path: Path) -> None:
    whole, x = ensemble(classes=3), rows()
    whole.model.save(tmp_path / "average.keras")
    loaded = keras.saving.load_model(tmp_path / "average.keras")
    one, other = (epochal.predict(each, x, uncertainty="ensemble") for each in (whole, loaded))
    assert_allclose(other.epistemic, one.epistemic, rtol=1e-4, atol=1e-7)
    assert_allclose(members_of(loaded).weights, SHARES, rtol=1e-6)


def test_a_model_that_averages_by_itself_has_no_members() -> None:
    inputs = keras.Input((4,))
    mean = L.Average(name="mean")([L.Dense(2)(inputs), L.Dense(2)(inputs)])
    model = keras.Model(inputs, mean)
    assert members_of(model).model is model


def test_blocks_of_rows_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, x = ensemble(classes=3), rows(11)
    at_once = epochal.predict(whole, x, uncertainty="ensemble")
    monkeypatch.setattr(draws, "VALUES_A_BLOCK", 9 * 4)  # of nine values a row
    by_four = epochal.predict(whole, x, uncertainty="ensemble")
    assert_allclose(by_four.epistemic, at_once.epistemic, rtol=1e-4, atol=1e-7)
    assert len(by_four) == 11


def test_noise_adds_to_what_the_networks_do_not_know() -> None:
    found = numbers(epistemic=np.array([[1.0], [3.0]])).with_noise(np.array([4.0]))
    assert found.total is not None
    assert found.standard_deviation is not None
    assert found.total.tolist() == [[5.0], [7.0]]
    assert_allclose(found.standard_deviation, np.sqrt(found.total))
    alone = numbers().with_noise(4.0)
    assert alone.epistemic is None
    assert np.asarray(alone.total).tolist() == [[4.0], [4.0]]


def test_columns_of_classes_have_their_names() -> None:
    found = Prediction(
        mean=np.array([[0.25], [0.75]]),
        task="binary",
        names=("no", "yes"),
        total=np.array([[0.5], [0.6]]),
        held=np.array([[True, True], [False, True]]),
    )
    assert found.to_pandas().to_dict("list") == {
        "prediction": ["no", "yes"],
        "probability_no": [0.75, 0.25],
        "probability_yes": [0.25, 0.75],
        "total_uncertainty": [0.5, 0.6],
        "set": ["no,yes", "yes"],
    }


def test_columns_of_several_targets_end_in_their_names(tmp_path: Path) -> None:
    pair = np.array([[1.0, 2.0]])
    found = Prediction(
        mean=pair, task="regression", names=("a", "b"), standard_deviation=pair,
        quantiles=pair[None], levels=(0.5,), epistemic=pair**2, low=pair - 1, high=pair + 1,
    )  # fmt: skip
    frame = found.to_pandas()
    assert list(frame) == [
        "prediction_a", "prediction_b", "standard_deviation_a", "quantile_0.5_a",
        "epistemic_uncertainty_a", "standard_deviation_b", "quantile_0.5_b",
        "epistemic_uncertainty_b", "low_a", "high_a", "low_b", "high_b",
    ]  # fmt: skip
    found.to_parquet(tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "p.parquet"), frame)
    with pytest.raises(InputError, match="path must be a file that can be written, got"):
        found.to_parquet(tmp_path / "none" / "p.parquet")


def test_a_prediction_of_sequences_is_no_table() -> None:
    with pytest.raises(InputError, match=r"^The prediction must have one vector per row .* 5, 1\)"):
        numbers(mean=np.zeros((2, 5, 1))).to_pandas()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"uncertainty": "ensembel"},
            "uncertainty must be one of single, monte_carlo, ensemble, both, got 'ensembel'. "
            "Did you mean 'ensemble'?",
        ),
        (
            {"uncertainty": "ensemble"},
            "model must be an ensemble of several networks for uncertainty='ensemble', got one "
            "network: ask for 'monte_carlo', or make an epochal.Ensemble.",
        ),
        (
            {"uncertainty": "single", "task": "regression"},
            "model must give probabilities, or end in a head for a distribution (epochal.layers), "
            "for uncertainty='single', got one that predicts numbers alone: ask for 'monte_carlo', "
            "or for 'ensemble' of an epochal.Ensemble.",
        ),
        (
            {"uncertainty": "single", "model": ensemble(classes=2)},
            "model must be one network for uncertainty='single', got 3 that are averaged: ask for "
            "'ensemble'.",
        ),
        (
            {"uncertainty": "single", "steps": 3},
            "steps must be left out with uncertainty, got 3: drop it.",
        ),
        (
            {"uncertainty": "single", "x": iter([rows()])},
            "x must be arrays, got a list_iterator, which yields batches of its own: call predict "
            "on the arrays of one batch at a time.",
        ),
    ],
)
def test_bad_input_is_one_sentence(change: dict[str, Any], message: str) -> None:
    arguments = {"model": ensemble(classes=3).models[0], "x": rows()} | change
    with pytest.raises(InputError) as raised:
        epochal.predict(arguments.pop("model"), arguments.pop("x"), **arguments)
    assert str(raised.value) == message
