"""One model in several threads: a sentence at once, where two would disturb each other."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import epochal
from epochal.errors import InputError
from tests.training.parity import numbers

X, Y = numbers(44, 6), numbers(44, 1, seed=1)
LIMIT = 60  # seconds

USES: dict[str, Callable[[keras.Model], Any]] = {
    "fits": lambda model: epochal.fit(model, X, Y, verbose=0),
    "evaluates": lambda model: epochal.evaluate(model, X, Y, verbose=0),
    "predicts with": lambda model: epochal.predict(model, X, verbose=0),
    "reads": epochal.predictor,
}


def net() -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, name="only")], name="m")
    model.compile("adam", "mse")
    return model


class Pause(keras.callbacks.Callback):
    """Waits, at a moment of a fit, an evaluation or a prediction, until it is told to go on."""

    def __init__(self, hook: str) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()
        setattr(self, hook, self._wait)

    def _wait(self, *_: Any) -> None:
        self.reached.set()
        assert self.go_on.wait(LIMIT)


@contextmanager
def under_way(use: Callable[..., Any], hook: str) -> Iterator[Any]:
    pause = Pause(hook)
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(use, callbacks=[pause], verbose=0)
        try:
            assert pause.reached.wait(LIMIT)
            yield future
        finally:
            pause.go_on.set()


def refusal(verb: str) -> str:
    return (
        "model must be used by one thread at a time while one trains or evaluates it, got 'm', "
        f"which another thread {verb}: wait for it, or give each thread a "
        "keras.models.clone_model with its weights."
    )


@pytest.mark.parametrize("verb", USES)
def test_nobody_disturbs_a_fit(engine, verb):
    model, alone = net(), net()
    fit = lambda **more: epochal.fit(model, X, Y, epochs=3, seed=1, engine=engine, **more)  # noqa: E731
    with under_way(fit, "on_epoch_end") as future:
        for _ in range(2):
            with pytest.raises(InputError) as error:
                USES[verb](model)
            assert str(error.value) == refusal("fits")
    future.result()
    epochal.fit(alone, X, Y, epochs=3, seed=1, engine=engine, verbose=0)
    for ours, theirs in zip(model.get_weights(), alone.get_weights(), strict=True):
        assert_array_equal(ours, theirs)
    USES[verb](model)  # it is free again


@pytest.mark.parametrize(
    ("use", "hook", "verb"),
    [
        (epochal.evaluate, "on_test_begin", "evaluates"),
        (epochal.predict, "on_predict_begin", "predicts with"),
    ],
)
def test_a_fit_does_not_begin_under_others(engine, use, hook, verb):
    model = net()
    arguments = (model, X, Y) if use is epochal.evaluate else (model, X)
    with under_way(lambda **more: use(*arguments, **more), hook):
        with pytest.raises(InputError) as error:
            epochal.fit(model, X, Y, verbose=0, engine=engine)
        assert str(error.value) == refusal(verb)
    assert epochal.fit(model, X, Y, verbose=0, engine=engine).epoch == [0]


def test_keras_methods_are_guarded_where_epochal_is_enabled(engine):
    model = net()
    with epochal.enable(), under_way(lambda **more: model.fit(X, Y, **more), "on_epoch_end"):
        with pytest.raises(InputError) as error:
            model.fit(X, Y, verbose=0)
        assert str(error.value) == refusal("fits")


def test_several_threads_predict_with_one_model(engine):
    model = net()
    expected = epochal.predict(model, X, verbose=0)
    with under_way(lambda **more: epochal.predict(model, X, **more), "on_predict_begin"):
        assert_array_equal(epochal.predict(model, X, verbose=0), expected)


def test_a_callback_uses_the_model_of_its_own_fit(engine):
    class Uses(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            for verb in ("evaluates", "predicts with", "reads"):
                USES[verb](self.model)

    run = epochal.fit(net(), X, Y, callbacks=[Uses()], verbose=0, engine=engine)
    assert np.isfinite(run.history["loss"]).all()


def test_a_fit_that_failed_leaves_the_model_free(engine):
    class Failing(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise RuntimeError("failed")

    model = net()
    with pytest.raises(RuntimeError, match="failed"):
        epochal.fit(model, X, Y, callbacks=[Failing()], verbose=0, engine=engine)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(USES["fits"], model).result()
