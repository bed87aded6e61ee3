"""A new head on a copy of what was trained."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.errors import InputError
from epochal.layers import TiedDense
from epochal.optimizers import DiscriminativeRates
from tests.transfer.conftest import every_byte

SIGMOID = {"units": 1, "activation": "sigmoid"}


def names(model):
    return [layer.name for layer in model.layers if not isinstance(layer, layers.InputLayer)]


def open_layers(model):
    return [layer.name for layer in model.layers if layer.trainable]


def graph():
    """A residual block, then a shared end."""
    start = keras.Input((8,), name="start")
    a = layers.Dense(6, "elu", name="a")(start)
    b = layers.Dense(6, "elu", name="b")(a)
    joint = layers.Add(name="joint")([a, b])
    return keras.Model(start, layers.Dense(3, name="out")(joint))


def test_the_lower_layers_compute_what_they_did(trained, rows):
    x, _, _ = rows
    model = epochal.reuse(trained, layers.Dense(**SIGMOID, name="new"))
    assert names(model) == [*names(trained)[:-1], "new"]
    below = keras.Model(trained.inputs, trained.layers[-2].output)
    ours = keras.Model(model.inputs, model.layers[-2].output)
    assert_array_equal(ours.predict(x, verbose=0), below.predict(x, verbose=0))


def test_the_original_never_moves(trained, rows, engine):
    x, _, y = rows
    before = every_byte(trained)
    model = epochal.reuse(trained, "binary", trainable="all", seed=1)
    epochal.fit(model, x, y, epochs=3, seed=1, verbose=0, engine=engine)
    assert every_byte(trained) == before
    assert all(layer.trainable for layer in trained.layers)


def test_frozen_weights_and_statistics_stay_as_they_are(trained, rows, engine):
    """Batch normalisation in a frozen layer is in inference mode: its statistics stay too."""
    x, _, y = rows
    model = epochal.reuse(trained, "binary", seed=1)
    frozen = [variable for layer in model.layers[:-2] for variable in layer.weights]
    before = [np.asarray(variable).tobytes() for variable in frozen]
    head = np.asarray(model.get_layer("head").kernel)
    epochal.fit(model, x, y, epochs=3, seed=1, verbose=0, engine=engine)
    assert [np.asarray(variable).tobytes() for variable in frozen] == before
    assert len(before) == 15
    assert not np.array_equal(model.get_layer("head").kernel, head)


def test_a_frozen_normalisation_predicts_what_it_trains_on(trained, rows, engine):
    """One epoch in one batch without dropout: the loss in training is that of `evaluate`."""
    x, _, y = rows
    model = epochal.reuse(trained, "binary", seed=1)
    for layer in model.layers:
        if isinstance(layer, layers.Dropout):
            layer.rate = 0.0
    before = model.evaluate(x, y, verbose=0)[0]
    run = epochal.fit(model, x, y, batch_size=len(x), seed=1, verbose=0, engine=engine)
    assert run.history["loss"][0] == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize(
    ("drop", "last"), [(0, "out"), (1, "dropout_3"), (2, "dropout_2"), (3, "dropout_1")]
)
def test_layers_are_counted_with_what_follows_them(trained, drop, last):
    model = epochal.reuse(trained, layers.Dense(1, name="new"), drop=drop)
    assert names(model)[-2:] == [last, "new"]


def test_numbers_of_numpy_count_too(trained):
    two: Any = np.int64(2)
    model = epochal.reuse(trained, 2 * two, drop=two, trainable=two)
    assert names(model)[-3:] == ["dropout_2", "head", "probabilities"]
    assert "hidden_2" in open_layers(model)


def test_a_name_cuts_anywhere(trained):
    model = epochal.reuse(trained, layers.Dense(1, name="new"), drop="elu_3")
    assert names(model)[-2:] == ["norm_3", "new"]


def test_the_head_of_a_network_goes_with_its_activation():
    trained = epochal.network("multiclass", 4, hidden=(5,), classes=3, seed=1)
    assert names(epochal.reuse(trained, 7)) == ["hidden_1", "head", "probabilities"]
    kept = epochal.reuse(trained, "regression", drop=0)
    assert names(kept) == ["hidden_1", "head", "probabilities", "head_2"]


@pytest.mark.parametrize(
    ("head", "units", "activation", "loss"),
    [
        ("binary", 1, "sigmoid", "binary_crossentropy"),
        (7, 7, "softmax", "sparse_categorical_crossentropy"),
        (("multiclass", 7), 7, "softmax", "sparse_categorical_crossentropy"),
        (("multilabel", 5), 5, "sigmoid", "binary_crossentropy"),
        ("regression", 1, None, "mean_squared_error"),
        (("unit_interval", 2), 2, "sigmoid", "mean_squared_error"),
    ],
)
def test_a_task_gives_head_loss_and_optimiser(trained, head, units, activation, loss):
    model = epochal.reuse(trained, head, seed=1)
    assert (model.output_shape, model.loss) == ((None, units), loss)
    end = model.layers[-1]
    assert (end.activation.__name__ if activation else None) == activation
    assert type(model.optimizer) is keras.optimizers.Adam
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    assert int(model.optimizer.iterations) == 0
    again = epochal.reuse(trained, head, seed=1)
    assert_array_equal(model.get_layer("head").kernel, again.get_layer("head").kernel)


def test_a_model_without_an_optimiser_gets_the_guidelines():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), layers.Dense(3)])
    assert isinstance(epochal.reuse(model, "binary").optimizer, keras.optimizers.Nadam)


def test_the_rates_of_an_earlier_reuse_are_left_behind(trained):
    first = epochal.unfreeze(epochal.reuse(trained, "binary"), layer_decay=0.5)
    assert isinstance(first.optimizer, DiscriminativeRates)
    assert type(epochal.reuse(first, "binary").optimizer) is keras.optimizers.Adam


def test_layers_as_a_head_are_left_to_the_user_to_compile(trained, rows, engine):
    x, _, y = rows
    head = [layers.Dense(4, "elu", name="first"), layers.Dense(**SIGMOID, name="second")]
    model = epochal.reuse(trained, head)
    assert open_layers(model) == ["first", "second"]
    assert not model.compiled
    model.compile("sgd", "binary_crossentropy")
    epochal.fit(model, x, y, verbose=0, engine=engine)


@pytest.mark.parametrize(
    ("trainable", "expected"),
    [
        ("head", ["new"]),
        (2, ["hidden_3", "norm_3", "elu_3", "dropout_3", "new"]),
        ("norm_1", ["norm_1", "new"]),
        (["norm_1", "hidden_2"], ["norm_1", "hidden_2", "new"]),
    ],
)
def test_what_is_trained(trained, trainable, expected):
    model = epochal.reuse(trained, layers.Dense(1, name="new"), trainable=trainable)
    assert open_layers(model) == expected


def test_everything_or_layers_of_the_original_are_trained(trained):
    everything = epochal.reuse(trained, layers.Dense(1, name="new"), trainable="all")
    assert open_layers(everything) == names(everything)
    one = epochal.reuse(trained, layers.Dense(1, name="new"), trainable=[trained.layers[0]])
    assert open_layers(one) == ["hidden_1", "new"]


def test_a_graph_is_cut_where_one_tensor_passes(rows):
    x, _, _ = rows
    model = graph()
    reused = epochal.reuse(model, layers.Dense(1, name="new"))
    assert set(names(reused)) == {"a", "b", "joint", "new"}
    below = keras.Model(model.inputs, model.get_layer("joint").output)
    ours = keras.Model(reused.inputs, reused.get_layer("joint").output)
    assert_array_equal(ours.predict(x, verbose=0), below.predict(x, verbose=0))
    assert names(epochal.reuse(model, layers.Dense(1, name="new"), drop=2)) == ["a", "new"]


def test_names_that_a_loaded_model_already_has_are_made_free():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5, name="dense"), layers.Dense(3)])
    assert names(epochal.reuse(model, layers.Dense(1, name="dense"))) == ["dense", "dense_2"]


def test_an_adapted_normalisation_and_images_go_along():
    images = np.random.default_rng(1).uniform(size=(20, 3, 4, 1)).astype("float32")
    scale = layers.Normalization()
    scale.adapt(images)
    parts = [scale, layers.Conv2D(2, 2), layers.Flatten(), layers.Dense(3)]
    model = keras.Sequential([keras.Input((3, 4, 1)), *parts])
    reused = epochal.reuse(model, layers.Dense(1))
    below = keras.Model(model.inputs, model.layers[-2].output)
    ours = keras.Model(reused.inputs, reused.layers[-2].output)
    assert_allclose(ours.predict(images, verbose=0), below.predict(images, verbose=0))


def test_a_copy_of_tied_layers_is_tied_to_its_own(rows):
    x, _, _ = rows
    down = layers.Dense(3, name="down")
    parts = [down, TiedDense(down, name="up"), layers.Dense(2, name="out")]
    model = keras.Sequential([keras.Input((8,)), *parts])
    reused = epochal.reuse(model, layers.Dense(1, name="new"))
    assert reused.get_layer("up").tied_to is reused.get_layer("down")
    assert reused.get_layer("down") is not down
    ours, theirs = reused.get_layer("up").output, model.get_layer("up").output
    assert_array_equal(
        keras.Model(reused.inputs, ours).predict(x, verbose=0),
        keras.Model(model.inputs, theirs).predict(x, verbose=0),
    )


def test_the_pieces_are_saved(trained, rows, tmp_path):
    x, _, _ = rows
    model = epochal.unfreeze(epochal.reuse(trained, "binary", seed=1), 2, layer_decay=0.5)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert open_layers(loaded) == open_layers(model)
    assert loaded.optimizer.factors == model.optimizer.factors


class Subclassed(keras.Model):
    def call(self, inputs):
        return inputs


def two_outputs():
    start = keras.Input((4,))
    return keras.Model(start, [layers.Dense(1)(start), layers.Dense(2)(start)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: "a model",
            "model must be a keras.Model, got 'a model': pass the model itself, as in "
            "epochal.{verb}(model, ...).",
        ),
        (
            Subclassed,
            "model must be a Sequential or functional keras.Model, got Subclassed, a subclass with "
            "a call of its own: reuse its layers in its own code.",
        ),
        (
            lambda: keras.Sequential([layers.Dense(3), layers.Dense(1)], name="bare"),
            "model must be built before epochal.{verb}, got 'bare' without weights: give it a "
            "keras.Input or call it on one batch.",
        ),
        (
            two_outputs,
            "model must have one output, got 2: pass keras.Model(inputs, output) with the one "
            "that you need.",
        ),
    ],
)
def test_models_that_it_refuses(make, message):
    arguments = {
        "reuse": ("binary",),
        "unfreeze": (),
        "fine_tune": (np.ones((4, 4)), np.ones(4)),
        "pretrain_autoencoder": (np.ones((4, 4)),),
    }
    for verb, rest in arguments.items():
        with pytest.raises(InputError) as error:
            getattr(epochal, verb)(make(), *rest)
        assert str(error.value) == message.format(verb=verb)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"drop": 9},
            "drop must leave at least one of the 4 layers with weights, got 9: drop fewer.",
        ),
        (
            {"drop": 4},
            "drop must leave at least one of the 4 layers with weights, got 4: drop fewer.",
        ),
        (
            {"drop": -1},
            "drop must be a whole number of at least 0 or the name of a layer, got -1: give 1 "
            "to drop the old head.",
        ),
        (
            {"drop": "hiden_3"},
            "drop must name layers of the model, got 'hiden_3'. Did you mean 'hidden_3'?",
        ),
        (
            {"trainable": "haed"},
            "trainable must name layers of the model, got 'haed'. Did you mean 'head'?",
        ),
        (
            {"trainable": ["norm_1", "zzz"]},
            "trainable must name layers of the model, got 'zzz'. The last layer "
            "is 'probabilities'.",
        ),
        (
            {"trainable": 5},
            "trainable must be from 1 to 4, the number of layers with weights, got 5: "
            'give fewer, or "all".',
        ),
        (
            {"trainable": None},
            'trainable must be "all", a number of layers from the top, or names of layers, got '
            'None: give for example 2 or ["probabilities"].',
        ),
        (
            {"head": "binry"},
            "task must be one of binary, multiclass, multilabel, regression, unit_interval, got "
            "'binry'. Did you mean 'binary'?",
        ),
        (
            {"head": 1},
            "head must come with its number of units, at least 2, got 1: give a number of classes "
            'such as 10, a pair such as ("multilabel", 5), or "binary" for yes or no.',
        ),
        (
            {"head": "multilabel"},
            "head must come with its number of units, at least 1, got 'multilabel': give a number "
            'of classes such as 10, a pair such as ("multilabel", 5), or "binary" for yes or no.',
        ),
        (
            {"head": ("binary", 2)},
            "head must come with its number of units, at most 1, got ('binary', 2): give a "
            'number of classes such as 10, a pair such as ("multilabel", 5), or "binary" for yes '
            "or no.",
        ),
        (
            {"head": []},
            "head must be a task, a number of classes, or Keras layers, got []: give for example "
            '"binary", 10, or keras.layers.Dense(1, activation="sigmoid").',
        ),
    ],
)
def test_what_it_refuses(trained, arguments, message):
    with pytest.raises(InputError) as error:
        epochal.reuse(trained, **({"head": "binary"} | arguments))
    assert str(error.value) == message


def test_a_cut_through_several_paths_is_refused():
    with pytest.raises(InputError) as error:
        epochal.reuse(graph(), "binary", drop="joint")
    assert str(error.value) == (
        "drop must cut the model at one tensor, got 'joint', which several paths bypass: name a "
        "layer where they have come together."
    )
