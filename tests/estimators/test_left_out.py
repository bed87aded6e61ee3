"""Intervals and sets of the estimators."""

import pickle
from typing import Any

import numpy as np
import pytest

from epochal import DNNClassifier, DNNRegressor
from epochal.errors import InputError

SMALL: dict[str, Any] = {"hidden": (16,), "epochs": 8, "members": 4, "random_state": 0}


def drawn(rows, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    return x, 5 + 100 * x[:, 0] + random.normal(0, 20, rows)


@pytest.fixture(scope="module")
def regressor():
    return DNNRegressor(**SMALL).fit(*drawn(300))


@pytest.fixture(scope="module", params=[2, 3])
def classifier(request):
    x, y = drawn(300)
    names = np.array(["low", "mid", "top"])[np.digitize(y, [5, 100][: request.param - 1])]
    return DNNClassifier(**SMALL).fit(x, names), x, names


def test_intervals_are_centred_and_hold_the_truth(regressor):
    x, y = drawn(400, seed=1)
    ends = regressor.predict_interval(x, 0.8)
    assert ends.shape == (400, 2)
    np.testing.assert_allclose(ends.mean(axis=1), regressor.predict(x), atol=1e-6)
    assert abs(((ends[:, 0] <= y) & (y <= ends[:, 1])).mean() - 0.8) < 0.09
    assert (np.diff(regressor.predict_interval(x, 0.9)) > np.diff(ends)).all()
    by_size = regressor.predict_interval(x, 0.5, by_size=True)
    assert len(np.unique(np.diff(by_size).round(6))) > 1


def test_several_targets_and_a_saved_estimator(regressor):
    x, y = drawn(60)
    both = DNNRegressor(**SMALL).fit(x, np.column_stack([y, -y]))
    assert both.predict_interval(x[:7], 0.8).shape == (7, 2, 2)
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.predict_interval(x), regressor.predict_interval(x))


def test_sets_hold_the_truth(classifier):
    model, x, names = classifier
    held = model.predict_set(x, 0.9)
    assert held.shape == (300, len(model.classes_))
    truth = np.searchsorted(model.classes_, names)
    assert held[np.arange(300), truth].mean() > 0.85
    aps = model.predict_set(x, 0.9, method="aps", by_class=True)
    assert aps.sum() >= held.sum() * 0.9
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_set(x, 0.9), held)


def test_rows_of_an_eval_set_are_left_out():
    (x, y), given = drawn(100), drawn(50, seed=2)
    model = DNNRegressor(**SMALL).fit(x, y, eval_set=given)
    assert model.model_weights_.sum() == pytest.approx(1)
    errors = np.abs(model.predict(given[0]) - given[1])
    half = np.diff(model.predict_interval(x[:1], 0.5))[0, 0] / 2
    assert half == pytest.approx(np.sort(errors)[25], rel=1e-4)  # the 26th of 50


def test_without_rows_left_out_it_says_what_to_do(regressor):
    x, y = drawn(60)
    alone = DNNRegressor(hidden=(4,), epochs=2, members=1, random_state=0).fit(x, y)
    partly = DNNRegressor(**SMALL).fit(x, y).partial_fit(x, y)
    further = DNNRegressor(**SMALL, warm_start=True).fit(x, y).fit(x, y)
    for model in (alone, partly, further):
        with pytest.raises(
            InputError,
            match=r"^The estimator must have left rows out in its last fit, got one that did not "
            r"\(a single network without early stopping, warm_start, or partial_fit\): fit several "
            r"members, or set early_stopping=True\.$",
        ):
            model.predict_interval(x)
    with pytest.raises(InputError, match="coverage must be above 0 and below 1, got 0"):
        regressor.predict_interval(x, 0)
    with pytest.raises(InputError, match=r"the 300 rows .*, got 0\.999, which needs 999"):
        regressor.predict_interval(x, 0.999)


def test_each_of_several_labels_has_a_set_of_0_and_1():
    x, y = drawn(1300)
    has = np.column_stack([y > 0, x[:, 1] > 1]).astype(int)
    model = DNNClassifier(**SMALL).fit(x[:300], has[:300])
    new, truth = x[300:], has[300:]
    held = model.predict_set(new, 0.9)
    assert held.shape == (1000, 2, 2)
    right = np.take_along_axis(held, truth[..., None], axis=2)
    assert (right.mean(axis=(0, 2)) > 0.85).all()
    by_class = model.predict_set(new, 0.9, by_class=True)
    assert by_class[truth[:, 1] == 1, 1, 1].mean() > 0.8
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_set(new, 0.9), held)
    found = model.predict_uncertainty(new, coverage=0.9)
    np.testing.assert_array_equal(found.held, held)
    said = found.to_pandas()["set_1"]
    assert ((said == "unsure") == held[:, 1].all(axis=1)).all()
    assert ((said == "in") == (held[:, 1, 1] & ~held[:, 1, 0])).all()


def test_rows_unlike_the_training_are_told(regressor):
    x, _ = drawn(400, seed=3)
    assert regressor.unlike_training(x, 0.05).mean() < 0.1
    assert regressor.unlike_training(x + 9).all()
    again = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(again.unlike_training(x), regressor.unlike_training(x))
    few = DNNRegressor(hidden=(4,), epochs=1, members=1, random_state=0).fit(x[:30], x[:30, 0])
    with pytest.raises(InputError, match=r"^false_alarms must be at least 0\.032, as 30 rows "):
        few.unlike_training(x)


def test_the_deviation_is_that_of_the_data_and_of_the_networks(regressor):
    x, y = drawn(400, seed=1)
    mean, std = regressor.predict(x, return_std=True)
    np.testing.assert_allclose(mean, regressor.predict(x))
    each = next(regressor._logits(x))[:, :, 0] * regressor.target_scaler_.scale_
    weights = regressor.model_weights_
    spread = weights @ (each - weights @ each) ** 2
    found = regressor.predict_uncertainty(x, coverage=0.8)
    # Both are scaled by one factor, with which they are as large as the errors left out, less
    # what those of all networks are smaller by.
    left_out, unit = regressor._left_out, regressor.target_scaler_.scale_[0] ** 2
    squared = left_out.optimism * unit * (left_out.y - left_out.outputs) ** 2
    total = squared.mean() + unit * left_out.spread
    factor = np.mean((squared - unit * left_out.excess) / total)
    np.testing.assert_allclose(found.epistemic[:, 0], factor * spread)
    np.testing.assert_allclose(found.aleatoric[:, 0], factor * squared.mean())
    np.testing.assert_allclose(std**2, (found.epistemic + found.aleatoric)[:, 0])
    assert len(np.unique(found.aleatoric)) == 1
    # The deviation is about as large as the errors on rows that the networks have never seen.
    assert 0.7 < np.sqrt(np.mean((y - mean) ** 2 / std**2)) < 1.3
    np.testing.assert_array_equal(found.low[:, 0], regressor.predict_interval(x, 0.8)[:, 0])
    names = ["prediction", "standard_deviation", "total_uncertainty", "aleatoric_uncertainty"]
    assert list(found.to_pandas()) == [*names, "epistemic_uncertainty", "low", "high"]


def test_classes_have_entropies_and_sets(classifier):
    model, x, _ = classifier
    found = model.predict_uncertainty(x, coverage=0.9)
    frame, p = found.to_pandas(), model.predict_proba(x)
    assert (frame["prediction"] == model.predict(x)).all()
    names = [f"probability_{name}" for name in model.classes_]
    np.testing.assert_allclose(frame[names], p, rtol=1e-6)
    np.testing.assert_allclose(frame["total_uncertainty"], -(p * np.log(p)).sum(1), rtol=1e-5)
    assert (found.epistemic > 0).all()
    np.testing.assert_array_equal(found.held, model.predict_set(x, 0.9))


def test_a_deviation_needs_rows_left_out():
    x, y = drawn(60)
    model = DNNRegressor(**SMALL | {"members": 1}).fit(x, y)
    with pytest.raises(InputError, match="must have left rows out"):
        model.predict(x, return_std=True)


def test_probabilities_are_calibrated_by_the_rows_left_out(classifier):
    model, x, _ = classifier
    fitted = model.calibrator()
    known, truth = model._classes_left_out()
    rows = np.arange(len(truth))
    losses = [-np.log(p[rows, truth]).mean() for p in (known, fitted(known))]
    assert losses[1] <= losses[0]
    after = fitted(model.predict_proba(x))
    np.testing.assert_allclose(after.sum(axis=1), 1)
    assert (after.argmax(axis=1) == model.predict_proba(x).argmax(axis=1)).all()
