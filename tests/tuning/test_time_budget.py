"""Members and epochs that fit into a time, with steps that take the time that a test says."""

import keras
import numpy as np
import pytest

from epochal.errors import InputError
from epochal.models import network
from epochal.models.guidelines import Variant
from epochal.models.recipes import Recipe
from epochal.tuning import time_budget
from epochal.tuning.guided_fit import fit_networks
from epochal.tuning.single_fit import Rows
from epochal.tuning.time_budget import FEWEST_MEMBERS, MOST_MEMBERS, recipe_within

TRAINING = Rows(np.zeros((320, 2), np.float32), np.zeros((320, 1), np.float32))
VARIANTS = tuple(Variant(hidden=(units,), learning_rate=0.01) for units in (4, 8))
RECIPE = Recipe(members=10, variants=VARIANTS, epochs=40, batch_size=32, patience=20)
OF_MEMBER = 10 * 40 * 0.01  # steps, epochs, seconds of a step


def build(variant, seed):
    return network("regression", 2, hidden=variant.hidden, seed=seed)


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setattr(time_budget, "_seconds_of_step", lambda *given: 0.01)


def within(seconds, recipe=RECIPE):
    return recipe_within(recipe, seconds, build, TRAINING)


def test_more_time_is_more_members(slow):
    counts = [within(seconds).members for seconds in (30, 50, 100, 10_000)]
    assert counts == sorted(counts)
    assert counts[0] == int(0.8 * 30 / OF_MEMBER)
    assert counts[-1] == MOST_MEMBERS
    assert within(100).epochs == 40
    assert within(100).variants == VARIANTS


def test_less_time_is_fewer_members_then_epochs_then_one_network(slow):
    assert within(0.8 * FEWEST_MEMBERS * OF_MEMBER).members == FEWEST_MEMBERS
    half = within(10)
    assert (half.members, half.epochs) == (FEWEST_MEMBERS, 20)
    assert half.patience == 10
    alone = within(3)
    assert (alone.members, alone.epochs, alone.variants) == (1, 24, VARIANTS[:1])


def test_a_single_network_stays_one(slow):
    one = Recipe(members=1, variants=VARIANTS[:1], epochs=40, batch_size=32, patience=20)
    assert within(10_000, one) == one
    assert within(2, one).epochs == 16


def test_a_time_too_short_says_how_long_one_network_takes(slow):
    with pytest.raises(InputError, match=r"which takes about 2 s on this table, got 0 s for train"):
        within(0.4)


def test_steps_are_timed_and_the_training_ends_in_time():
    random = np.random.default_rng(0)
    x = random.standard_normal((320, 2)).astype(np.float32)
    training = Rows(x, x.sum(axis=1, keepdims=True))
    fitted = fit_networks(build, training, None, RECIPE, seconds=20, seed=0)
    assert fitted.recipe.members >= 1
    assert fitted.runs
    assert not fitted.interrupted


def test_a_patience_under_five_is_not_raised(slow):
    short = Recipe(members=10, variants=VARIANTS, epochs=40, batch_size=32, patience=2)
    assert within(10, short).patience == 2


def test_a_patience_that_is_asked_for_is_not_shortened(monkeypatch):
    """The time halves the epochs, and with them the guideline's patience alone."""
    monkeypatch.setattr(time_budget, "_seconds_of_step", lambda *given: 0.01)
    seen = []

    class Watched(keras.callbacks.EarlyStopping):
        def on_train_begin(self, logs=None):
            seen.append(self.patience)
            super().on_train_begin(logs)

    monkeypatch.setattr(keras.callbacks, "EarlyStopping", Watched)
    rows = Rows(TRAINING.x[:64], TRAINING.y[:64])
    recipe = Recipe(members=4, variants=VARIANTS[:1], epochs=40, batch_size=32, patience=20)
    for patience in (None, 20):
        fitted = fit_networks(build, rows, None, recipe, seconds=2, patience=patience, seed=0)
        assert fitted.recipe.epochs == 20
    assert seen == [10] * 4 + [20] * 4
