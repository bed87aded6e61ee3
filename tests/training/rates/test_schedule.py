"""Schedules in a fit, on both engines: beside `model.fit`, and their momenta beside plain loops."""

from functools import cache

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

import epochal
from epochal.engine import xla
from epochal.errors import InputError
from epochal.schedules import ALL_SCHEDULES, OneCycle, PiecewiseConstantDecay, PowerDecay, WarmUp
from tests.reference import momentum as reference
from tests.schedules.test_schedules import EXAMPLES
from tests.tolerances import FLOAT32_ROUNDING, LEARNING_RATES, LOSS_PARITY, WEIGHT_PARITY
from tests.training.chosen import chosen
from tests.training.parity import (
    EVEN_ROWS,
    assert_parity,
    compiled,
    dense_net,
    fit_both,
    numbers,
)

layers = keras.layers
X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 1, seed=1)
STEPS = 10  # of two epochs of 5 batches

OPTIMIZERS = {
    "sgd": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: keras.optimizers.Adam(),
}
every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


def fit(model: keras.Model, **arguments) -> epochal.Run:
    chosen = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0} | arguments
    return epochal.fit(model, X, Y, **chosen)


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_a_fit_with_each_schedule_is_that_of_keras(name):
    arguments = {key: value for key, value in EXAMPLES[name][0].items() if key != "momentum"}

    def make() -> keras.Model:
        return dense_net(optimizer=keras.optimizers.SGD(ALL_SCHEDULES[name](**arguments)))

    pair = fit_both(make, X, Y)
    assert_parity(pair)
    assert_allclose(pair.run.learning_rates, EXAMPLES[name][1][:STEPS], **LEARNING_RATES)
    assert pair.run.momenta.shape == (0,)


@pytest.mark.parametrize("name", ALL_SCHEDULES)
def test_the_schedule_of_one_fit_is_the_schedule_of_an_optimiser(name):
    schedule = ALL_SCHEDULES[name](**EXAMPLES[name][0])
    losses = []
    for within in (False, True):
        keras.utils.set_random_seed(3)
        optimizer = keras.optimizers.SGD(schedule if within else 0.1, momentum=0.9)
        run = fit(dense_net(optimizer=optimizer), schedule=None if within else schedule)
        losses.append(run.losses)
    np.testing.assert_array_equal(losses[0], losses[1])


@pytest.mark.parametrize("anneal", ["linear", "cosine"])
@pytest.mark.parametrize("within", [False, True])
def test_a_cycle_takes_its_length_from_the_fit(anneal, within):
    open_end = OneCycle(0.1, anneal=anneal)
    model = dense_net(optimizer=keras.optimizers.SGD(open_end if within else 0.1))
    run = fit(model, schedule=None if within else open_end)
    expected = OneCycle(0.1, STEPS, anneal=anneal)(np.arange(STEPS))
    assert_allclose(run.learning_rates, expected, **FLOAT32_ROUNDING)
    again = fit(model, epochs=1, schedule=None if within else open_end)  # begins anew
    expected = OneCycle(0.1, STEPS // 2, anneal=anneal)(np.arange(STEPS // 2))
    assert_allclose(again.learning_rates, expected, **FLOAT32_ROUNDING)


def test_a_fit_that_goes_on_goes_on_in_the_cycle():
    run = fit(dense_net(), initial_epoch=1, schedule=WarmUp(OneCycle(0.1), 3))
    expected = WarmUp(OneCycle(0.1, STEPS - 3), 3)(np.arange(STEPS))
    assert_allclose(run.learning_rates, expected[STEPS // 2 :], **FLOAT32_ROUNDING)


def test_keras_own_loop_gives_a_length_too():
    runs = []
    for eager in (True, False):
        keras.utils.set_random_seed(3)
        model = dense_net(optimizer=OPTIMIZERS["sgd"](), run_eagerly=eager)
        runs.append(fit(model, schedule=OneCycle(0.1, momentum=(0.95, 0.85))).history["loss"])
    assert_allclose(runs[1], runs[0], **LOSS_PARITY)


def test_another_cycle_is_the_same_program():
    fit(dense_net(optimizer="adam"), schedule=OneCycle(0.1, momentum=(0.95, 0.85)), engine="xla")
    before = xla.EXECUTABLES.traced
    other = OneCycle(0.02, anneal="cosine", momentum=(0.9, 0.5))
    fit(dense_net(optimizer="adam"), epochs=3, schedule=other, engine="xla")
    assert xla.EXECUTABLES.traced == before


def test_discriminative_rates_cycle_the_momentum_of_what_they_wrap():
    cycle = OneCycle(0.05, momentum=(0.95, 0.5))
    losses = []
    for wrapped in (True, False):
        keras.utils.set_random_seed(3)
        optimizer = OPTIMIZERS["adam"]()
        if wrapped:
            optimizer = epochal.optimizers.DiscriminativeRates(optimizer, factors=[1.0] * 4)
        losses.append(fit(dense_net(optimizer=optimizer), schedule=cycle).losses)
    assert_allclose(losses[0], losses[1], **LOSS_PARITY)


def test_no_epoch_needs_no_length():
    assert fit(dense_net(), epochs=0, schedule=OneCycle(0.1)).losses.shape == (0,)


@every_optimizer
def test_a_cycled_momentum_is_that_of_a_plain_loop(name, engine):
    cycle = OneCycle(0.05, momentum=(0.95, 0.5))
    model = compiled(
        keras.Input((6,)), layers.Dense(1, use_bias=False), optimizer=OPTIMIZERS[name]()
    )
    before = np.asarray(model.get_weights()[0], np.float64)
    run = fit(model, schedule=cycle)
    assert (run.engine, run.engine_reason) == chosen()
    fitted = cycle.for_steps(STEPS)
    rates, momenta = fitted(np.arange(STEPS)), fitted.momentum_at(np.arange(STEPS))
    assert_allclose(run.learning_rates, rates, **FLOAT32_ROUNDING)
    assert_allclose(run.momenta, momenta, **FLOAT32_ROUNDING)
    batches = [(X[at : at + 8], Y[at : at + 8]) for at in range(0, EVEN_ROWS, 8)] * 2
    expected = reference.ALL[name](before, batches, np.asarray(rates), np.asarray(momenta))
    assert_allclose(model.get_weights()[0], expected, **WEIGHT_PARITY)
    # The optimiser has its own momentum again.
    config, own = model.optimizer.get_config(), OPTIMIZERS[name]().get_config()
    assert [config.get(key) for key in ("momentum", "beta_1")] == [
        own.get(key) for key in ("momentum", "beta_1")
    ]


CYCLED = OPTIMIZERS | {
    "adamw": lambda: keras.optimizers.AdamW(weight_decay=0.1),
    "nadam": lambda: keras.optimizers.Nadam(),
    "adamax": lambda: keras.optimizers.Adamax(),
    "rmsprop": lambda: keras.optimizers.RMSprop(momentum=0.5),
    "clipped": lambda: keras.optimizers.SGD(momentum=0.9, clipnorm=0.1),
    "lion": lambda: keras.optimizers.Lion(),
}


def losses_of_a_cycle(name: str, within: bool, *, eager: bool) -> list[float]:
    """Of two fits with a cycle, which is the optimiser's own schedule or that of each fit."""
    cycle = WarmUp(OneCycle(0.05, 8, momentum=(0.95, 0.5)), 2)
    keras.utils.set_random_seed(3)
    optimizer = CYCLED[name]()
    if within:
        optimizer = type(optimizer).from_config(optimizer.get_config() | {"learning_rate": cycle})
    model = dense_net(optimizer=optimizer, run_eagerly=eager)
    runs = [fit(model, epochs=1, schedule=None if within else cycle) for _ in range(2)]
    return [*runs[0].history["loss"], *runs[1].history["loss"]]


@cache
def in_keras_own_loop(name: str, within: bool) -> list[float]:
    """Once for all engines."""
    return losses_of_a_cycle(name, within, eager=True)


@pytest.mark.parametrize("name", CYCLED)
@pytest.mark.parametrize("within", [False, True])
def test_a_cycled_momentum_is_that_of_keras_own_loop(name, within):
    """Where each step runs from Python, the optimiser's momentum is set before it."""
    ours = losses_of_a_cycle(name, within, eager=False)
    assert_allclose(ours, in_keras_own_loop(name, within), **LOSS_PARITY)


def test_a_callback_at_every_batch_changes_nothing():
    cycle = OneCycle(0.05, momentum=(0.95, 0.5))
    runs = []
    for callbacks in (
        [],
        [keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)],
    ):
        keras.utils.set_random_seed(3)
        model = dense_net(optimizer=OPTIMIZERS["adam"]())
        runs.append(fit(model, schedule=cycle, callbacks=callbacks, engine="xla"))
    assert_allclose(runs[0].losses, runs[1].losses, **LOSS_PARITY)
    np.testing.assert_array_equal(runs[0].momenta, runs[1].momenta)


def test_a_callback_may_take_the_cycle_out_of_the_optimiser():
    cycle = OneCycle(0.05, STEPS, momentum=(0.95, 0.5))
    model = dense_net(optimizer=keras.optimizers.SGD(cycle, momentum=0.9))
    run = fit(model, callbacks=[Replaced()])
    assert_allclose(run.learning_rates[5:], 0.01, **FLOAT32_ROUNDING)
    assert_allclose(run.momenta[5:], 0.9, **FLOAT32_ROUNDING)
    assert_allclose(run.momenta[:5], cycle.momentum_at(np.arange(5)), **FLOAT32_ROUNDING)


class Replaced(keras.callbacks.Callback):
    """Puts a constant rate in the place of the schedule after the first epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.model.optimizer._learning_rate = 0.01


@pytest.mark.parametrize(
    ("optimizer", "schedule", "message"),
    [
        (
            "sgd",
            OneCycle(0.1, momentum=(0.95, 0.85)),
            "schedule must not cycle the momentum where the optimizer does not use one, got "
            "SGD: compile the model "
            r"with SGD\(momentum=0.9\) or Adam, or leave momentum= out",
        ),
        (
            "sgd",
            PiecewiseConstantDecay([9, 5], [0.3, 0.2, 0.1]),
            "boundaries of PiecewiseConstantDecay must rise, got 5 after 9: sort them, and their",
        ),
        (
            "sgd",
            keras.optimizers.schedules.ExponentialDecay(float("nan"), 10, 0.5),
            "schedule must give one finite rate of at least 0 for each step, got nan from "
            "ExponentialDecay at step 0: check its arguments",
        ),
        ("sgd", PowerDecay, "schedule must be a Keras LearningRateSchedule, got "),
        ("sgd", WarmUp(OneCycle(0.1), 12), "warmup_steps must be below the steps of the fit, got"),
    ],
)
def test_it_refuses(optimizer, schedule, message):
    with pytest.raises(InputError, match=message):
        fit(dense_net(optimizer=optimizer), schedule=schedule)


def test_it_refuses_the_optimisers_own_schedule_too():
    schedule = PiecewiseConstantDecay([9, 5], [0.3, 0.2, 0.1])
    with pytest.raises(InputError, match="boundaries of PiecewiseConstantDecay must rise, got 5"):
        fit(dense_net(optimizer=keras.optimizers.SGD(schedule)))


def test_data_without_a_known_length_gives_none():
    def batches():
        while True:
            yield X[:8], Y[:8]

    with pytest.raises(InputError, match="total_steps of OneCycle must be given where the data"):
        epochal.fit(dense_net(), batches(), shuffle=False, schedule=OneCycle(0.1), verbose=0)
    run = epochal.fit(
        dense_net(), batches(), shuffle=False, steps_per_epoch=3, schedule=OneCycle(0.1), verbose=0
    )
    assert len(run.learning_rates) == 3
