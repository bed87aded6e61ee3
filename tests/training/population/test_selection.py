"""Greedy weights, and predictions for rows that members left out."""

from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from epochal.errors import InputError
from epochal.training import train_population
from epochal.training.population import selection
from epochal.training.population.selection import greedy_counts

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 4)).astype("float32")
Y = X.sum(axis=1)


def squares(targets: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    return np.square(targets - outputs)


def test_candidates_are_taken_until_their_average_is_right() -> None:
    # One candidate is 3 too high, one is 1 too low: three of the low and one of the high cancel.
    predictions = np.array([[3.0, 3.0], [-1.0, -1.0], [50.0, 50.0]], "float32")
    counts = greedy_counts(predictions, np.zeros(2), squares, 50)
    assert counts.tolist() == [1, 3, 0]
    assert greedy_counts(predictions, np.zeros(2), squares, 1).tolist() == [0, 1, 0]


def test_the_greedy_average_is_as_good_as_a_plain_loop_finds() -> None:
    targets, predictions = RANDOM.standard_normal(40), RANDOM.standard_normal((5, 40))
    predictions += targets
    counts = greedy_counts(predictions.astype("float32"), targets, squares, 20)
    taken: list[int] = []
    best: list[float] = []
    for _ in range(20):
        tried = [np.mean((np.mean(predictions[[*taken, i]], 0) - targets) ** 2) for i in range(5)]
        taken.append(int(np.argmin(tried)))
        best.append(float(min(tried)))
    average = counts @ predictions / counts.sum()
    assert_allclose(np.mean((average - targets) ** 2), min(best), rtol=1e-5)


def build(learning_rate: float) -> keras.Model:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def trained(**options: Any) -> Any:
    return train_population(build, X, Y, epochs=5, seed=0, verbose=0, **options)


@pytest.mark.native
def test_rows_are_predicted_by_those_that_left_them_out() -> None:
    good = {"learning_rate": 0.05}
    population = trained(members=[good] * 4, rows="folds")
    found = population.left_out_predictions(X)
    for number, member in enumerate(population.members):
        expected = epochal.predict(population.model(number), X[member.left_out], verbose=0)
        assert_allclose(found[member.left_out], expected, rtol=1e-6)
    some = trained(members=[good] * 2, rows=[np.arange(50), np.arange(40)])
    found = some.left_out_predictions(X)
    assert np.isnan(found[:40]).all()
    both = [epochal.predict(some.model(number), X[50:], verbose=0) for number in (0, 1)]
    assert_allclose(found[50:], np.mean(both, axis=0), rtol=1e-5)
    found = some.left_out_predictions(X, weights=[3, 1])
    assert_allclose(found[50:], (3 * both[0] + both[1]) / 4, rtol=1e-5)
    assert_allclose(some.left_out_predictions(X, weights=[0, 1])[50:], both[1], rtol=1e-5)


@pytest.mark.native
def test_members_of_equal_settings_are_one_candidate() -> None:
    good, bad = {"learning_rate": 0.05}, {"learning_rate": 1e-6}
    folds = [np.arange(60) % 3 != fold for fold in range(3)]
    population = trained(members=[bad, good] * 3, rows=np.repeat(folds, 2, axis=0))
    weights = population.greedy_weights(X, Y)
    assert_allclose(weights, [0, 1 / 3] * 3)
    ensemble = population.ensemble(weights=weights)
    models = [population.model(number) for number in (1, 3, 5)]
    expected = np.mean([epochal.predict(model, X, verbose=0) for model in models], axis=0)
    assert_allclose(ensemble.predict(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.native
def test_members_that_left_nothing_out_are_judged_on_other_data() -> None:
    population = trained(members=[{"learning_rate": rate} for rate in (1e-6, 0.05)])
    assert population.greedy_weights(X[:20], Y[:20]).tolist() == [0, 1]
    with pytest.raises(InputError, match="must have members that left rows out, got none: train"):
        population.left_out_predictions(X)


@pytest.mark.native
def test_what_cannot_be_judged_is_refused() -> None:
    population = trained(members=[{"learning_rate": rate} for rate in (0.05, 0.01)], rows="folds")
    with pytest.raises(InputError, match="some member of each settings left out, got none: give"):
        population.greedy_weights(X, Y)
    alike = trained(members=[{"learning_rate": 0.05}] * 2, rows="folds")
    assert_allclose(alike.greedy_weights(X, Y), [0.5, 0.5])
    with pytest.raises(InputError, match="y must have as many rows as x, 60, got 3: pass both"):
        alike.greedy_weights(X, Y[:3])
    with pytest.raises(InputError, match="x must be what the population was trained on, of at le"):
        alike.greedy_weights(X[:10], Y[:10])
    with pytest.raises(InputError, match="rounds must be a whole number of at least 1, got 0"):
        alike.greedy_weights(X, Y, rounds=0)
    for member in alike.members:
        member.run.model.compile("sgd", lambda y, p: keras.ops.mean((y - p) ** 2))
    with pytest.raises(InputError, match="greedy_weights must have models with one of Keras' los"):
        alike.greedy_weights(X, Y)


@pytest.mark.native
def test_of_many_classes_only_each_rows_own_probability_is_compared(monkeypatch) -> None:
    """The same choice as by the whole outputs, whose loss takes 500 times as many numbers."""
    labels = RANDOM.integers(0, 3, 60)
    compared: list[tuple[int, ...]] = []

    def classifier(learning_rate: float, seed: int) -> keras.Model:
        model = epochal.network("multiclass", 4, classes=3, hidden=(6,), seed=seed)
        model.compile(keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy")
        return model

    def counts(predictions: np.ndarray, *given: Any) -> np.ndarray:
        compared.append(predictions.shape)
        return greedy_counts(predictions, *given)

    rates = [{"learning_rate": rate} for rate in (0.3, 0.1, 0.03, 0.01)]
    population = train_population(
        classifier, X, labels, members=rates, epochs=4, seed=0, verbose=0, rows=[np.arange(20)] * 4
    )
    monkeypatch.setattr(selection, "greedy_counts", counts)
    few = population.greedy_weights(X, labels)
    monkeypatch.setattr(selection, "_classes_of", lambda *_: None)
    whole = population.greedy_weights(X, labels)
    assert_allclose(few, whole)
    assert np.count_nonzero(whole) > 1
    assert compared == [(4, 40, 2), (4, 40, 3)]
