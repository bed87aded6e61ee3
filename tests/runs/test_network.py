"""What is decided for a table, and the network that comes of it."""

import re

import numpy as np
import pandas as pd
import pytest

import epochal
from epochal.data import infer_task
from epochal.errors import InputError
from epochal.runs import TrainSettings
from epochal.runs.network import TargetScale, build, in_target_units, recipe_of, targets_for_loss
from epochal.runs.network_description import describe_network
from epochal.runs.predicted import predict_in_target_units


def _settings(**given):
    return TrainSettings(target=("y",), **given)


def test_targets_are_scaled_for_training_and_given_back_in_their_units():
    y = np.random.default_rng(0).normal([5000, -2], [20, 1e-4], (100, 2))
    task = infer_task(_frame(y))
    scale = TargetScale.of(task, y)
    scaled = targets_for_loss(y, scale)
    assert scaled.dtype == np.float32
    assert np.allclose([scaled.mean(axis=0), scaled.std(axis=0)], [[0, 0], [1, 1]], atol=1e-5)
    settings = _settings(hidden=(4,))
    recipe = recipe_of(settings, 100, 3, 1)
    model = build(task, 3, settings, recipe, recipe.variants[0], 0)
    x = np.ones((2, 3), np.float32)
    before = epochal.predict(model, x, verbose=0)
    after = predict_in_target_units(in_target_units(model, scale), x)
    assert np.allclose(after, before * y.std(axis=0) + y.mean(axis=0), rtol=1e-9)


def test_networks_that_do_not_fit_in_memory_are_refused(monkeypatch):
    monkeypatch.setattr("epochal.runs.network.memory_for_data", lambda: 2**20)
    task = infer_task(_frame(np.arange(40.0).reshape(20, 2)))
    settings = _settings(hidden=(2000, 1000), members=4)
    recipe = recipe_of(settings, 20, 3, 4)
    with pytest.raises(InputError, match=r"^hidden must make a network .* \(2000, 1000\), which"):
        build(task, 3, settings, recipe, recipe.variants[0], 0)


def test_a_constant_target_is_given_back():
    y = np.full(20, 7.0)
    scale = TargetScale.of(infer_task(pd.Series(np.arange(20.0) * 1.5, name="y")), y)
    assert scale is not None
    assert (targets_for_loss(y, scale) == 0).all()
    assert scale.std == 1


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("default", r"of 4 units \(ELU, he_normal\), \d+ parameters"),
        ("risk-aware", r"of 4 units \(ELU, he_normal\), dropout 0\.2, \d+ parameters"),
        ("self-normalizing", r"of 4 units \(SELU, lecun_normal\), alpha dropout 0\.05"),
    ],
)
def test_the_network_describe_network(network, words):
    settings = _settings(hidden=(4,), network=network)
    recipe = recipe_of(settings, 100, 3, 1)
    y = np.arange(100) % 2
    task = infer_task(_frame(y[:, None])["0"])
    model = build(task, 3, settings, recipe, recipe.variants[0], 0)
    assert re.search(words, describe_network(settings, recipe, model.count_params()))


def test_several_networks_are_described():
    settings = _settings()
    recipe = recipe_of(settings, 100, 3, 4)
    words = describe_network(settings, recipe, 1234)
    assert words.startswith("The tabular network: the average of 4 networks, each of 2 hidden lay")
    assert "units (MISH, he_normal), dropout 0.1, L1 of the inputs 0 or 0.001, 1,234 par" in words
    assert "AdamW with cosine decay from 0.002, batch size 32" in words
    assert words.endswith("with early stopping, each by rows that it was not trained on.")


def _frame(y):
    return pd.DataFrame(y).rename(columns=str)
