"""Initial values by NumPy: Keras' numbers, and nothing compiled."""

import subprocess
import sys
from threading import Thread

import jax
import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from epochal.bridge.initial_values import MOST_DRAWN, without_compiling, without_drawing
from epochal.compat._keras import backend_numpy, random_initializers
from tests.tolerances import FLOAT32_ROUNDING

INITIALIZERS = [
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "zeros",
]


def made(name: str, seed: int = 5) -> keras.initializers.Initializer:
    config = {} if name in ("ones", "zeros") else {"seed": seed}
    return keras.initializers.get({"class_name": name, "config": config})


@pytest.mark.parametrize("name", INITIALIZERS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_weights_are_those_of_keras(name, dtype) -> None:
    if name == "orthogonal" and dtype == "bfloat16":
        pytest.skip("JAX has no QR decomposition of bfloat16")
    theirs = keras.Variable(made(name), shape=(12, 5), dtype=dtype)
    with without_compiling():
        ours = keras.Variable(made(name), shape=(12, 5), dtype=dtype)
    assert isinstance(ours.value, jax.Array)
    assert ours.value.dtype == theirs.value.dtype == dtype
    assert_allclose(
        np.asarray(ours.value, float), np.asarray(theirs.value, float), **FLOAT32_ROUNDING
    )


def test_a_seed_generator_and_a_large_draw_are_left_to_jax() -> None:
    seed = keras.random.SeedGenerator(3)
    with without_compiling():
        keras.initializers.HeNormal(seed=seed)((2, 2))
        assert seed.state.value[1] == 1  # it has moved on
        large = keras.initializers.RandomNormal(seed=2)((MOST_DRAWN // 4 + 1, 4))
    assert_array_equal(large, keras.initializers.RandomNormal(seed=2)((MOST_DRAWN // 4 + 1, 4)))


def test_numbers_have_the_type_that_is_asked_for() -> None:
    with without_compiling():
        steps = keras.Variable(0, dtype="int32")
        rate = keras.Variable(0.001, dtype="float32")
        half = keras.Variable(0.5, dtype="float16")
    assert [v.value.dtype for v in (steps, rate, half)] == ["int32", "float32", "float16"]
    assert not any(v.value.weak_type for v in (steps, rate, half))
    assert float(rate.value) == np.float32(0.001)


def test_scopes_within_one_another_and_in_threads_leave_keras_as_it_was() -> None:
    initializers = random_initializers
    before = initializers.random, backend_numpy.zeros

    def build() -> None:
        for _ in range(20):
            with without_compiling(), without_compiling():
                keras.layers.Dense(3).build((None, 2))

    threads = [Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (initializers.random, backend_numpy.zeros) == before


def test_what_is_overwritten_is_not_drawn_and_what_others_build_meanwhile_is() -> None:
    def built() -> keras.Sequential:
        parts = [keras.layers.Dense(3, bias_initializer="ones"), keras.layers.Dropout(0.5, seed=7)]
        return keras.Sequential([keras.Input((2,)), *parts])

    others: list[keras.Sequential] = []
    with without_drawing():
        ours = built()
        constant = keras.initializers.RandomNormal(seed=1)((2,))
        thread = Thread(target=lambda: others.append(built()))
        thread.start()
        thread.join()
    assert not np.any(ours.layers[0].kernel)
    assert np.all(others[0].layers[0].kernel)
    assert np.all(constant)
    assert_array_equal(ours.layers[0].bias, np.ones(3))
    assert_array_equal(ours.layers[1].seed_generator.state.value, [7, 0])


FIRST = """
import epochal, keras, numpy as np
from jax._src import compiler
programs, compile_one = [], compiler.compile_or_get_cached
def counted(*arguments, **options):
    programs.append(arguments)
    return compile_one(*arguments, **options)
x = np.random.default_rng(0).standard_normal((120, 4)).astype(np.float32)
y = (x[:, 0] > 0).astype(int)
def model():
    parts = [keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.2)]
    made = keras.Sequential([*parts, keras.layers.Dense(1, "sigmoid")])
    made.compile("nadam", "binary_crossentropy", metrics=["accuracy"])
    return made
own = model()
compiler.compile_or_get_cached = counted
"""
CALLS = {
    "predict": "epochal.predict(own, x, verbose=0)",
    "evaluate": "epochal.evaluate(own, x, y, verbose=0)",
    "predict_monte_carlo": "epochal.predict_monte_carlo(own, x, samples=4)",
    "find_learning_rate": "epochal.find_learning_rate(own, x, y)",
    "fit": "assert epochal.fit(own, x, y, verbose=0, seed=1).engine == 'native'",
    "network": "epochal.fit(epochal.network('binary', 4, seed=1), x, y, verbose=0)",
    "DNNClassifier": "found = epochal.DNNClassifier(members=2, epochs=3).fit(x, y).predict(x)",
    "unpickled": (
        "from pickle import dumps, loads\n"
        "loads(dumps(epochal.DNNClassifier(members=2, epochs=3).fit(x, y))).predict(x)"
    ),
}


def test_the_first_calls_of_a_process_compile_nothing() -> None:
    counts = [f"{call}\nprint({name!r}, len(programs))" for name, call in CALLS.items()]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([FIRST, *counts])],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{name} 0" for name in CALLS]
