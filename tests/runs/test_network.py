"""What is decided for a table, and the network that comes of it."""

import re

import numpy as np
import pandas as pd
import pytest

from epochal.data import infer_task
from epochal.errors import InputError
from epochal.models import ALL_GUIDELINES
from epochal.runs import TrainSettings
from epochal.runs.network import build, describe_network, recipe_for


def _settings(**given):
    return TrainSettings(target=("y",), **given)


def test_small_tables_get_small_batches_and_many_epochs():
    small, large = recipe_for(_settings(), 500, 10), recipe_for(_settings(), 200_000, 10)
    assert (small.batch_size, small.epochs) == (32, 100)
    assert (large.batch_size, large.epochs) == (512, 13)
    assert large.hidden > small.hidden


def test_what_is_asked_for_is_taken():
    recipe = recipe_for(_settings(hidden=(7,), epochs=3, batch_size=5), 500, 10)
    assert (recipe.hidden, recipe.epochs, recipe.batch_size) == ((7,), 3, 5)


def test_an_unknown_guideline_suggests_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'self-normalizing'"):
        recipe_for(_settings(network="selfnormalizing"), 500, 10)


def test_only_the_careful_network_and_the_self_normalizing_one_drop_units():
    rates = {name: recipe_for(_settings(network=name), 500, 10).dropout for name in ALL_GUIDELINES}
    assert {name: rate for name, rate in rates.items() if rate} == {
        "self-normalizing": 0.05,
        "risk-aware": 0.2,
    }


def test_a_regression_starts_near_the_mean_of_its_target():
    y = np.random.default_rng(0).normal(5000, 20, (100, 2)).astype(np.float32)
    settings = _settings(hidden=(4,))
    task = infer_task(_frame(y))
    model = build(task, 3, settings, recipe_for(settings, 100, 3), y)
    outputs = model(np.zeros((1, 3), np.float32)).__array__()
    assert outputs.shape == (1, 2)
    assert np.allclose(outputs, y.mean(axis=0), atol=1)
    assert model.loss == "mean_squared_error"


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
    recipe = recipe_for(settings, 100, 3)
    y = np.arange(100) % 2
    model = build(infer_task(_frame(y[:, None])["0"]), 3, settings, recipe, y)
    assert re.search(words, describe_network(settings, recipe, model))


def _frame(y):
    return pd.DataFrame(y).rename(columns=str)
