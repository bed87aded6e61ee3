"""The private names of Keras that epochal uses: there, and not missed where they are not."""

from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal.compat import _keras

X = np.random.default_rng(0).standard_normal((64, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture
def model() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    return model


@pytest.fixture
def asked_anew():
    """`missing` remembers its answer: forget it before and after the test."""
    _keras.missing.cache_clear()
    yield
    _keras.missing.cache_clear()


def test_this_keras_has_every_private_name(asked_anew) -> None:
    assert _keras.missing() == ()


def test_every_optimizer_keeps_the_variables_that_the_native_engine_takes() -> None:
    variable = keras.Variable(np.zeros(3, np.float32))
    for kind, names in _keras.SLOTS.items():
        optimizer = kind()
        optimizer.build([variable])
        assert any(hasattr(optimizer, name) for name in names), kind


def test_a_path_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, asked_anew) -> None:
    absent: list[str] = []
    monkeypatch.setattr(_keras, "_absent", absent)
    gone = _keras._private("keras.src.models.functional.Nonesuch")
    assert absent == ["keras.src.models.functional.Nonesuch"]
    assert not isinstance(keras.Sequential(), gone)
    with pytest.raises(AttributeError, match="has no Nonesuch"):
        gone()
    assert _keras.missing() == ("keras.src.models.functional.Nonesuch",)


def test_an_attribute_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, asked_anew) -> None:
    monkeypatch.delattr(keras.src.trainers.trainer.Trainer, "_should_eval")
    assert _keras.missing() == ("Sequential._should_eval",)


@pytest.mark.parametrize("part", ["_compile_loss", "_compile_metrics"])
def test_what_is_gone_with_all_that_it_holds_is_named(
    part: str, monkeypatch: pytest.MonkeyPatch, asked_anew
) -> None:
    compiled = keras.Sequential.compile

    def compile_without(model: keras.Model, *args: Any, **kwargs: Any) -> None:
        compiled(model, *args, **kwargs)
        delattr(model, part)

    monkeypatch.setattr(keras.Sequential, "compile", compile_without)
    assert f"Sequential.{part}" in _keras.missing()


def test_without_a_private_name_fit_evaluate_and_predict_go_through_keras(
    monkeypatch: pytest.MonkeyPatch, asked_anew, model: keras.Model
) -> None:
    def training() -> dict:
        return {
            "batch_size": 16,
            "epochs": 2,
            "verbose": 0,
            "shuffle": False,
            "validation_split": 0.25,
        }

    expected = keras.models.clone_model(model)
    expected.set_weights(model.get_weights())
    expected.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    history = expected.fit(X, Y, **training()).history
    monkeypatch.setattr(_keras, "_absent", ["keras.src.Gone"])
    run = epochal.fit(model, X, Y, **training())
    assert run.engine == "keras"
    assert run.engine_reason == (
        f"Keras' own loop, because Keras {keras.__version__} lacks keras.src.Gone, "
        "which the engines need"
    )
    assert run.history == history
    assert epochal.evaluate(model, X, Y, verbose=0) == model.evaluate(X, Y, verbose=0)
    assert np.array_equal(epochal.predict(model, X, verbose=0), model.predict(X, verbose=0))
