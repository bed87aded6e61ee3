"""Fits and predictions in forked and spawned processes, in joblib's workers, and in threads.

Each child has a limit of time: what hangs is killed, and fails its test.
"""

import faulthandler
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import keras
import numpy as np
import pytest
from keras import layers
from keras.optimizers.schedules import CosineDecay
from numpy.testing import assert_array_equal

import epochal
from epochal.engine import native
from epochal.errors import InputError
from epochal.training import engine_choice
from tests.training.parity import numbers

LIMIT = 60  # seconds: a child needs a few, most of them to import Keras
X, Y = numbers(44, 6), numbers(44, 1, seed=1)
Arrays = list[np.ndarray]


def net(optimizer: Any = "adam") -> keras.Model:
    """With seeds of its own: Keras' global ones are Python's, from which Dask's threads draw."""
    first, last = (keras.initializers.GlorotUniform(seed) for seed in (3, 4))
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(5, "tanh", kernel_initializer=first, kernel_regularizer="l2"),
            layers.Dropout(0.2, seed=5),
            layers.BatchNormalization(),
            layers.Dense(1, kernel_initializer=last),
        ]
    )
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def use(model: keras.Model, engine: str) -> Arrays:
    """All that is to work wherever it runs."""
    run = epochal.fit(
        model, X, Y, epochs=3, validation_split=0.25, seed=1, verbose=0, engine=engine
    )
    samples = epochal.predict_monte_carlo(model, X, samples=4, seed=1, engine=engine)
    return [
        *(np.array(values) for values in run.history.values()),
        np.array([run.diagnosis.kind]),
        epochal.predict(model, X, verbose=0),
        epochal.predictor(model, engine=engine)(X),
        np.array(epochal.evaluate(model, X, Y, verbose=0)),
        samples.mean,
        *model.get_weights(),
    ]


def use_new(engine: str) -> Arrays:
    with pytest.MonkeyPatch.context() as patch:  # a new process knows nothing of the fixture
        patch.setattr(engine_choice, "native_available", lambda: engine == "native")
        return use(net(), engine)


def same(ours: Arrays, theirs: Arrays) -> None:
    for one, other in zip(ours, theirs, strict=True):
        assert_array_equal(one, other)


def _answer(function: Callable[..., Any], arguments: tuple, sender: Any) -> None:
    faulthandler.dump_traceback_later(LIMIT - 5)  # says where it hangs
    try:
        sender.send(function(*arguments))
    except Exception as error:
        sender.send(error)


def in_child(method: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What `function` returns or raises in a process of its own."""
    context: Any = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(function, arguments, sender))
    child.start()
    try:
        assert receiver.poll(LIMIT), f"{function.__name__} hangs"
        return receiver.recv()
    finally:
        child.kill()
        child.join()


forks = pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods() or not native.AVAILABLE,
    reason="processes do not fork here, or the native engine was not built",
)
# JAX warns of every fork: what it warns of is what these tests are about.
pytestmark = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")


@forks
@pytest.mark.parametrize(
    "optimizer",
    ["adam", "sgd", "nadam", lambda: keras.optimizers.Adam(CosineDecay(0.01, 12))],
    ids=["adam", "sgd", "nadam", "schedule"],
)
def test_a_forked_process_fits_and_predicts_on_native(engine, optimizer):
    if engine != "native":
        pytest.skip("see the next tests")
    expected, forked = (net(optimizer() if callable(optimizer) else optimizer) for _ in range(2))
    found = in_child("fork", use, forked, "native")
    if isinstance(found, Exception):
        raise found
    same(found, use(expected, "native"))


@forks
@pytest.mark.parametrize(
    "call",
    [
        lambda model: epochal.fit(model, X, Y, verbose=0, engine="xla"),
        lambda model: epochal.predictor(model, engine="xla"),
        lambda model: epochal.predict_monte_carlo(model, X, samples=2, engine="xla"),
    ],
    ids=["fit", "predictor", "samples"],
)
def test_a_forked_process_says_that_xla_cannot_run_there(engine, call):
    error = in_child("fork", call, net())
    assert isinstance(error, InputError)
    assert str(error) == (
        "the engine 'xla' must run where JAX can compute, got a process that was forked after JAX "
        "had started: start workers with multiprocessing.get_context('spawn') or joblib instead."
    )


def unbuilt() -> keras.Model:
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@forks
def test_a_forked_process_says_that_it_cannot_draw_weights(engine):
    error = in_child("fork", lambda: epochal.fit(unbuilt(), X, Y, verbose=0))
    assert isinstance(error, InputError)
    assert str(error).startswith("a model without weights must run where JAX can compute, got a ")
    error = in_child("fork", lambda: epochal.predict(unbuilt(), X, verbose=0))
    assert str(error).startswith("a model without weights must run where JAX can compute, got a ")


@pytest.mark.slow
def test_a_spawned_process_is_like_any_other(engine):
    found = in_child("spawn", use_new, engine)
    if isinstance(found, Exception):
        raise found
    same(found, use_new(engine))


@pytest.mark.slow
def test_workers_of_joblib_are_like_any_other_process(engine):
    with joblib.parallel_config("loky", n_jobs=2):
        parts = joblib.Parallel(timeout=LIMIT)(joblib.delayed(use_new)(engine) for _ in range(2))
    expected = use_new(engine)
    for found in parts:
        same(found, expected)


def test_threads_with_a_model_each_do_not_disturb_one_another(engine):
    models = [net() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda model: use(model, engine), models, timeout=LIMIT))
    expected = use_new(engine)
    for found in parts:
        same(found, expected)


@pytest.mark.slow
def test_workers_of_dask_are_like_any_other_process(engine):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        found = client.submit(use_new, engine).result(timeout=LIMIT)
    same(found, use_new(engine))
