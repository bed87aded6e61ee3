"""Quantised copies are as close as their bits allow, smaller on disk, and save and load."""

import re
import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import epochal
from epochal.compression import sparsity_of
from epochal.compression.cost import sizes_of
from epochal.compression.quantization import MODES
from epochal.errors import InputError
from tests.compression.random_models import fingerprint, predicted, randomized, rows
from tests.tolerances import FLOAT32_REDUCTION

layers = keras.layers
# Of a probability, over 64 rows of `net`: twice the largest of three draws of its weights.
LARGEST_CHANGE = {"float16": 3e-3, "bfloat16": 2e-2, "int8": 4e-2, "int4": 0.27}
# Of the file, with what is not a kernel in it.
SIZES = {"float16": 0.6, "bfloat16": 0.6, "int8": 0.4, "int4": 0.3}


def net(width: int = 256, seed: int = 0) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((16,)),
            layers.Dense(width, activation="relu"),
            layers.BatchNormalization(),
            layers.Dense(width, activation="elu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return randomized(model, seed)


@pytest.mark.parametrize("mode", MODES)
def test_it_is_smaller_close_and_leaves_the_original(mode: Any, tmp_path: Any) -> None:
    model = net()
    before = fingerprint(model)
    copy = epochal.quantize(model, mode)
    assert fingerprint(model) == before
    x = rows(model, 64)
    ours, theirs = (np.asarray(predicted(each, x)[0], np.float32) for each in (copy, model))
    assert 0 < np.abs(ours - theirs).max() < LARGEST_CHANGE[mode]
    assert sizes_of(copy)[0] < SIZES[mode] * sizes_of(model)[0]
    copy.save(tmp_path / "small.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the optimiser has not begun
        loaded = keras.saving.load_model(tmp_path / "small.keras")
    np.testing.assert_array_equal(
        np.asarray(predicted(loaded, x)[0], np.float32), np.asarray(ours, np.float32)
    )


@pytest.mark.parametrize("mode", MODES)
def test_it_is_compiled_and_predicts_through_epochal(mode: Any) -> None:
    model = net(16)
    copy = epochal.quantize(model, mode)
    x, y = rows(model, 32), np.arange(32) % 3
    scores = epochal.evaluate(copy, x, y, verbose=0, return_dict=True)
    assert set(scores) == {"loss", "accuracy"}
    assert np.isfinite(scores["loss"])
    np.testing.assert_allclose(
        np.asarray(epochal.predict(copy, x, verbose=0), np.float32),
        np.asarray(predicted(copy, x)[0], np.float32),
        rtol=0,
        # One rounding of a probability at most.
        atol=2.0**-8 if mode == "bfloat16" else 2.0**-10,
    )


# Few shapes: each is compiled.
@given(seed=st.integers(0, 2**16), inputs=st.sampled_from([1, 21]))
@settings(max_examples=5)
def test_an_int8_dense_is_off_by_its_roundings_alone(seed: int, inputs: int) -> None:
    """|x'W' - xW| <= sum |x| dw + |w'| dx, with half a step of each, dw and dx."""
    model = keras.Sequential([keras.Input((inputs,)), layers.Dense(4)])
    randomized(model, seed)
    x = rows(model, 5, seed)
    w, b = (np.asarray(weight, np.float64) for weight in model.layers[0].weights)
    copy = epochal.quantize(model)
    step_w = np.abs(w).max(axis=0) / 127
    step_x = np.abs(x).max(axis=1, keepdims=True) / 127
    stored = np.asarray(copy.layers[0].kernel, np.float64) * step_w
    assert (np.abs(stored - w) <= step_w * 0.501).all()
    bound = np.abs(x).sum(1, keepdims=True) * step_w / 2 + step_x / 2 * np.abs(stored).sum(0)
    off = np.abs(np.asarray(copy(x), np.float64) - (x @ w + b))
    assert (off <= 1.01 * bound + FLOAT32_REDUCTION["atol"]).all()


@given(seed=st.integers(0, 2**16), inputs=st.sampled_from([2, 21]))
@settings(max_examples=5)
def test_an_int4_weight_is_off_by_a_step_at_most(seed: int, inputs: int) -> None:
    model = randomized(keras.Sequential([keras.Input((inputs,)), layers.Dense(4)]), seed)
    model.layers[0].bias.assign(np.zeros(4))
    w = np.asarray(model.layers[0].kernel, np.float64)
    stored = np.asarray(epochal.quantize(model, "int4")(np.eye(inputs, dtype=np.float32)))
    span = np.maximum(w.max(axis=0), 0) - np.minimum(w.min(axis=0), 0)
    assert (np.abs(stored - w) <= 1.01 * span / 15).all()


@pytest.mark.parametrize("mode", ["int8", "int4"])
def test_what_is_zero_stays_zero(mode: Any) -> None:
    model = net(16)
    kernel = model.layers[0].kernel
    kernel.assign(np.where(np.abs(kernel) < 0.2, 0, np.asarray(kernel)))
    before = sparsity_of(model)["zeros"].iloc[0]
    after = sparsity_of(epochal.quantize(model, mode))["zeros"].iloc[0]
    assert before > 0
    assert after >= before


def test_a_convolution_stays_and_is_named() -> None:
    model = keras.Sequential(
        [
            keras.Input((6, 6, 2)),
            layers.Conv2D(3, 3, name="conv"),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    with pytest.warns(
        UserWarning,
        match=r"^conv \(Conv2D\) stays in float32: Keras has int8 for Dense, EinsumDense and "
        r"Embedding layers\.$",
    ):
        copy = epochal.quantize(model)
    assert [weight.dtype for weight in copy.weights][:3] == ["float32", "float32", "float32"]
    assert copy.layers[-1].kernel.dtype == "int8"


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a misspelt mode": (
        lambda: epochal.quantize(net(4), "int_8"),  # type: ignore[arg-type]
        "mode must be one of float16, bfloat16, int8, int4, got 'int_8': choose one of them. Did "
        "you mean 'int8'?",
    ),
    "nothing to quantise": (
        lambda: epochal.quantize(
            keras.Sequential([keras.Input((4,)), layers.BatchNormalization()], name="bare")
        ),
        "model must have a Dense, EinsumDense or Embedding layer to become int8, got 'bare' "
        "without any: give 'float16', which is for every layer.",
    ),
    "a layer that JAX has not in float16": (
        lambda: epochal.quantize(
            keras.Sequential(
                [keras.Input((5, 4)), layers.LSTM(3, name="memory"), layers.Dense(2)], name="net"
            ),
            "float16",
        ),
        "model must have layers that JAX can compute in float16, got 'net', of which one can't "
        "(memory (LSTM) could not be built): give 'int8'.",
    ),
    "an unbuilt model": (
        lambda: epochal.quantize(keras.Sequential([layers.Dense(1)], name="bare")),
        "model must be built before epochal.quantize, got 'bare' without weights: give it a "
        "keras.Input or call it on one batch.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()
