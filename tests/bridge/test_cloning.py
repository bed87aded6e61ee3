"""Copies of models: the same numbers, nothing shared, compiled as the original."""

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_array_equal

from epochal.bridge.cloning import (
    clone_lower_layers,
    clone_model,
    compile_like,
    fresh_optimizer,
    rebuild,
    recompile,
)
from epochal.bridge.layer_groups import layers_of
from epochal.errors import InputError
from epochal.optimizers import DiscriminativeRates
from tests.bridge.models import MODELS, functional, nested, sequential

X = np.random.default_rng(0).standard_normal((6, 4)).astype("float32")


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_a_clone_computes_the_same_and_shares_nothing(build) -> None:
    model = build()
    clone = clone_model(model)
    assert type(clone) is type(model)
    assert_array_equal(clone(X), model(X))
    assert not {id(v) for v in clone.variables} & {id(v) for v in model.variables}
    assert [layer.name for layer in layers_of(clone)] == [layer.name for layer in layers_of(model)]


def test_a_clone_is_compiled_with_parts_of_its_own() -> None:
    metric = keras.metrics.MeanAbsoluteError(name="error")
    model = sequential(metrics=[metric], optimizer=keras.optimizers.SGD(0.25))
    clone = clone_model(model)
    assert clone.loss == "mse"
    assert clone.optimizer is not model.optimizer
    assert float(clone.optimizer.learning_rate) == 0.25
    clone.evaluate(X, X[:, :2], verbose=0)
    assert float(metric.result()) == 0.0


def test_a_model_that_is_not_compiled_leaves_its_copy_so() -> None:
    model, copy = nested(), nested()
    copy.compiled = False
    bare = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    compile_like(copy, bare)
    assert not copy.compiled
    compile_like(copy, model)
    assert copy.compiled


def test_a_frozen_model_keeps_the_flags_of_its_layers() -> None:
    model = sequential()
    model.trainable = False
    model.get_layer("head").trainable = True
    clone = clone_model(model)
    assert not clone.trainable
    assert [layer.trainable for layer in clone.layers] == [False, False, False, True]
    assert [layer.trainable for layer in model.layers] == [False, False, False, True]


def test_layers_are_replaced_and_left_out() -> None:
    model = sequential()

    def replacement(layer: keras.Layer) -> keras.Layer | None:
        if isinstance(layer, layers.Dropout):
            return None
        return type(layer).from_config(layer.get_config())

    copy, pairs = rebuild(model, replacement)
    assert [layer.name for layer in copy.layers] == ["hidden", "norm", "head"]
    assert [old.name for old, _ in pairs] == ["hidden", "norm", "head"]


def test_lower_layers_of_a_functional_model_end_in_one_tensor() -> None:
    model = functional()
    kept = [layer for layer in model.layers[1:] if layer.name != "head"]
    lower = clone_lower_layers(model, kept, above=[layers.Dense(1, name="top")])
    assert [layer.name for layer in lower.layers[1:]] == ["shared", "joint", "top"]
    shared = lower.get_layer("shared")
    assert shared is not model.get_layer("shared")
    assert_array_equal(shared.kernel, model.get_layer("shared").kernel)
    with pytest.raises(InputError, match=r"^drop must cut the model at one tensor, got 'joint'"):
        clone_lower_layers(model, kept[:1])


def test_a_fresh_optimizer_has_made_no_step() -> None:
    model = sequential(optimizer=keras.optimizers.Adam(0.5, beta_1=0.8))
    model.fit(X, X[:, :2], verbose=0)
    fresh = fresh_optimizer(model)
    assert int(fresh.iterations) == 0
    assert fresh.beta_1 == 0.8
    assert float(fresh.learning_rate) == 0.5
    assert float(fresh_optimizer(model, 0.25).learning_rate) == 0.25


def test_recompiling_keeps_loss_and_metrics() -> None:
    model = sequential()
    variables = len(model.trainable_variables)
    recompile(model, [1.0] * variables)
    assert type(model.optimizer) is keras.optimizers.Adam
    recompile(model, [0.5] * variables)
    assert isinstance(model.optimizer, DiscriminativeRates)
    recompile(model, [1.0] * variables)
    assert type(model.optimizer) is keras.optimizers.Adam
    assert model.loss == "mse"
    assert set(model.evaluate(X, X[:, :2], verbose=0, return_dict=True)) == {"loss", "mae"}
