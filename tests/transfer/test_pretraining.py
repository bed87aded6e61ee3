"""Lower layers that learn to rebuild their input."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.layers import TiedDense
from tests.tolerances import FLOAT32_REDUCTION, LOSS_PARITY, NATIVE_PARITY, STILL_MOVING
from tests.training.parity import assert_parity, fit_both

X = np.random.default_rng(0).uniform(size=(60, 4, 5)).astype("float32")
FLAT = X.reshape(60, 20)
LINEAR = keras.Sequential(
    [keras.Input((20,)), layers.Dense(3, name="first"), layers.Dense(2, name="second")]
)


def net(hidden=(8, 6), shape=(4, 5)):
    return epochal.network("multiclass", shape, hidden=hidden, classes=3, seed=1)


def names(model):
    return [layer.name for layer in model.layers]


def test_the_decoder_mirrors_the_encoder(engine):
    model = net()
    before = [weight.tobytes() for weight in model.get_weights()]
    learnt = epochal.pretrain_autoencoder(model, X, epochs=3, seed=1, verbose=0, engine=engine)
    assert names(learnt.encoder) == ["flatten", "hidden_1", "hidden_2"]
    decoder = ["decoder_1", "decoder_2", "decoder_shape"]
    assert names(learnt.autoencoder) == [*names(learnt.encoder), *decoder]
    widths = [learnt.autoencoder.get_layer(name).units for name in decoder[:2]]
    functions = [learnt.autoencoder.get_layer(name).activation.__name__ for name in decoder[:2]]
    assert (widths, functions) == ([8, 20], ["elu", "sigmoid"])
    assert learnt.run.engine == engine
    assert learnt.run.history["loss"][-1] < learnt.run.history["loss"][0]
    assert [weight.tobytes() for weight in model.get_weights()] == before
    assert learnt.encoder.get_layer("hidden_1") is learnt.autoencoder.get_layer("hidden_1")


def test_what_follows_a_layer_is_mirrored_with_it():
    learnt = epochal.pretrain_autoencoder(net((8, 7, 6, 5, 4)), X, epochs=1, seed=1, verbose=0)
    apart = [layer for layer in learnt.autoencoder.layers if "decoder_activation" in layer.name]
    assert [layer.activation.__name__ for layer in apart] == ["elu"] * 4


@pytest.mark.parametrize("x", [FLAT * 2, FLAT - 0.5])
def test_inputs_beyond_the_unit_interval_are_rebuilt_without_a_sigmoid(x):
    learnt = epochal.pretrain_autoencoder(net(shape=20), x, epochs=1, verbose=0)
    assert learnt.autoencoder.layers[-1].activation is keras.activations.linear


def test_a_linear_autoencoder_finds_the_principal_components():
    """Its best code spans the leading eigenvectors (Bourlard and Kamp, 1988): loss of the rest."""
    generator = np.random.default_rng(2)
    stds = np.array([3.0, 2.0, 0.3, 0.2, 0.1])
    x = (generator.normal(size=(200, 5)) * stds).astype("float32")
    x -= x.mean(0)
    rest = np.linalg.eigvalsh(np.cov(x.T, bias=True))[:3].sum() / 5
    keras.utils.set_random_seed(0)
    parts = [layers.Dense(2, use_bias=False), layers.Dense(1)]
    model = keras.Sequential([keras.Input((5,)), *parts])
    learnt = epochal.pretrain_autoencoder(
        model, x, epochs=300, optimizer="adam", learning_rate=0.02, seed=1, verbose=0
    )
    assert learnt.run.history["loss"][-1] == pytest.approx(rest, rel=STILL_MOVING)


def test_tied_weights_are_the_encoders(tmp_path):
    learnt = epochal.pretrain_autoencoder(net(), X, tied=True, epochs=3, seed=1, verbose=0)
    auto = learnt.autoencoder
    assert isinstance(auto.get_layer("decoder_1"), TiedDense)
    assert auto.get_layer("decoder_1").tied_to is auto.get_layer("hidden_2")
    assert auto.count_params() == learnt.encoder.count_params() + 8 + 20
    assert learnt.run.history["loss"][-1] < learnt.run.history["loss"][0]
    auto.save(tmp_path / "auto.keras")
    loaded = keras.saving.load_model(tmp_path / "auto.keras", safe_mode=True)
    assert loaded.get_layer("decoder_2").tied_to is loaded.get_layer("hidden_1")
    assert_array_equal(loaded.predict(X, verbose=0), auto.predict(X, verbose=0))


@pytest.mark.parametrize("noise", [0.3, layers.GaussianNoise(0.2, name="noise")])
def test_the_inputs_are_spoilt_in_training_alone(noise):
    learnt = epochal.pretrain_autoencoder(net(), X, noise=noise, epochs=2, seed=1, verbose=0)
    auto = learnt.autoencoder
    assert names(auto)[0] == "noise"
    assert "noise" not in names(learnt.encoder)
    rebuilt = auto.predict(X, verbose=0)
    assert_array_equal(auto.predict(X, verbose=0), rebuilt)
    tested = epochal.evaluate(auto, X, X, verbose=0)
    assert_allclose(tested, np.mean((rebuilt - X) ** 2), **LOSS_PARITY)


def test_the_same_seed_gives_the_same_layers(engine):
    weights = [
        epochal.pretrain_autoencoder(
            net(), X, noise=0.2, epochs=2, seed=5, verbose=0, engine=engine
        ).encoder.get_weights()
        for _ in range(2)
    ]
    for one, other in zip(*weights, strict=True):
        assert_array_equal(one, other)


def test_what_was_learnt_is_reused(engine):
    learnt = epochal.pretrain_autoencoder(net(), X, epochs=2, seed=1, verbose=0)
    model = epochal.reuse(learnt.encoder, 3, drop=0, seed=1)
    ours = keras.Model(model.inputs, model.get_layer("hidden_2").output)
    assert_allclose(
        ours.predict(X, verbose=0), learnt.encoder.predict(X, verbose=0), **FLOAT32_REDUCTION
    )
    labels = (X[:, 0, 0] * 3).astype(int)
    before = [weight.tobytes() for weight in learnt.encoder.get_weights()]
    run = epochal.fine_tune(
        model, X, labels, frozen_epochs=1, epochs=2, seed=1, verbose=0, engine=engine
    )
    assert run.epoch == [0, 1, 2]
    assert [weight.tobytes() for weight in learnt.encoder.get_weights()] == before
    cut = epochal.reuse(learnt.autoencoder, 3, drop="decoder_1")
    assert names(cut) == names(model)


def test_an_auxiliary_task_gives_layers_too(engine):
    """Which rows are turned over is known for free; what tells them apart is reused."""
    both = np.concatenate([X, X[:, ::-1]])
    turned = np.repeat([0, 1], len(X))
    auxiliary = epochal.reuse(net(), "binary", trainable="all", seed=1)
    epochal.fit(auxiliary, both, turned, epochs=2, seed=1, verbose=0, engine=engine)
    model = epochal.reuse(auxiliary, 3, seed=1)
    assert_array_equal(model.get_layer("hidden_1").kernel, auxiliary.get_layer("hidden_1").kernel)
    assert not np.array_equal(
        model.get_layer("hidden_1").kernel, net().get_layer("hidden_1").kernel
    )


def test_other_layers_come_with_a_decoder_of_ones_own():
    start = [keras.Input((4, 4, 1)), layers.Conv2D(2, 2, strides=2, name="conv")]
    model = keras.Sequential([*start, layers.Flatten(), layers.Dense(3)])
    images = X[:, :, :4, None]
    decoder = [layers.Reshape((2, 2, 2)), layers.Conv2DTranspose(1, 2, strides=2)]
    learnt = epochal.pretrain_autoencoder(model, images, decoder=decoder, epochs=1, verbose=0)
    assert learnt.autoencoder.output_shape == (None, 4, 4, 1)
    with pytest.raises(InputError) as error:
        epochal.pretrain_autoencoder(model, images)
    assert str(error.value) == (
        "model must have no weights but those of Dense layers for a decoder to mirror, got 'conv', "
        "a Conv2D: give decoder=[layers] that end in the shape of an input row."
    )


def test_a_graph_of_layers_is_pretrained():
    start = keras.Input((20,))
    a = layers.Dense(6, "elu")(start)
    model = keras.Model(start, layers.Dense(3)(layers.Dense(4, "elu")(a)))
    learnt = epochal.pretrain_autoencoder(model, FLAT, tied=True, epochs=2, seed=1, verbose=0)
    assert learnt.encoder.output_shape == (None, 4)
    assert learnt.autoencoder.output_shape == (None, 20)


def test_a_shaped_output_trains_as_in_keras(engine):
    """Keras takes the loss along the last axis: the native engine's is the mean over all."""

    def make():
        parts = [layers.Flatten(), layers.Dense(6, "elu"), layers.Dense(20, "sigmoid")]
        model = keras.Sequential([keras.Input((4, 5)), *parts, layers.Reshape((4, 5))])
        model.compile("adam", "mse", metrics=["mae"])
        return model

    pair = fit_both(make, X, X, validation_data=(X, X))
    assert pair.run.engine == engine
    assert_parity(pair, NATIVE_PARITY)


@pytest.mark.native
def test_the_native_engine_refuses_weighted_rows_of_a_shaped_output():
    model = epochal.pretrain_autoencoder(net(), X, epochs=1, verbose=0).autoencoder
    with pytest.raises(InputError, match=r"because the targets have the shape \(4, 5\)"):
        epochal.fit(model, X, X, sample_weight=np.ones(len(X)), verbose=0, engine="native")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"noise": 1.0},
            "noise must be the fraction of inputs set to 0, in [0, 1), or a Keras layer, got 1.0: "
            "give for example 0.3 or keras.layers.GaussianNoise(0.2).",
        ),
        (
            {"decoder": [layers.Dense(7)]},
            "decoder must end in the shape of an input row, (20,), got (7,): change its last "
            "layers.",
        ),
        (
            {"drop": "secnd"},
            "drop must name layers of the model, got 'secnd'. Did you mean 'second'?",
        ),
        (
            {"x": [[1.0]]},
            "x must be an array of rows, (rows, ...), got list: make one with np.asarray.",
        ),
        (
            {"x": FLAT[0]},
            "x must be an array of rows, (rows, ...), got (20,): make one with np.asarray.",
        ),
    ],
)
def test_what_it_refuses(arguments, message):
    with pytest.raises(InputError) as error:
        epochal.pretrain_autoencoder(LINEAR, **({"x": FLAT, "verbose": 0} | arguments))
    assert str(error.value) == message
