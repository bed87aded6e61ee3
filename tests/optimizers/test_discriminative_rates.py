"""Each variable at its own part of the rate: beside NumPy, and beside separate optimisers."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers, optimizers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.optimizers import DiscriminativeRates
from epochal.schedules import OneCycle
from tests.engines import ENGINES
from tests.reference import discriminative_rates as reference
from tests.tolerances import FLOAT32_REDUCTION, LOSS_PARITY, NATIVE_PARITY, WEIGHT_PARITY
from tests.training.parity import EVEN_ROWS, assert_parity, compiled, fit_both, numbers

every_engine = pytest.mark.parametrize("engine", ENGINES)
FACTORS = (0.1, 0.1, 1.0, 1.0)
X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 2, seed=1)

EVERY_OPTIMIZER = {
    "sgd": lambda: optimizers.SGD(0.01),
    "decayed sgd": lambda: optimizers.SGD(0.01, weight_decay=0.1),
    "momentum": lambda: optimizers.SGD(0.01, momentum=0.9, clipvalue=0.5),
    "nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.01, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "nadam": lambda: optimizers.Nadam(0.01),
    "adamax": lambda: optimizers.Adamax(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.001, momentum=0.5),
    "adagrad": lambda: optimizers.Adagrad(0.01),
    "adadelta": lambda: optimizers.Adadelta(0.1),
    "adafactor": lambda: optimizers.Adafactor(0.01),
    "ftrl": lambda: optimizers.Ftrl(0.01),
    "lamb": lambda: optimizers.Lamb(0.01),
    "lion": lambda: optimizers.Lion(0.01),
}
every_optimizer = pytest.mark.parametrize("make", EVERY_OPTIMIZER.values(), ids=EVERY_OPTIMIZER)


def net(optimizer, activation="tanh"):
    keras.utils.set_random_seed(3)
    deep = layers.Dense(5, activation, name="deep")
    return compiled(keras.Input((6,)), deep, layers.Dense(2, name="top"), optimizer=optimizer)


def separate(make):
    """Keras' own way: an optimiser for each group, each at its own fixed rate."""
    slow = make()
    slow.learning_rate = float(slow.learning_rate) * FACTORS[0]
    names = optimizers.OptimizerMap(make(), {".*deep.*": slow})
    return optimizers.MultiOptimizer(names)


@every_engine
@pytest.mark.parametrize(
    ("optimizer", "step"),
    [(optimizers.SGD, reference.sgd), (optimizers.Adam, reference.adam)],
    ids=["sgd", "adam"],
)
def test_one_step_is_that_of_numpy(engine, optimizer, step):
    model = net(DiscriminativeRates(optimizer(0.01), FACTORS), activation=None)
    before = [np.asarray(weight, np.float64) for weight in model.get_weights()]
    gradients = reference.linear_gradients(X.astype(float), Y.astype(float), before)
    epochal.fit(model, X, Y, batch_size=len(X), shuffle=False, verbose=0, engine=engine)
    expected = step(before, gradients, [0.01 * factor for factor in FACTORS])
    for weight, wanted in zip(model.get_weights(), expected, strict=True):
        assert_allclose(weight, wanted, **FLOAT32_REDUCTION)


@every_optimizer
def test_it_trains_as_separate_optimisers_do(make):
    ours, theirs = net(DiscriminativeRates(make(), FACTORS)), net(separate(make))
    for model in (ours, theirs):
        model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(one, other, **WEIGHT_PARITY)


@every_optimizer
def test_fit_gives_the_numbers_of_keras(make):
    pair = fit_both(lambda: net(DiscriminativeRates(make(), FACTORS)), X, Y)
    assert_parity(pair, NATIVE_PARITY)


@pytest.mark.native
def test_the_native_engine_takes_it():
    run = epochal.fit(net(DiscriminativeRates(optimizers.Adam(), FACTORS)), X, Y, verbose=0)
    assert run.engine == "native"


def test_the_factors_are_part_of_the_program():
    """Two models that differ in nothing but their factors do not share a program."""
    moved = {}
    for factors in (FACTORS, FACTORS[::-1]):
        model = net(DiscriminativeRates(optimizers.SGD(0.01), factors))
        before = model.get_weights()
        epochal.fit(model, X, Y, verbose=0, seed=1, engine="xla")
        moved[factors] = [
            abs(a - b).max() for a, b in zip(model.get_weights(), before, strict=True)
        ]
    assert moved[FACTORS][0] < moved[FACTORS[::-1]][0]
    assert moved[FACTORS][2] > moved[FACTORS[::-1]][2]


@every_engine
def test_factors_of_one_change_nothing(engine):
    plain, wrapped = net(optimizers.Nadam()), net(DiscriminativeRates(optimizers.Nadam(), [1] * 4))
    for model in (plain, wrapped):
        epochal.fit(model, X, Y, epochs=3, seed=1, verbose=0, engine=engine)
    for one, other in zip(plain.get_weights(), wrapped.get_weights(), strict=True):
        assert_array_equal(one, other)


@every_engine
def test_callbacks_and_schedules_turn_the_one_rate(engine):
    model = net(DiscriminativeRates(optimizers.SGD(0.1), FACTORS))
    scheduler = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / 2**epoch)
    run = epochal.fit(
        model, X, Y, batch_size=EVEN_ROWS, epochs=3, callbacks=[scheduler], verbose=0, engine=engine
    )
    assert_allclose(run.learning_rates, [0.1, 0.05, 0.025], **FLOAT32_REDUCTION)
    assert_allclose(model.optimizer.learning_rate, 0.025, **FLOAT32_REDUCTION)
    decay = optimizers.schedules.InverseTimeDecay(0.1, 1, 1.0)
    run = epochal.fit(
        model, X, Y, batch_size=EVEN_ROWS, epochs=3, schedule=decay, verbose=0, engine=engine
    )
    assert_allclose(run.learning_rates, [0.1, 0.05, 0.1 / 3], **FLOAT32_REDUCTION)
    assert int(model.optimizer.iterations) == 6


def test_averaged_weights_and_accumulated_gradients_are_the_inner_optimisers():
    def make(accumulate):
        inner = optimizers.Adam(0.01, use_ema=True, gradient_accumulation_steps=accumulate)
        return net(DiscriminativeRates(inner, FACTORS))

    assert_parity(fit_both(lambda: make(None), X, Y))
    assert_parity(fit_both(lambda: make(2), X, Y))


def test_half_precision_scales_the_loss_around_it():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = net(DiscriminativeRates(optimizers.SGD(0.01), FACTORS))
        model.compile(model.optimizer, "mse", auto_scale_loss=True)
        assert isinstance(model.optimizer, optimizers.LossScaleOptimizer)
        run = epochal.fit(model, X, Y, epochs=3, verbose=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert run.history["loss"][-1] < run.history["loss"][0]


@every_engine
def test_a_saved_model_goes_on_as_if_it_had_not_been_saved(engine, tmp_path):
    model = net(DiscriminativeRates(optimizers.Adam(0.01), FACTORS))
    epochal.fit(model, X, Y, epochs=2, seed=1, verbose=0, engine=engine)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.optimizer.get_config() == model.optimizer.get_config()
    for each in (model, loaded):
        epochal.fit(each, X, Y, epochs=2, seed=2, verbose=0, engine=engine)
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert_allclose(one, other, **LOSS_PARITY)


def test_a_saved_model_is_loaded_in_a_new_process(tmp_path):
    model = net(DiscriminativeRates(optimizers.Adam(0.01), FACTORS))
    model.save(tmp_path / "model.keras")
    code = (
        "import epochal.optimizers, keras, sys\n"
        "model = keras.saving.load_model(sys.argv[1], safe_mode=True)\n"
        "print(model.optimizer.factors)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "model.keras")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(FACTORS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("adam", FACTORS),
            "inner_optimizer must be a keras.optimizers.Optimizer, got 'adam': pass for example "
            "keras.optimizers.Adam(0.001).",
        ),
        (
            (optimizers.LossScaleOptimizer(optimizers.SGD()), FACTORS),
            "inner_optimizer must be an optimizer that wraps no other, got a LossScaleOptimizer: "
            "pass the one inside it.",
        ),
        (
            (optimizers.SGD(), (1.0, 0)),
            "factors[1] must be finite and above 0, got 0: give a rate such as 0.01.",
        ),
    ],
)
def test_what_it_refuses(arguments, message):
    with pytest.raises(InputError) as error:
        DiscriminativeRates(*arguments)
    assert str(error.value) == message


def test_another_number_of_factors_than_of_variables_is_refused():
    model = net(DiscriminativeRates(optimizers.SGD(), FACTORS[:3]))
    with pytest.raises(InputError) as error:
        epochal.fit(model, X, Y, verbose=0)
    assert str(error.value) == (
        "factors must hold one number for each trainable variable of the model, 4, got 3: compile "
        "again with as many, or let epochal.unfreeze do it."
    )


@every_engine
def test_a_cycled_momentum_is_that_of_the_inner_optimiser(engine):
    """1cycle turns the one rate and the one momentum; factors of one change nothing then."""
    runs = []
    for wrap in (lambda inner: inner, lambda inner: DiscriminativeRates(inner, [1] * 4)):
        model = net(wrap(optimizers.SGD(0.01, momentum=0.9)))
        cycle = OneCycle(0.1, total_steps=12, momentum=(0.95, 0.85))
        runs.append(
            epochal.fit(
                model,
                X,
                Y,
                batch_size=22,
                epochs=6,
                schedule=cycle,
                seed=1,
                verbose=0,
                engine=engine,
            )
        )
    assert_array_equal(runs[0].losses, runs[1].losses)


def test_the_range_test_leaves_the_model_as_it_was():
    model = net(DiscriminativeRates(optimizers.Adam(0.01), FACTORS))
    optimizer, before = model.optimizer, [weight.tobytes() for weight in model.get_weights()]
    curve = epochal.find_learning_rate(model, X, Y, batch_size=8, steps=20, seed=1)
    assert curve.suggestion is not None
    assert model.optimizer is optimizer
    assert [weight.tobytes() for weight in model.get_weights()] == before
