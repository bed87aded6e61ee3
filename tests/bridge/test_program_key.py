"""Models that compute the same have one key, whatever their weights, names and seeds."""

import keras
import numpy as np
import pytest
from keras import layers

from epochal.bridge.program_key import program_key
from tests.bridge.models import MODELS, Subclass, sequential


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_two_of_a_kind_share_a_key(build) -> None:
    assert program_key(build()) == program_key(build())


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(clipnorm=1.0)},
        {"loss": "mae"},
        {"metrics": []},
    ],
)
def test_what_is_compiled_is_part_of_it(change) -> None:
    assert program_key(sequential(**change)) != program_key(sequential())


def test_the_learning_rate_is_an_argument() -> None:
    slow, fast = (sequential(optimizer=keras.optimizers.Adam(rate)) for rate in (0.1, 0.2))
    assert program_key(slow) == program_key(fast)


def test_what_is_frozen_is_part_of_it() -> None:
    model = sequential()
    model.layers[0].trainable = False
    assert program_key(model) != program_key(sequential())


def test_an_adapted_normalisation_is_part_of_it() -> None:
    def adapted(scale: float) -> keras.Model:
        layer = layers.Normalization()
        layer.adapt(scale * np.arange(8.0).reshape(4, 2))
        return keras.Sequential([keras.Input((2,)), layer, layers.Dense(1)])

    assert program_key(adapted(1)) == program_key(adapted(1))
    assert program_key(adapted(1)) != program_key(adapted(2))


def test_code_of_the_users_own_is_equal_to_itself_alone() -> None:
    for build in (
        Subclass,
        lambda: keras.Sequential([keras.Input((4,)), layers.Lambda(lambda x: x)]),
        lambda: sequential(loss=lambda y, p: keras.ops.mean(y - p)),
    ):
        model = build()
        assert program_key(model) == program_key(model)
        assert program_key(model) != program_key(build())
