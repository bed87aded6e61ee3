"""`epochal.fit` beside `model.fit`: two models made alike, trained alike, compared."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
from hypothesis import Phase
from numpy.testing import assert_allclose

import epochal
from tests.tolerances import LOSS_PARITY, WEIGHT_PARITY, Tolerance

# Of drawn networks, an example of which takes seconds: the first that fails is told, not a smaller
# one looked for.
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)

ROWS = 44  # 5 batches of 8, and a last one of 4
# The same without the last one: everything would be compiled a second time for its four rows.
EVEN_ROWS = 40


class Pair(NamedTuple):
    """What came of training both ways."""

    ours: keras.Model
    theirs: keras.Model
    run: epochal.Run
    history: keras.callbacks.History


class KerasSide:
    """What Keras' fits of a module came to: one that is run on two engines trains them once.

    A fit is known by its test and by how many the test has made before.
    """

    def __init__(self) -> None:
        self._kept: dict[Any, tuple[keras.Model, keras.callbacks.History, list[np.ndarray]]] = {}
        self._test: Any = None
        self._fits = 0

    def begin(self, test: Any) -> None:
        """`test` names what runs now, whatever its engine; None where its fits are drawn."""
        self._test, self._fits = test, 0

    def clear(self) -> None:
        self._kept.clear()

    def trained(
        self, fit: Callable[[], tuple[keras.Model, keras.callbacks.History]]
    ) -> tuple[keras.Model, keras.callbacks.History]:
        """The model and the history of `fit`, as they were right after it."""
        if self._test is None:
            return fit()
        key, self._fits = (self._test, self._fits), self._fits + 1
        if key not in self._kept:
            model, history = fit()
            self._kept[key] = model, history, [np.array(each) for each in _variables(model)]
        else:
            model, history, values = self._kept[key]
            for variable, value in zip(_variables(model), values, strict=True):
                variable.assign(value)  # the test may have gone on with it
        return model, history


KERAS_SIDE = KerasSide()


def _variables(model: keras.Model) -> list[Any]:
    return [*model.variables, *model.optimizer.variables, *model.metrics_variables]


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal, float32."""
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


def labels(count: int, classes: int, seed: int = 0) -> np.ndarray:
    """Class indices, int64 (count,)."""
    return np.random.default_rng([seed, count, classes]).integers(0, classes, count)


def compiled(*layers: keras.Layer, optimizer: Any = "sgd", loss: Any = "mse", **kwargs: Any) -> Any:
    model = keras.Sequential(list(layers))
    model.compile(optimizer, loss, **kwargs)
    return model


def dense_net(**kwargs: Any) -> keras.Model:
    """Six features to one number."""
    layers = keras.layers
    return compiled(keras.Input((6,)), layers.Dense(5, "tanh"), layers.Dense(1), **kwargs)


def fit_both(
    make: Callable[[], keras.Model],
    *arrays: Any,
    callbacks: Callable[[], Any] | None = None,
    data: Callable[[], Any] | None = None,
    before: Callable[[keras.Model], None] = lambda model: None,
    **arguments: Any,
) -> Pair:
    """Train a model of `make` by each, from equal weights on equal batches.

    `callbacks` and `data` make what cannot be used twice: a callback, a generator.
    """
    arguments = {"batch_size": 8, "epochs": 2, "shuffle": False, "verbose": 0} | arguments
    if data is not None:
        arguments = {name: value for name, value in arguments.items() if name != "batch_size"}

    def by_keras() -> tuple[keras.Model, keras.callbacks.History]:
        keras.utils.set_random_seed(7)
        model = make()
        before(model)
        given = arrays if data is None else (data(),)
        return model, model.fit(*given, callbacks=callbacks and callbacks(), **arguments)

    # What a test's own callbacks or data have seen is compared with what ours see: they must run.
    alone = data is None and callbacks is None
    theirs, history = KERAS_SIDE.trained(by_keras) if alone else by_keras()
    keras.utils.set_random_seed(7)
    ours = make()
    before(ours)
    given = arrays if data is None else (data(),)
    run = epochal.fit(ours, *given, callbacks=callbacks and callbacks(), **arguments)
    return Pair(ours, theirs, run, history)


def assert_same_history(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], tolerance: Tolerance = LOSS_PARITY
) -> None:
    # The order counts: it is the order of the columns of a log file.
    assert list(ours) == list(theirs)
    for name, values in theirs.items():
        assert_allclose(ours[name], values, err_msg=name, **tolerance)


def assert_same_weights(
    ours: keras.Model, theirs: keras.Model, tolerance: Tolerance = WEIGHT_PARITY
) -> None:
    for one, other in zip(ours.weights, theirs.weights, strict=True):
        assert one.dtype == other.dtype
        assert_allclose(one, other, err_msg=other.path, **tolerance)


def assert_parity(
    pair: Pair, losses: Tolerance = LOSS_PARITY, weights: Tolerance = WEIGHT_PARITY
) -> None:
    """The same history, epochs, weights, optimiser state and iteration count."""
    ours, theirs, run, history = pair
    assert run.epoch == history.epoch
    assert_same_history(run.history, history.history, losses)
    assert_same_weights(ours, theirs, weights)
    assert int(ours.optimizer.iterations) == int(theirs.optimizer.iterations)
    assert_allclose(ours.optimizer.learning_rate, theirs.optimizer.learning_rate, **losses)
    for one, other in zip(ours.optimizer.variables, theirs.optimizer.variables, strict=True):
        assert_allclose(one, other, err_msg=other.path, **weights)
