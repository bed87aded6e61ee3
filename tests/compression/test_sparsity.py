"""Which weights are pruned, how many at each epoch, and what is counted."""

import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from epochal.compression import PolynomialSparsity, sparsity_of
from epochal.compression.sparsity import kernels_of, magnitude_mask
from epochal.errors import InputError
from tests.tolerances import FLOAT64

layers = keras.layers


@given(
    weights=arrays(np.float32, array_shapes(max_dims=3), elements=st.floats(-5, 5, width=32)),
    sparsity=st.floats(0, 0.99),
)
def test_the_largest_stay(weights: np.ndarray, sparsity: float) -> None:
    keep = magnitude_mask(weights, sparsity)
    assert (~keep).sum() == round(sparsity * weights.size)
    gone, kept = np.abs(weights[~keep]), np.abs(weights[keep])
    assert not gone.size or not kept.size or gone.max() <= kept.min()
    again = magnitude_mask(np.where(keep, weights, 0), sparsity)
    np.testing.assert_array_equal((np.where(again, weights, 0) != 0), (weights != 0) & keep)


@given(
    begin=st.integers(0, 5),
    length=st.integers(1, 10),
    initial=st.floats(0, 0.5),
    final=st.floats(0.5, 0.99),
    power=st.floats(0.5, 5),
)
def test_the_schedule_is_its_formula(
    begin: int, length: int, initial: float, final: float, power: float
) -> None:
    schedule = PolynomialSparsity(begin=begin, end=begin + length, initial=initial, power=power)
    ours = [schedule(epoch, 99, final) for epoch in range(begin + length + 3)]
    position = np.clip((np.arange(len(ours)) - begin) / length, 0, 1)
    expected = final + (initial - final) * (1 - position) ** power
    np.testing.assert_allclose(ours, expected, **FLOAT64)
    assert ours == sorted(ours)
    assert ours[-1] == final


def test_the_schedule_takes_half_of_the_fit() -> None:
    assert [PolynomialSparsity().last(epochs) for epochs in (1, 2, 4, 9)] == [0, 1, 2, 4]


def test_zeros_are_counted_by_layer() -> None:
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="inside")])
    model = keras.Sequential(
        [keras.Input((4,)), inner, layers.BatchNormalization(), layers.Dense(1, name="head")]
    )
    model.get_layer("head").kernel.assign([[0.0], [1.0]])
    table = sparsity_of(model)
    assert list(table.loc["head"]) == [2, 1, 0.5]
    assert list(table.loc["inside"]) == [8, 0, 0.0]
    assert len(table) == 2


def test_frozen_and_unbuilt_layers_have_no_kernel_to_prune() -> None:
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(2, name="frozen"), layers.Dense(1, name="head")]
    )
    model.get_layer("frozen").trainable = False
    assert list(kernels_of(model, None)) == ["head"]


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "an end before the beginning": (
        lambda: PolynomialSparsity(begin=3, end=2),
        "end must be at least begin, 3, got 2: swap the two.",
    ),
    "a negative epoch": (
        lambda: PolynomialSparsity(begin=-1),
        "begin must be a whole number of at least 0, got -1: give an epoch, counted from 0.",
    ),
    "no epoch": (
        lambda: PolynomialSparsity(end=2.5),  # type: ignore[arg-type]
        "end must be a whole number of at least 0, got 2.5: give an epoch, or None for half of the "
        "fit.",
    ),
    "no power": (
        lambda: PolynomialSparsity(power=0),
        "power must be above 0, got 0: give for example 3.",
    ),
    "an initial sparsity of all": (
        lambda: PolynomialSparsity(initial=1.5),
        "initial must be a fraction of the weights, at least 0 and below 1, got "
        "1.5: give for example 0.8.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_refused(case: str) -> None:
    call, message = REFUSED[case]
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        call()
