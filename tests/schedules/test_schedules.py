"""Every schedule of the registry, and the closed forms of each."""

import inspect
from typing import Any

import keras
import numpy as np
import pytest

import epochal.schedules
from epochal import plots
from epochal.errors import InputError
from epochal.schedules import (
    ALL_SCHEDULES,
    CosineDecay,
    ExponentialRise,
    InverseTimeDecay,
    OneCycle,
    PiecewiseConstantDecay,
    PowerDecay,
    WarmUp,
)
from epochal.schedules.base import Schedule
from tests.plots.reading import assert_readable, drawn
from tests.reference import schedules as reference
from tests.tolerances import (
    COSINE_CYCLE,
    FLOAT32_EPS,
    FLOAT32_REDUCTION,
    FLOAT32_ROUNDING,
    LEARNING_RATES,
    RATE_FROM_WEIGHTS,
)

# Rates span seven decades: only a relative error says anything about the small ones.
RELATIVE = FLOAT32_REDUCTION["rtol"]

# Of each schedule an example, and the rates of its first STEPS steps.
STEPS = 120
PIECES = {"boundaries": [30, 90], "values": [0.01, 0.005, 0.001]}
EXAMPLES: dict[str, tuple[dict[str, Any], np.ndarray]] = {
    "cosine_decay": (
        {"initial_learning_rate": 0.1, "decay_steps": 80, "alpha": 0.1},
        reference.cosine_decay(0.1, 80, 0.1, STEPS),
    ),
    "cosine_decay_restarts": (
        {"initial_learning_rate": 0.1, "first_decay_steps": 25, "t_mul": 2.0, "m_mul": 0.8},
        reference.cosine_restarts(0.1, 25, 2.0, 0.8, STEPS),
    ),
    "exponential_decay": (
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.1},
        reference.exponential_decay(0.1, 20, 0.1, STEPS),
    ),
    "exponential_rise": (
        {"start_learning_rate": 1e-6, "final_learning_rate": 10.0, "total_steps": STEPS},
        reference.exponential_rise(1e-6, 10.0, STEPS),
    ),
    "inverse_time_decay": (
        {"initial_learning_rate": 0.1, "decay_steps": 20, "decay_rate": 0.5},
        reference.inverse_time_decay(0.1, 20, 0.5, STEPS),
    ),
    "one_cycle": (
        {"peak_learning_rate": 0.05, "total_steps": STEPS, "momentum": (0.95, 0.85)},
        reference.one_cycle(0.05, STEPS),
    ),
    "piecewise_constant_decay": (
        PIECES,
        reference.piecewise_constant([30, 90], [0.01, 0.005, 0.001], STEPS),
    ),
    "polynomial_decay": (
        {
            "initial_learning_rate": 0.1,
            "decay_steps": 70,
            "end_learning_rate": 0.02,
            "power": 0.5,
        },
        reference.polynomial_decay(0.1, 70, 0.02, 0.5, STEPS),
    ),
    "power_decay": (
        {"initial_learning_rate": 0.1, "decay_steps": 20, "power": 0.7},
        reference.power_decay(0.1, 20, 0.7, STEPS),
    ),
    "warm_up": (
        {"schedule": CosineDecay(0.1, 80), "warmup_steps": 20},
        reference.warm_up(reference.cosine_decay(0.1, 80, 0.0, STEPS - 20), 20),
    ),
}
every_schedule = pytest.mark.parametrize("name", ALL_SCHEDULES)


def example(name: str) -> Any:
    return ALL_SCHEDULES[name](**EXAMPLES[name][0])


def test_the_registry_has_every_public_schedule():
    base = keras.optimizers.schedules.LearningRateSchedule
    public = {
        value
        for value in (getattr(epochal.schedules, name) for name in epochal.schedules.__all__)
        if inspect.isclass(value) and issubclass(value, base)
    }
    assert public == set(ALL_SCHEDULES.values())
    assert set(EXAMPLES) == set(ALL_SCHEDULES)


def test_keras_schedules_are_keras_own():
    for name in ("CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay"):
        assert getattr(epochal.schedules, name) is getattr(keras.optimizers.schedules, name)
    for name in ("PiecewiseConstantDecay", "PolynomialDecay"):
        assert getattr(epochal.schedules, name) is getattr(keras.optimizers.schedules, name)


@every_schedule
def test_the_rates_are_those_of_the_formula(name):
    rates = np.asarray(example(name)(np.arange(STEPS)))
    # Near zero a cosine loses digits to its peak.
    np.testing.assert_allclose(
        rates, EXAMPLES[name][1], rtol=LEARNING_RATES["rtol"], atol=0.1 * FLOAT32_EPS
    )


@every_schedule
def test_an_array_of_steps_gives_the_rates_of_its_steps(name):
    schedule = example(name)
    steps = np.arange(0, 24).reshape(4, 6)
    rates = np.asarray(schedule(steps))
    assert rates.shape == (4, 6)
    one_by_one = np.array([float(schedule(int(step))) for step in steps.ravel()])
    np.testing.assert_allclose(rates.ravel(), one_by_one, **FLOAT32_ROUNDING)


@every_schedule
def test_the_schedule_is_created_again_from_its_configuration(name):
    schedule = example(name)
    again = type(schedule).from_config(schedule.get_config())
    assert again.get_config() == schedule.get_config()
    assert schedule.get_config().keys() >= EXAMPLES[name][0].keys()


@every_schedule
def test_it_draws_itself(name):
    schedule = example(name)
    figure = plots.schedule(schedule, STEPS)
    assert_readable(figure)
    steps, rates = drawn(figure.axes[0])
    np.testing.assert_array_equal(steps, np.arange(STEPS))
    np.testing.assert_allclose(
        rates, schedule(np.arange(STEPS)), rtol=LEARNING_RATES["rtol"], atol=FLOAT32_EPS
    )
    if isinstance(schedule, Schedule):
        own = drawn(schedule.plot(STEPS).axes[0])
        np.testing.assert_array_equal(own[1], rates)


@every_schedule
def test_a_saved_model_keeps_its_schedule(name, tmp_path):
    schedule = example(name)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule), "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    kept = loaded.optimizer.get_config()["learning_rate"]
    kept = keras.saving.deserialize_keras_object(kept) if isinstance(kept, dict) else kept
    assert type(kept) is type(schedule)
    assert kept.get_config() == schedule.get_config()
    np.testing.assert_array_equal(kept(np.arange(20)), schedule(np.arange(20)))


@every_schedule
def test_an_optimizer_follows_the_schedule(name):
    schedule = example(name)
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    for step in range(3):
        before = float(weight.value)
        optimizer.apply([np.float32(1.0)], [weight])
        np.testing.assert_allclose(
            before - float(weight.value), schedule(step), **RATE_FROM_WEIGHTS
        )


@pytest.mark.parametrize("total_steps", [3, 4, 5, 9, 10, 11, 99, 100, 1719])
@pytest.mark.parametrize(("start", "final"), [(None, None), (0.02, 1e-4)])
def test_one_cycle_is_gerons_loop(total_steps, start, final):
    schedule = OneCycle(0.05, total_steps, start, final)
    rates = schedule(np.arange(total_steps))
    expected = reference.one_cycle(0.05, total_steps, start, final)
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


def test_one_cycle_meets_its_corners():
    schedule = OneCycle(0.05, 100)  # tail 11, half (100 - 11) // 2 = 44
    rates = schedule(np.array([0, 22, 44, 66, 88, 94, 100, 10_000]))
    middle = (0.05 + 0.005) / 2
    expected = [0.005, middle, 0.05, middle, 0.005, (0.005 + 5e-6) / 2, 5e-6, 5e-6]
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


@pytest.mark.parametrize("total_steps", [1, 2, 7, 40, 1719])
@pytest.mark.parametrize(("start", "final"), [(None, None), (0.02, 1e-4)])
def test_a_cosine_cycle_is_fastais(total_steps, start, final):
    schedule = OneCycle(0.05, total_steps, start, final, anneal="cosine", momentum=(0.95, 0.85))
    steps = np.arange(total_steps)
    start, final = start or 0.05 / 25, final or 0.05 / 1e5
    expected = reference.cosine_cycle(0.05, total_steps, start, final)
    np.testing.assert_allclose(schedule(steps), expected, **COSINE_CYCLE)
    expected = reference.cosine_cycle(0.85, total_steps, 0.95, 0.95)
    np.testing.assert_allclose(schedule.momentum_at(steps), expected, rtol=RELATIVE)


@pytest.mark.parametrize("total_steps", [3, 10, 11, 100, 1719])
def test_the_momentum_of_a_linear_cycle_goes_against_the_rate(total_steps):
    schedule = OneCycle(0.05, total_steps, momentum=(0.95, 0.85))
    momenta = np.asarray(schedule.momentum_at(np.arange(total_steps)))
    expected = reference.linear_momentum(0.95, 0.85, total_steps)
    np.testing.assert_allclose(momenta, expected, rtol=RELATIVE)
    assert momenta.argmin() == np.asarray(schedule(np.arange(total_steps))).argmax()


def test_a_cycle_with_a_momentum_draws_both():
    figure = OneCycle(0.05, 100, momentum=(0.95, 0.85)).plot(steps_per_epoch=10)
    assert_readable(figure)
    rate, momentum = figure.axes
    assert (rate.get_ylabel(), momentum.get_ylabel()) == ("learning rate", "momentum")
    expected = reference.linear_momentum(0.95, 0.85, 100)
    np.testing.assert_allclose(drawn(momentum)[1], expected, rtol=RELATIVE)
    assert drawn(momentum)[0][-1] == 9.9


def test_power_decay_with_power_one_is_keras_inverse_time_decay():
    steps = np.arange(500)
    ours, theirs = PowerDecay(0.01, 50)(steps), InverseTimeDecay(0.01, 50, 1.0)(steps)
    np.testing.assert_allclose(ours, theirs, **FLOAT32_ROUNDING)


def test_a_length_is_taken_where_it_is_not_given():
    cycle = OneCycle(0.1, anneal="cosine", momentum=(0.9, 0.8), final_learning_rate=1e-4)
    assert cycle.takes_length
    fitted = cycle.for_steps(50)
    assert fitted.get_config() == cycle.get_config() | {"total_steps": 50}
    assert fitted.for_steps(10) is fitted
    warm = WarmUp(cycle, 10).for_steps(60)
    assert (warm.length, warm.schedule.length, warm.takes_length) == (60, 50, False)
    np.testing.assert_allclose(warm(np.arange(10, 60)), fitted(np.arange(50)), rtol=RELATIVE)
    assert warm.cycles_momentum
    np.testing.assert_allclose(warm.momentum_at(np.arange(11)), [0.9] * 11, rtol=RELATIVE)
    decay = PowerDecay(0.1, 10)
    assert decay.for_steps(50) is decay
    assert WarmUp(decay, 5).for_steps(50).length is None


def test_a_cycle_without_a_length_says_what_to_give():
    with pytest.raises(InputError, match="total_steps of OneCycle must be given outside epochal"):
        OneCycle(0.1)(0)
    with pytest.raises(InputError, match="steps must be given to draw a OneCycle that has no len"):
        OneCycle(0.1).plot()
    assert len(drawn(OneCycle(0.1).plot(30).axes[0])[0]) == 30


def test_what_cycles_no_momentum_has_none():
    assert not PowerDecay(0.1, 10).cycles_momentum
    with pytest.raises(NotImplementedError, match="PowerDecay does not set the momentum"):
        PowerDecay(0.1, 10).momentum_at(0)
    with pytest.raises(NotImplementedError, match="WarmUp does not set the momentum"):
        WarmUp(CosineDecay(0.1, 10), 5).momentum_at(0)


@pytest.mark.parametrize("total_steps", [1, 2])
def test_a_cycle_too_short_to_rise_only_falls(total_steps):
    rates = np.asarray(OneCycle(0.05, total_steps)(np.arange(total_steps)))
    expected = 0.005 + (5e-6 - 0.005) * np.arange(total_steps) / total_steps
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


@pytest.mark.parametrize("total_steps", [2, 3, 100])
def test_exponential_rise_is_a_geometric_sequence(total_steps):
    schedule = ExponentialRise(1e-6, 10.0, total_steps)
    rates = schedule(np.arange(total_steps + 1))
    np.testing.assert_allclose(
        rates[:-1], reference.exponential_rise(1e-6, 10.0, total_steps), **LEARNING_RATES
    )
    np.testing.assert_allclose(rates[:-1], np.geomspace(1e-6, 10.0, total_steps), rtol=RELATIVE)
    assert rates[-1] == rates[-2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"peak_learning_rate": 0}, "peak_learning_rate must be finite and above 0, got 0"),
        ({"peak_learning_rate": float("nan")}, "peak_learning_rate must be finite.*got nan"),
        ({"peak_learning_rate": "0.1"}, "peak_learning_rate must be a number above 0, got '0.1'"),
        ({"total_steps": 0}, "total_steps must be a whole number of at least 1, got 0: give epo"),
        ({"total_steps": 10.0}, r"total_steps must be a whole number of at least 1, got 10\.0"),
        ({"start_learning_rate": 1.0}, "peak of 0.1 and a start of 1.0: raise the peak or lower"),
        ({"start_learning_rate": -1.0}, "start_learning_rate must be finite and above 0, got -1"),
        (
            {"final_learning_rate": 0.05},
            "final_learning_rate must be at most start_learning_rate, got a final rate of 0.05",
        ),
        ({"momentum": 0.9}, r"momentum must be a highest momentum below 1 .* got 0.9: give for"),
        ({"momentum": (0.85, 0.95)}, r"got \(0.85, 0.95\): give for example \(0.95, 0.85\)"),
        ({"momentum": (1.0, 0.85)}, r"a highest momentum below 1 and a lower one .* got \(1.0"),
        ({"anneal": "cosin"}, "one of linear, cosine, got 'cosin'. Did you mean 'cosine'?"),
    ],
)
def test_one_cycle_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        OneCycle(**({"peak_learning_rate": 0.1, "total_steps": 10} | arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 0.1, 5), "final_learning_rate must be above start_learning_rate, got 0.1 after"),
        ((0.1, 1.0, 1), "total_steps must be a whole number of at least 2, got 1"),
        ((0.0, 1.0, 5), "start_learning_rate must be finite and above 0, got 0.0"),
        ((0.1, float("inf"), 5), "final_learning_rate must be finite and above 0, got inf"),
    ],
)
def test_exponential_rise_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        ExponentialRise(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 10), "initial_learning_rate must be finite and above 0, got 0.0"),
        ((0.1, 0), "decay_steps must be a whole number of at least 1, got 0: give the steps"),
        ((0.1, 10, -1), "power must be a finite number above 0, got -1: give 1.0, or 0.5 for a"),
        ((0.1, 10, "2"), "power must be a finite number above 0, got '2'"),
    ],
)
def test_power_decay_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        PowerDecay(*arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 10), "schedule must be a Keras LearningRateSchedule, got 0.1: give for example Po"),
        (
            (CosineDecay(0.1, 10), 0),
            "warmup_steps must be a whole number of at least 1, got 0: give about",
        ),
        (
            (PiecewiseConstantDecay([9, 5], [3.0, 2.0, 1.0]), 5),
            "boundaries of PiecewiseConstantDecay must rise, got 5 after 9: sort them, and their",
        ),
    ],
)
def test_warm_up_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        WarmUp(*arguments)


def test_a_warm_up_is_shorter_than_its_fit():
    with pytest.raises(InputError, match="warmup_steps must be below the steps of the fit, got 10"):
        WarmUp(OneCycle(0.1), 10).for_steps(10)
