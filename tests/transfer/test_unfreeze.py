"""Layers unfrozen in stages, at rates that fall with the depth."""

import keras
import numpy as np
import pytest
from keras import layers

import epochal
from epochal.errors import InputError


def open_layers(model):
    return [layer.name for layer in model.layers if layer.trainable]


def test_a_model_is_opened_in_stages(reused):
    loss, metrics = reused.loss, [metric.name for metric in reused.metrics]
    assert epochal.unfreeze(reused, 2) is reused
    stage = ["hidden_3", "norm_3", "elu_3", "dropout_3", "head", "probabilities"]
    assert open_layers(reused) == stage
    epochal.unfreeze(reused, "norm_1")
    assert open_layers(reused) == ["norm_1", *stage]
    epochal.unfreeze(reused)
    assert open_layers(reused) == [layer.name for layer in reused.layers]
    assert (reused.loss, [metric.name for metric in reused.metrics]) == (loss, metrics)


def test_the_deeper_the_lower_the_rate(reused):
    epochal.unfreeze(reused, layer_decay=0.5)
    # A kernel, a gamma and a beta in each of three layers; then the head's kernel and bias.
    assert reused.optimizer.factors == (*[0.125] * 3, *[0.25] * 3, *[0.5] * 3, 1.0, 1.0)


def test_one_rate_for_all_needs_no_wrapper(reused):
    assert type(epochal.unfreeze(reused).optimizer) is keras.optimizers.Adam


def test_the_rate_stays_or_is_given(reused):
    epochal.unfreeze(reused, 1)
    assert float(reused.optimizer.learning_rate) == pytest.approx(0.01)
    epochal.unfreeze(reused, 2, learning_rate=0.002, layer_decay=0.5)
    assert float(reused.optimizer.learning_rate) == pytest.approx(0.002)
    epochal.unfreeze(reused, 3)
    assert type(reused.optimizer) is keras.optimizers.Adam
    assert float(reused.optimizer.learning_rate) == pytest.approx(0.002)
    epochal.unfreeze(reused, learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 100))
    assert float(reused.optimizer.learning_rate) == pytest.approx(0.1)


def test_batch_normalisation_can_stay_frozen(reused, rows, engine):
    x, _, y = rows
    epochal.unfreeze(reused, freeze_batch_normalization=True)
    assert not reused.get_layer("norm_2").trainable
    assert reused.get_layer("hidden_2").trainable
    before = [np.asarray(each).tobytes() for each in reused.get_layer("norm_2").weights]
    epochal.fit(reused, x, y, seed=1, verbose=0, engine=engine)
    assert [np.asarray(each).tobytes() for each in reused.get_layer("norm_2").weights] == before


def test_a_model_must_be_compiled(trained):
    loose = epochal.reuse(trained, layers.Dense(1))
    with pytest.raises(InputError) as error:
        epochal.unfreeze(loose)
    assert str(error.value) == (
        f"model must be compiled before epochal.unfreeze, got {loose.name!r} without a loss: call "
        "model.compile(optimizer, loss) first."
    )
