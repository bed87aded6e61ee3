"""The mirror image of an encoder, layer by layer."""

import keras
import pytest
from keras import layers

from epochal.errors import InputError
from epochal.layers import TiedDense
from epochal.transfer.decoder import mirrored_decoder


def encoder(*more: keras.Layer) -> keras.Model:
    return keras.Sequential(
        [keras.Input((8,)), layers.Dense(6, "elu"), layers.Dense(4), layers.ReLU(), *more]
    )


def test_each_dense_layer_ends_in_the_activation_below_it() -> None:
    decoder = mirrored_decoder(encoder(), tied=False, output="sigmoid", seed=1)
    assert [(layer.name, layer.units) for layer in decoder] == [("decoder_1", 6), ("decoder_2", 8)]
    assert [layer.activation.__name__ for layer in decoder] == ["elu", "sigmoid"]


def test_an_activation_that_is_a_layer_is_mirrored_as_one() -> None:
    model = encoder(layers.Dense(2))
    decoder = mirrored_decoder(model, tied=False, output="linear", seed=1)
    assert [type(layer).__name__ for layer in decoder] == ["Dense", "ReLU", "Dense", "Dense"]


def test_tied_layers_use_the_encoders_kernels() -> None:
    model = encoder()
    decoder = mirrored_decoder(model, tied=True, output="linear", seed=1)
    assert all(isinstance(layer, TiedDense) for layer in decoder)
    assert [layer.tied_to for layer in decoder] == [model.layers[1], model.layers[0]]


def test_rows_of_several_dimensions_come_back_in_their_shape() -> None:
    model = keras.Sequential([keras.Input((2, 3)), layers.Flatten(), layers.Dense(4)])
    decoder = mirrored_decoder(model, tied=False, output="linear", seed=1)
    assert decoder[-1].target_shape == (2, 3)


def test_other_layers_cannot_be_mirrored() -> None:
    model = keras.Sequential([keras.Input((8, 1)), layers.Conv1D(2, 2, name="conv")])
    with pytest.raises(InputError, match=r"^model must have no weights but those of Dense layers"):
        mirrored_decoder(model, tied=False, output="linear", seed=1)
