"""The range test: what it finds, that it repeats, and that it leaves no trace."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

import epochal.tuning.learning_rate as range_test
from epochal.errors import InputError
from epochal.models import network
from epochal.schedules import ExponentialRise
from epochal.training import fit
from epochal.tuning import LearningRateCurve, find_learning_rate
from epochal.tuning.range_test import curve_of, smooth, steps_before_divergence

RNG = np.random.default_rng(3)
X = RNG.standard_normal((200, 6)).astype("float32")
Y = (X @ RNG.standard_normal(6) > 0).astype("float32")
RATES = np.geomspace(1e-6, 10.0, 100)


def model_of(**arguments) -> keras.Model:
    chosen: dict[str, Any] = {"hidden": (16,), "seed": 0} | arguments
    return network("binary", 6, **chosen)


def everything(model: keras.Model) -> dict:
    """All that a fit could change: values of variables, and what hangs on the model."""
    return {
        "weights": [np.array(weight) for weight in model.get_weights()],
        "optimizer": [(v.path, np.array(v)) for v in model.optimizer.variables],
        "metrics": [np.array(variable) for variable in model.metrics_variables],
        "random": [
            np.array(layer.seed_generator.state)
            for layer in model.layers
            if hasattr(layer, "seed_generator")
        ],
        "trainable": [weight.trainable for weight in model.weights],
        "objects": (id(model.optimizer), id(getattr(model, "history", None))),
        "attributes": set(vars(model)),
        "stopped": getattr(model, "stop_training", False),
        "compiled": model.get_compile_config(),
        "built": model.optimizer.built,
    }


def numpy_state() -> np.ndarray:
    return np.random.get_state(legacy=False)["state"]["key"]


def compiled_model(trained: bool) -> keras.Model:
    model = model_of(dropout=0.2, hidden=(8,) * 4)  # with batch normalisation and its statistics
    if trained:
        fit(model, X, Y, epochs=2, verbose=0, seed=5)
    return model


@pytest.mark.parametrize("trained", [False, True])
def test_it_leaves_everything_as_it_was(trained):
    model = compiled_model(trained)
    x, y, weight = X.copy(), Y.copy(), np.ones(len(X), "float32")
    model.evaluate(x, y, verbose=0)  # metrics exist, and are not at zero
    state = numpy_state().copy()
    before = everything(model)
    find_learning_rate(model, x, y, sample_weight=weight, steps=20)
    assert_equal(before, everything(model))
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)
    np.testing.assert_array_equal(weight, 1)
    np.testing.assert_array_equal(numpy_state(), state)


def test_a_model_that_never_trained_gets_metrics_at_zero_and_nothing_else():
    model = compiled_model(trained=False)
    before = everything(model)
    find_learning_rate(model, X, Y, steps=20)
    after = everything(model)
    assert not any(metric.any() for metric in after.pop("metrics"))
    before.pop("metrics")
    assert_equal(before, after)


class Staircase(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule of the user's own, which Keras cannot find by its name."""

    def __call__(self, step):
        return 0.1 / (1 + step // 10)

    def get_config(self):
        return {}


def test_a_schedule_of_the_users_own_stays_in_the_optimiser():
    model = model_of(learning_rate=Staircase())
    fit(model, X, Y, epochs=1, verbose=0)
    before = everything(model)
    assert find_learning_rate(model, X, Y, steps=40).suggestion
    assert_equal(before, everything(model))


def test_it_leaves_everything_as_it_was_when_interrupted(monkeypatch):
    model = compiled_model(trained=True)
    before = everything(model)

    def interrupted(*arguments, **named):
        fit(*arguments, **named)
        if named["epochs"]:
            raise KeyboardInterrupt

    monkeypatch.setattr(range_test, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_learning_rate(model, X, Y, steps=20)
    assert_equal(before, everything(model))


def assert_equal(before, after):
    assert before.keys() == after.keys()
    for name in before:
        np.testing.assert_equal(after[name], before[name], err_msg=name)


def test_it_repeats_to_the_bit_and_hangs_on_its_seed():
    model = model_of(dropout=0.2)
    first, again = (find_learning_rate(model, X, Y, steps=30) for _ in range(2))
    other = find_learning_rate(model, X, Y, steps=30, seed=1)
    np.testing.assert_array_equal(first.losses, again.losses)
    assert first.suggestion == again.suggestion
    assert not np.array_equal(first.losses[:10], other.losses[:10])


def test_its_rates_and_losses_are_those_of_a_fit():
    curve = find_learning_rate(model_of(), X, Y, steps=60, minimum=1e-4, maximum=0.1, seed=4)
    np.testing.assert_allclose(curve.learning_rates, np.geomspace(1e-4, 0.1, 60), rtol=1e-5)
    schedule = ExponentialRise(1e-4, 0.1, 60)
    run = fit(model_of(), X, Y, epochs=9, schedule=schedule, seed=4, verbose=0)
    np.testing.assert_array_equal(curve.losses, run.losses[:60])


@pytest.mark.parametrize("steps", [5, 12])
def test_it_takes_as_many_steps_as_asked_for(steps):
    curve = find_learning_rate(model_of(), X, Y, steps=steps, maximum=1e-3, batch_size=32)
    assert len(curve.learning_rates) == len(curve.losses) == len(curve.smoothed) == steps


def test_the_suggestion_trains_better_than_a_tenth_and_a_hundred_times_it():
    suggestion = find_learning_rate(model_of(), X, Y).suggestion
    assert suggestion is not None
    losses = []
    for rate in (suggestion / 10, suggestion, suggestion * 100):
        run = fit(model_of(learning_rate=rate), X, Y, epochs=10, verbose=0, seed=0)
        losses.append(run.history["loss"][-1])
    assert np.nanargmin(losses) == 1


def test_a_constant_loss_gives_no_suggestion():
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, trainable=False)])
    model.compile("sgd", "mse")
    curve = find_learning_rate(model, np.ones((64, 6)), np.ones(64), steps=20)
    assert (curve.suggestion, curve.suggestions, curve.peak) == (None, {}, None)
    assert curve.warnings == (
        "The loss never fell: the data may carry no signal, or minimum is too high.",
    )


def sigmoid_fall(center: float) -> np.ndarray:
    """A loss that falls from 2 to 1 around the rate `center`, steepest there."""
    return 1 + 1 / (1 + np.exp(2 * np.log(RATES / center)))


def test_the_steepest_fall_of_a_known_curve_is_found():
    curve = curve_of(RATES, sigmoid_fall(1e-2))
    assert curve.rule == "steepest"
    assert curve.suggestion == pytest.approx(1e-2, rel=0.2)


def test_what_lies_beyond_four_times_the_best_loss_is_cut_off():
    losses = np.full(100, 1.0)
    losses[60:] = 1e6
    assert steps_before_divergence(losses) == 60
    losses[60:] = 3.0  # a running mean of at most 3
    assert steps_before_divergence(losses) == 100
    losses[30] = np.nan
    assert steps_before_divergence(losses) == 30


def test_a_likelihood_that_falls_below_zero_has_not_diverged():
    falling = np.linspace(1.4, -1.2, 100) + 0.1 * np.random.default_rng(0).standard_normal(100)
    assert steps_before_divergence(falling) == 100
    rising = np.concatenate([falling, np.full(30, 1e3)])
    assert steps_before_divergence(rising) == 100
    assert steps_before_divergence(rising - 3) == 100
    assert curve_of(RATES, falling).suggestion is not None


def test_smoothing_keeps_a_straight_line_and_calms_noise():
    line = np.linspace(2.0, 1.0, 100)
    np.testing.assert_allclose(smooth(line, 4)[20:-20], line[20:-20], rtol=1e-6)
    noise = np.random.default_rng(0).standard_normal(2000)
    # The mean of independent values with Gaussian weights: deviation 1 / sqrt(2 sqrt(pi) s).
    assert smooth(noise, 4).std() == pytest.approx((2 * np.sqrt(np.pi) * 4) ** -0.5, rel=0.15)


def test_the_warnings():
    def doubts(losses: np.ndarray) -> str:
        return " ".join(curve_of(RATES, losses).warnings)

    fall = sigmoid_fall(1e-2)
    fall[75:] = 1e6
    assert doubts(fall) == ""
    noise = np.random.default_rng(0).standard_normal(100)
    assert "less than its noise from batch to batch" in doubts(20 + noise - 1e-3 * RATES)
    assert "still falling at the highest rate, 10: raise maximum" in doubts(sigmoid_fall(1.0))
    assert "fell fastest among the lowest rates, from 1e-06: lower minimum" in doubts(
        sigmoid_fall(1e-6)
    )


def test_it_doubts_what_is_flat_and_rules_that_disagree():
    flat = 100 + sigmoid_fall(1e-2)
    flat[75:] = 1e6
    assert curve_of(RATES, flat).warnings == (
        "The curve is flat: the loss fell from 102 to 101 only: the data may carry little signal, "
        "or it takes more steps.",
    )
    apart = sigmoid_fall(1e-4)
    apart[95:] = 1e6  # the minimum lies far beyond the fall
    (warning,) = curve_of(RATES, apart).warnings
    assert warning.startswith("The suggestion rules disagree by more than 3× (steepest 9.5e-05, ")
    assert warning.endswith("): compare them in a few steps of training each.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"minimum": 0.0}, "minimum must be finite and above 0, got 0.0: give for example 1e-06"),
        ({"maximum": float("inf")}, "maximum must be finite and above 0, got inf: give for exam"),
        ({"minimum": 1.0, "maximum": 0.1}, "maximum must lie above minimum, got 0.1 and 1.0: swap"),
        ({"steps": 2}, "steps must be a whole number of at least 3, got 2: give for example 100"),
        (
            {"batch_size": 0},
            "batch_size must be a whole number of at least 1, got 0: give for example 32",
        ),
        ({"model": "nadam"}, "model must be a keras.Model, got 'nadam'"),
        (
            {"model": keras.Sequential([keras.layers.Dense(1)])},
            "without weights: give it a keras.Input",
        ),
    ],
)
def test_it_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        find_learning_rate(**({"model": model_of(), "x": X, "y": Y} | arguments))


@pytest.mark.parametrize(
    ("lowest", "peak"),
    [
        pytest.param(1e-1, 1e-1, id="ten times the suggestion"),
        pytest.param(5e-2, 5e-2, id="the rate of the lowest loss, where that is less"),
        pytest.param(1.0, 1e-1, id="no more than ten times"),
    ],
)
def test_the_peak_of_a_cycle_lies_between_the_suggestion_and_the_lowest_loss(lowest, peak):
    rates = np.array([1e-3, 1e-2, 5e-2, 1e-1, 1.0])
    curve = LearningRateCurve(
        learning_rates=rates,
        losses=(rates != lowest).astype(float),
        smoothed=(rates != lowest).astype(float),
        suggestions={"steepest": 1e-2},
        suggestion=1e-2,
        rule="steepest",
        warnings=(),
    )
    assert curve.peak == pytest.approx(peak)
    assert replace(curve, suggestion=None).peak is None
