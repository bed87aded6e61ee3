"""Both stages of fine-tuning in one call."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.optimizers import DiscriminativeRates
from tests.tolerances import LOSS_PARITY, WEIGHT_PARITY


def test_both_stages_are_one_record(reused, rows, engine):
    x, _, y = rows
    seen = []
    watch = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    run = epochal.fine_tune(
        reused,
        x,
        y,
        frozen_epochs=2,
        epochs=3,
        batch_size=32,
        validation_data=(x, y),
        callbacks=[watch],
        seed=1,
        verbose=0,
        engine=engine,
    )
    assert isinstance(run, epochal.Run)
    assert run.epoch == seen == [0, 1, 2, 3, 4]
    assert run.validated_epochs == [0, 1, 2, 3, 4]
    assert {name: len(values) for name, values in run.history.items()} == dict.fromkeys(
        ["accuracy", "loss", "val_accuracy", "val_loss"], 5
    )
    assert run.losses.shape == run.learning_rates.shape == (15,)
    assert (run.engine, run.seed, run.model) == (engine, 1, reused)
    assert len(run.timing.epochs) == 5
    assert [layer.name for layer in reused.layers if layer.trainable] == [
        layer.name for layer in reused.layers
    ]


def test_it_is_the_two_fits_that_one_would_write(trained, rows, engine):
    x, _, y = rows
    arguments = {"batch_size": 32, "seed": 3, "verbose": 0, "engine": engine}
    one = epochal.reuse(trained, "binary", seed=1)
    run = epochal.fine_tune(one, x, y, frozen_epochs=2, epochs=3, layer_decay=0.5, **arguments)
    two = epochal.reuse(trained, "binary", seed=1)
    first = epochal.fit(two, x, y, epochs=2, **arguments)
    epochal.unfreeze(two, layer_decay=0.5)
    second = epochal.fit(two, x, y, initial_epoch=2, epochs=5, **arguments)
    for name in ("losses", "learning_rates", "momenta"):
        parts = [getattr(part, name) for part in (first, second)]
        assert_array_equal(getattr(run, name), np.concatenate(parts))
    for name, values in run.history.items():
        assert values == [*first.history[name], *second.history[name]]
    assert run.diagnosis == second.diagnosis
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, keras.optimizers.Adam])
def test_the_documents_loop_in_keras_gives_the_same_numbers(rows, engine, optimizer):
    """`Sequential(model_A.layers[:-1])`, `layer.trainable = False`, compile, fit, and again."""
    x, classes, y = rows
    keras.utils.set_random_seed(1)
    parts = [layers.Dense(10, "selu"), layers.Dense(6, "selu"), layers.Dense(3, "softmax")]
    model_a = keras.Sequential([keras.Input((8,)), *parts])
    model_a.compile("sgd", "sparse_categorical_crossentropy")
    model_a.fit(x, classes, epochs=2, verbose=0)
    head = layers.Dense(1, "sigmoid")
    ours = epochal.reuse(model_a, head)
    ours.compile(optimizer(0.01), "binary_crossentropy", metrics=["accuracy"])

    clone = keras.models.clone_model(model_a)
    clone.set_weights(model_a.get_weights())
    theirs = keras.Sequential([*clone.layers[:-1], layers.Dense(1, "sigmoid")])
    theirs.build((None, 8))
    theirs.layers[-1].set_weights(head.get_weights())
    run = epochal.fine_tune(
        ours, x, y, frozen_epochs=2, epochs=3, shuffle=False, verbose=0, engine=engine
    )
    losses = []
    for frozen, epochs in ((True, 2), (False, 3)):
        for layer in theirs.layers[:-1]:
            layer.trainable = not frozen
        theirs.compile(optimizer(0.01), "binary_crossentropy", metrics=["accuracy"])
        history = theirs.fit(x, y, epochs=epochs, shuffle=False, verbose=0)
        losses += history.history["loss"]
    assert_allclose(run.history["loss"], losses, **LOSS_PARITY)
    for one, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_allclose(one, other, **WEIGHT_PARITY)


def test_only_some_layers_are_opened(reused, rows):
    x, _, y = rows
    deep = np.asarray(reused.get_layer("hidden_1").kernel).tobytes()
    epochal.fine_tune(reused, x, y, frozen_epochs=1, epochs=1, layers=2, seed=1, verbose=0)
    assert np.asarray(reused.get_layer("hidden_1").kernel).tobytes() == deep
    assert not reused.get_layer("hidden_1").trainable
    assert not isinstance(reused.optimizer, DiscriminativeRates)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"frozen_epochs": 0},
            "frozen_epochs must be a whole number of at least 1, got 0: epochal.fit trains in one "
            "stage.",
        ),
        (
            {"epochs": 2.5},
            "epochs must be a whole number of at least 1, got 2.5: epochal.fit trains in one "
            "stage.",
        ),
        (
            {"layers": "hiden_1"},
            "layers must name layers of the model, got 'hiden_1'. Did you mean 'hidden_1'?",
        ),
        (
            {"layers": 5},
            "layers must be from 1 to 4, the number of layers with weights, got 5: give "
            'fewer, or "all".',
        ),
        (
            {"layer_decay": 2.6},
            "layer_decay must be above 0 and at most 1, got 2.6: give for example 0.4.",
        ),
        (
            {"learning_rate": 0},
            "learning_rate must be finite and above 0, got 0: give a rate such as 0.01.",
        ),
    ],
)
def test_what_is_refused_before_anything_is_trained(reused, rows, arguments, message):
    x, _, y = rows
    before = [weight.tobytes() for weight in reused.get_weights()]
    with pytest.raises(InputError) as error:
        epochal.fine_tune(reused, x, y, verbose=0, **arguments)
    assert str(error.value) == message
    assert [weight.tobytes() for weight in reused.get_weights()] == before


def test_a_model_must_have_frozen_layers(trained, rows):
    x, _, y = rows
    with pytest.raises(InputError) as error:
        epochal.fine_tune(epochal.reuse(trained, "binary", trainable="all"), x, y)
    assert str(error.value) == (
        "model must have frozen layers for epochal.fine_tune, got none: make it with "
        "epochal.reuse, or train it with epochal.fit."
    )
