"""Every schedule of the registry, and the closed forms of each."""

import inspect
from typing import Any

import keras
import numpy as np
import pytest

import epochal.schedules
from epochal.errors import InputError
from epochal.schedules import ALL_SCHEDULES, ExponentialRise, OneCycle
from tests.reference.one_cycle import exponential_rise, one_cycle
from tests.tolerances import FLOAT32_REDUCTION, FLOAT32_ROUNDING

# Rates span seven decades: only a relative error says anything about the small ones.
RELATIVE = FLOAT32_REDUCTION["rtol"]

EXAMPLES: dict[str, dict[str, Any]] = {
    "exponential_rise": {
        "start_learning_rate": 1e-6,
        "final_learning_rate": 10.0,
        "total_steps": 50,
    },
    "one_cycle": {"peak_learning_rate": 0.05, "total_steps": 100, "anneal": "cosine"},
}


def test_the_registry_holds_every_public_schedule():
    base = keras.optimizers.schedules.LearningRateSchedule
    public = {
        value
        for value in (getattr(epochal.schedules, name) for name in epochal.schedules.__all__)
        if inspect.isclass(value) and issubclass(value, base)
    }
    assert public == set(ALL_SCHEDULES.values())
    assert set(EXAMPLES) == set(ALL_SCHEDULES)


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_an_array_of_steps_gives_the_rates_of_its_steps(name):
    schedule = ALL_SCHEDULES[name](**EXAMPLES[name])
    steps = np.arange(120).reshape(4, 30)
    rates = np.asarray(schedule(steps))
    assert rates.shape == (4, 30)
    one_by_one = np.array([float(schedule(int(step))) for step in steps.ravel()])
    np.testing.assert_allclose(rates.ravel(), one_by_one, **FLOAT32_ROUNDING)


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_the_configuration_makes_the_schedule_again(name):
    schedule = ALL_SCHEDULES[name](**EXAMPLES[name])
    again = type(schedule).from_config(schedule.get_config())
    assert again.get_config() == schedule.get_config()
    assert schedule.get_config().keys() >= EXAMPLES[name].keys()


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_a_saved_model_keeps_its_schedule(name, tmp_path):
    schedule = ALL_SCHEDULES[name](**EXAMPLES[name])
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule), "mse")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    kept = loaded.optimizer.get_config()["learning_rate"]
    kept = keras.saving.deserialize_keras_object(kept) if isinstance(kept, dict) else kept
    assert type(kept) is type(schedule)
    assert kept.get_config() == schedule.get_config()


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_an_optimiser_follows_the_schedule(name):
    schedule = ALL_SCHEDULES[name](**EXAMPLES[name])
    optimizer = keras.optimizers.SGD(schedule)
    weight = keras.Variable(0.0)
    optimizer.build([weight])
    for step in range(3):
        before = float(weight.value)
        optimizer.apply([np.float32(1.0)], [weight])
        np.testing.assert_allclose(before - float(weight.value), schedule(step), rtol=1e-4)


@pytest.mark.parametrize("total_steps", [3, 4, 5, 9, 10, 11, 99, 100, 1719])
@pytest.mark.parametrize(("start", "final"), [(None, None), (0.02, 1e-4)])
def test_one_cycle_is_the_documents_loop(total_steps, start, final):
    schedule = OneCycle(0.05, total_steps, start, final)
    rates = schedule(np.arange(total_steps))
    expected = one_cycle(0.05, total_steps, start, final)
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


@pytest.mark.parametrize("anneal", ["linear", "cosine"])
def test_one_cycle_meets_its_corners(anneal):
    schedule = OneCycle(0.05, 100, anneal=anneal)  # tail 11, half (100 - 11) // 2 = 44
    rates = schedule(np.array([0, 22, 44, 66, 88, 94, 100, 10_000]))
    middle = (0.05 + 0.005) / 2
    expected = [0.005, middle, 0.05, middle, 0.005, (0.005 + 5e-6) / 2, 5e-6, 5e-6]
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


def test_cosine_annealing_is_flat_at_the_corners():
    schedule = OneCycle(1.0, 1000, anneal="cosine")
    climb = np.asarray(schedule(np.arange(450)))
    expected = 0.1 + 0.9 * (1 - np.cos(np.pi * np.arange(450) / 449)) / 2
    np.testing.assert_allclose(climb, expected, rtol=RELATIVE)


@pytest.mark.parametrize("total_steps", [1, 2])
def test_a_cycle_too_short_to_climb_only_falls(total_steps):
    rates = np.asarray(OneCycle(0.05, total_steps)(np.arange(total_steps)))
    expected = 0.005 + (5e-6 - 0.005) * np.arange(total_steps) / total_steps
    np.testing.assert_allclose(rates, expected, rtol=RELATIVE)


@pytest.mark.parametrize("total_steps", [2, 3, 100])
def test_exponential_rise_is_a_geometric_sequence(total_steps):
    schedule = ExponentialRise(1e-6, 10.0, total_steps)
    rates = schedule(np.arange(total_steps + 1))
    np.testing.assert_allclose(rates[:-1], exponential_rise(1e-6, 10.0, total_steps), rtol=1e-5)
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
        ({"anneal": "cosin"}, "one of linear, cosine, got 'cosin'. Did you mean 'cosine'?"),
    ],
)
def test_one_cycle_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        OneCycle(**({"peak_learning_rate": 0.1, "total_steps": 10} | arguments))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.1, 0.1, 5), "final_learning_rate must lie above start_learning_rate, got 0.1 after"),
        ((0.1, 1.0, 1), "total_steps must be a whole number of at least 2, got 1"),
        ((0.0, 1.0, 5), "start_learning_rate must be finite and above 0, got 0.0"),
        ((0.1, float("inf"), 5), "final_learning_rate must be finite and above 0, got inf"),
    ],
)
def test_exponential_rise_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        ExponentialRise(*arguments)
