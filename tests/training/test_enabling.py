"""`epochal.enable`: `model.fit` and the like through epochal, with Keras' numbers, and back."""

import re
import threading
from itertools import count
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from tests.tolerances import LOSS_PARITY
from tests.training.parity import (
    Pair,
    assert_parity,
    assert_same_history,
    compiled,
    dense_net,
    numbers,
)

X, Y = numbers(40, 6), numbers(40, 1, seed=1)
KERAS = {name: getattr(keras.Model, name) for name in ("fit", "evaluate", "predict")}


@pytest.fixture(autouse=True)
def _restored():
    yield
    epochal.disable()
    assert {name: getattr(keras.Model, name) for name in KERAS} == KERAS
    assert not set(KERAS) & set(vars(keras.Model))


def seeded(**arguments: Any) -> keras.Model:
    keras.utils.set_random_seed(7)
    return dense_net(**arguments)


def fitted(model: keras.Model, *args: Any, **kwargs: Any) -> Any:
    return model.fit(X, Y, *args, **{"shuffle": False, "verbose": 0} | kwargs)


def test_every_method_goes_through_epochal_with_the_numbers_of_keras(engine):
    theirs = seeded(optimizer="adam", metrics=["mae"])
    # Positional, as old scripts have it: batch_size, epochs, verbose.
    history = fitted(theirs, 8, 2, validation_split=0.2)
    tested, predicted = theirs.evaluate(X, Y, verbose=0), theirs.predict(X, verbose=0)
    ours = seeded(optimizer="adam", metrics=["mae"])
    with epochal.enable():
        run = fitted(ours, 8, 2, validation_split=0.2)
        assert_allclose(ours.evaluate(X, Y, verbose=0), tested, **LOSS_PARITY)
        assert_allclose(ours.predict(X, verbose=0), predicted, **LOSS_PARITY)
    assert run.engine == engine
    assert isinstance(run, keras.callbacks.History)
    assert ours.history is run
    assert run.params == history.params | {"verbose": 0}
    assert_parity(Pair(ours, theirs, run, history))


def test_it_ends_with_the_outermost_and_restoring_twice_is_harmless():
    outer = epochal.enable()
    with epochal.enable():
        pass
    assert keras.Model.fit is not KERAS["fit"]
    inner = epochal.enable()
    outer.restore()
    outer.restore()
    assert fitted(seeded()).engine != "keras"
    inner.restore()
    assert keras.Model.fit is KERAS["fit"]
    with pytest.raises(ZeroDivisionError), epochal.enable():
        raise ZeroDivisionError
    assert keras.Model.fit is KERAS["fit"]
    epochal.enable()
    epochal.enable()
    epochal.disable()
    assert keras.Model.fit is KERAS["fit"]


def test_what_another_has_put_there_meanwhile_stays_and_is_keras_afterwards():
    calls: list[str] = []

    def logged(self: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append("logged")
        return routed(self, *args, **kwargs)

    enabled = epochal.enable()
    routed = keras.Model.fit
    keras.Model.fit = logged
    try:
        assert isinstance(fitted(seeded()), epochal.Run)
        enabled.restore()
        assert keras.Model.fit is logged
        assert not isinstance(fitted(seeded()), epochal.Run)
    finally:
        del keras.Model.fit
    assert calls == ["logged", "logged"]


class OwnStep(keras.Model):
    """Twice the loss, by a `train_step` as Keras documents it on JAX."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return 2 * keras.ops.mean(keras.ops.square(y_pred - y))


def test_a_subclass_with_a_loss_of_its_own():
    both = []
    for handle in (None, epochal.enable):
        keras.utils.set_random_seed(7)
        model = OwnStep()
        model.compile("sgd")
        if handle is None:
            both.append(fitted(model, epochs=2))
        else:
            with handle():
                both.append(fitted(model, epochs=2))
    assert both[1].engine == "xla"
    assert_same_history(both[1].history, both[0].history)


def test_a_subclass_that_overrides_fit_is_called_and_its_super_is_ours():
    class Counting(keras.Sequential):
        fits = 0

        def fit(self, *args: Any, **kwargs: Any) -> Any:
            self.fits += 1
            return super().fit(*args, **kwargs)

    model = Counting([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with epochal.enable():
        assert fitted(model).engine != "keras"
    assert model.fits == 1


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"run_eagerly": True}, "run_eagerly=True"),
        ({"jit_compile": False}, "jit_compile=False"),
        ({"steps_per_execution": 2}, "no multiple of steps_per_execution"),
    ],
)
def test_what_only_keras_can_run_says_why(arguments, reason):
    history = fitted(seeded(**arguments), steps_per_epoch=1)
    with epochal.enable():
        model = seeded(**arguments)
        run = fitted(model, steps_per_epoch=1)
    assert run.engine == "keras"
    assert reason in run.engine_reason
    assert model.history is run
    assert_array_equal(run.history["loss"], history.history["loss"])
    assert not isinstance(history, epochal.Run)


def test_an_own_loop_is_left_to_keras():
    class Own(keras.Sequential):
        def make_train_function(self, force: bool = False) -> Any:
            return super().make_train_function(force)

    model = Own([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with epochal.enable():
        run = fitted(model)
    assert run.engine_reason == "Keras' own loop, because Own overrides make_train_function"


def not_compiled() -> keras.Model:
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])


def message(error: BaseException) -> str:
    """Its first line, without the numbers of automatic names."""
    return re.sub(r"_\d+", "", str(error).splitlines()[0])


@pytest.mark.parametrize(
    ("make", "call"),
    [
        (not_compiled, lambda model: model.fit(X, Y, verbose=0)),
        (seeded, lambda model: model.fit(X, Y[:3], verbose=0)),
        (seeded, lambda model: model.fit(X, Y, no_such=1)),
        (seeded, lambda model: model.fit()),
        (seeded, lambda model: model.fit(X[:, :2], Y, verbose=0)),
        (seeded, lambda model: model.evaluate(X, Y[:3], verbose=0)),
        (seeded, lambda model: model.predict(X[:, :2], verbose=0)),
    ],
)
def test_errors_are_those_of_keras(make, call):
    with pytest.raises(Exception) as theirs:
        call(make())
    with epochal.enable(), pytest.raises(Exception) as ours:
        call(make())
    assert type(ours.value) is type(theirs.value)
    assert message(ours.value) == message(theirs.value)
    assert ours.value.__context__ is None or not isinstance(ours.value.__context__, InputError)


def test_keras_takes_what_epochal_refuses():
    x = X.copy()
    x[0, 0] = np.nan
    with epochal.enable():
        run = seeded().fit(x, Y, verbose=0)
    assert np.isnan(run.history["loss"][0])
    assert "x must be finite" in run.engine_reason


def test_an_error_of_a_callback_comes_once_and_comes_through():
    class Broken(keras.callbacks.Callback):
        begun = 0

        def on_train_begin(self, logs: Any = None) -> None:
            self.begun += 1

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise ZeroDivisionError

    broken = Broken()
    with epochal.enable(), pytest.raises(ZeroDivisionError):
        fitted(seeded(), callbacks=[broken])
    assert broken.begun == 1


def test_a_fit_within_a_fit():
    inner = seeded()

    class Nested(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.runs: list[Any] = []

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.runs.append(fitted(inner))
            self.model.predict(X, verbose=0)

    alone = fitted(seeded(), epochs=2)
    nested = Nested()
    with epochal.enable():
        run = fitted(seeded(), epochs=2, callbacks=[nested])
    assert [each.engine for each in nested.runs] == [run.engine] * 2
    assert_same_history(run.history, alone.history)


def test_threads_with_a_model_each():
    expected = fitted(seeded(), epochs=2).history
    models = [seeded() for _ in range(3)]
    runs: list[Any] = [None] * len(models)

    def train(at: int) -> None:
        runs[at] = fitted(models[at], epochs=2)

    with epochal.enable():
        threads = [threading.Thread(target=train, args=(at,)) for at in range(len(models))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for run in runs:
        assert_same_history(run.history, expected)


def test_batch_hooks_are_called_as_often_as_by_keras():
    class Count(keras.callbacks.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[tuple[str, int]] = []

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seen.append(("train", batch))

        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            self.seen.append(("predict", batch))

    seen = []
    for enabled in (False, True):
        counting, model = Count(), seeded()
        if enabled:
            epochal.enable()
        fitted(model, callbacks=[counting])
        model.predict(X, callbacks=[counting], verbose=0)
        seen.append(counting.seen)
    assert seen[0] == seen[1]
    assert len(seen[0]) == 4


def test_a_generator_that_keras_would_take(engine):
    def batches() -> Any:
        while True:
            yield X[:8], Y[:8]

    history = seeded().fit(batches(), steps_per_epoch=3, verbose=0)
    with epochal.enable():
        run = seeded().fit(batches(), steps_per_epoch=3, verbose=0)
    assert run.engine == engine
    assert_same_history(run.history, history.history)


def test_an_evaluation_of_an_endless_generator_ends_where_a_callback_says():
    class Stop(keras.callbacks.Callback):
        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            self.model.stop_evaluating = batch == 2

    with epochal.enable():
        assert seeded().evaluate(((X[:8], Y[:8]) for _ in count()), callbacks=[Stop()]) > 0


def test_nothing_is_routed_while_nobody_has_enabled_it():
    model = compiled(keras.Input((6,)), keras.layers.Dense(1))
    assert not isinstance(fitted(model), epochal.Run)
