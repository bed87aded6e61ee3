"""Rates side by side: as single fits, without a trace, and what is made of them."""

from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from epochal import compare_learning_rates, fit
from epochal.bridge.steps import StepOptions
from epochal.errors import InputError
from epochal.models import network
from epochal.tuning import rate_comparison
from tests.engines import ENGINES
from tests.tuning.test_learning_rate import X, Y, assert_equal, compiled_model, everything, model_of

RATES = (1e-3, 1e-2, 0.1)
every_engine = pytest.mark.parametrize("engine", ENGINES)


@every_engine
@pytest.mark.parametrize("steps", [5, 17])
def test_each_rate_is_a_fit_of_its_own(engine, steps):
    model = model_of(dropout=0.2, hidden=(8,))
    compared = compare_learning_rates(model, X, Y, rates=RATES, steps=steps, seed=4, engine=engine)
    assert compared.engine == engine
    for rate, losses in zip(RATES, compared.losses, strict=True):
        single = model_of(dropout=0.2, hidden=(8,), learning_rate=rate)
        run = fit(single, X, Y, epochs=3, seed=4, verbose=0, engine=engine)
        np.testing.assert_array_equal(losses, run.losses[:steps])


def test_the_engine_is_told_that_the_rates_replace_a_schedule(monkeypatch):
    told = []

    def choose(asked, model, purpose, shapes, options):
        told.append(options)
        return choose_engine(asked, model, purpose, shapes, options)

    choose_engine = rate_comparison.choose
    monkeypatch.setattr(rate_comparison, "choose", choose)
    compare_learning_rates(model_of(hidden=(8,)), X, Y, rates=RATES, steps=2)
    assert told == [StepOptions(replaces_schedule=True)]


@every_engine
@pytest.mark.parametrize("trained", [False, True])
def test_it_leaves_everything_as_it_was(engine, trained):
    model = compiled_model(trained)
    x, y = X.copy(), Y.copy()
    model.evaluate(x, y, verbose=0)
    before = everything(model)
    compare_learning_rates(
        model, x, y, rates=RATES, steps=10, validation_data=(x, y), engine=engine
    )
    assert_equal(before, everything(model))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


@every_engine
def test_it_repeats_to_the_bit_and_hangs_on_its_seed(engine):
    def losses(seed: int) -> np.ndarray:
        return compare_learning_rates(
            model, X, Y, rates=RATES, steps=12, seed=seed, engine=engine
        ).losses

    model = model_of(dropout=0.2)
    first = losses(0)
    np.testing.assert_array_equal(first, losses(0))
    assert not np.array_equal(first, losses(1))


@every_engine
def test_validation_is_what_evaluate_says(engine):
    model = network("binary", 6, hidden=(8,), seed=0)
    compared = compare_learning_rates(
        model,
        X[:150],
        Y[:150],
        rates=RATES,
        steps=10,
        validation_data=(X[150:], Y[150:]),
        engine=engine,
    )
    for place, rate in enumerate(RATES):
        single = network("binary", 6, hidden=(8,), seed=0, learning_rate=rate)
        fit(single, X[:150], Y[:150], epochs=2, seed=0, verbose=0, engine=engine)
        expected = single.evaluate(X[150:], Y[150:], verbose=0, return_dict=True)
        assert compared.validation.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_allclose(compared.validation[name][place], value, rtol=1e-4)


def test_a_rate_that_diverges_is_said_to():
    layers = [keras.Input((6,)), keras.layers.Dense(8), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    compared = compare_learning_rates(model, X, X[:, :1], rates=(1e3, 1e-2), steps=20)
    np.testing.assert_array_equal(compared.learning_rates, [1e-2, 1e3])
    np.testing.assert_array_equal(compared.diverged, [False, True])
    assert np.isnan(compared.losses[1, -1])
    assert np.isfinite(compared.losses[1, 0])
    assert compared.losses[0, 0] == compared.losses[1, 0]
    assert compared.best == 1e-2
    table = compared.table()
    assert list(table.columns) == ["learning_rate", "first_loss", "final_loss", "diverged"]
    assert np.isnan(table["final_loss"][1])
    np.testing.assert_allclose(table["final_loss"][0], compared.losses[0, -2:].mean(), rtol=1e-6)


def test_the_best_is_judged_by_validation_where_there_is_one():
    compared = compare_learning_rates(model_of(), X, Y, rates=RATES, steps=10)
    assert compared.best == RATES[int(np.argmin(compared.final_losses))]
    judged = replace(compared, validation={"loss": np.array([1.0, 3.0, 2.0])})
    assert judged.best == RATES[0]
    assert list(judged.table()["val_loss"]) == [1.0, 3.0, 2.0]
    assert replace(compared, diverged=np.array([True] * 3)).best is None


def test_a_schedule_within_the_optimiser_plays_no_part():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.3, 1, 0.1)
    ours, theirs = (
        compare_learning_rates(model_of(learning_rate=rate), X, Y, rates=RATES, steps=5)
        for rate in (schedule, 0.01)
    )
    np.testing.assert_array_equal(ours.losses, theirs.losses)


def test_batches_that_end_too_soon(monkeypatch):
    feed = SimpleNamespace(epoch=lambda place: iter(()), shapes=list)
    monkeypatch.setattr(rate_comparison, "make_feed", lambda *given, **named: feed)
    with pytest.raises(InputError, match="x must yield 5 batches for as many steps, got 0: give"):
        compare_learning_rates(model_of(), X, Y, rates=RATES, steps=5, engine="xla")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rates": ()}, r"rates must hold at least one learning rate, got \(\): give for example"),
        ({"rates": 0.1}, "rates must hold at least one learning rate, got 0.1"),
        ({"rates": (0.1, 0.0)}, "each of rates must be finite and above 0, got 0.0"),
        ({"steps": 0}, "steps must be a whole number of at least 1, got 0: give for example 200"),
        ({"model": "nadam"}, "model must be a keras.Model, got 'nadam'"),
    ],
)
def test_it_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        compare_learning_rates(**({"model": model_of(), "x": X, "y": Y} | arguments))
