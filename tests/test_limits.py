"""What no machine can hold is refused within a second."""

from collections.abc import Callable
from time import process_time
from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal.data import read_table
from epochal.errors import InputError
from epochal.runs import TrainSettings

SECOND = 1.0


def refused(call: Callable[[], Any]) -> str:
    began = process_time()
    with pytest.raises(InputError) as error:
        call()
    assert process_time() - began < SECOND
    return str(error.value)


def net() -> keras.Model:
    layers = [keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.compile("sgd", "mse")
    return model


WEIGHTS = "hidden must be layers of at most 536,870,912 weights in all, got"


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ((10**9,), "(1000000000,) with 2,000,000,000"),
        ((10**5, 10**5), "(100000, 100000) with 10,000,200,000"),
    ],
)
def test_networks(hidden, shown):
    message = f"{WEIGHTS} {shown}: give fewer units."
    assert refused(lambda: epochal.network("regression", 3, hidden=hidden)) == message
    assert refused(lambda: TrainSettings.from_options("y", hidden=hidden)) == message


def test_samples_and_members():
    model, x = net(), np.ones((8, 3), np.float32)
    assert refused(lambda: epochal.predict_monte_carlo(model, x, samples=2**40)) == (
        "samples must be at most 10,000,000, got 1,099,511,627,776: 100 are usual."
    )
    assert refused(
        lambda: epochal.train_population(model, x, x[:, :1], members=2**40, verbose=0)
    ) == ("members must be at most 100,000, got 1,099,511,627,776: give less.")


def test_columns_and_lines(tmp_path):
    wide, long = tmp_path / "wide.csv", tmp_path / "long.csv"
    wide.write_text(",".join(map(str, range(1_000_000))) + "\n" + "1," * 999_999 + "1\n")
    long.write_text("x" * 100_000_000)
    begin = "must name at most 100,000 columns, got"
    end = ": check that the table is not transposed, or give it as a DataFrame."
    assert refused(lambda: read_table(wide)) == (
        f"The first line of {str(wide)!r} {begin} 1,000,000 columns{end}"
    )
    found = refused(lambda: read_table(long))
    assert found.startswith(f"The first line of {str(long)!r} {begin} 17,039,360 bytes{end}")
