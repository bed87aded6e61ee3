"""Checks of a model, and their messages; those of data: `tests/training/test_arguments.py`."""

import keras
import pytest
from keras import layers

from epochal.bridge.checks import (
    check_built,
    check_compiled_model,
    check_layer_graph,
    check_row_shape,
)
from epochal.errors import InputError
from tests.bridge.models import MODELS, Subclass


class Derived(keras.Sequential):
    """A Sequential model that may do something else."""


@pytest.mark.parametrize("build", MODELS.values(), ids=MODELS)
def test_models_of_layers_pass(build) -> None:
    check_built(build(), "fit")
    check_compiled_model(build(), "fit")
    check_layer_graph(build(), "fit")


def test_a_subclass_passes_where_it_may() -> None:
    model = Derived([keras.Input((4,)), layers.Dense(1)])
    check_layer_graph(model, "reuse", subclasses=True)
    with pytest.raises(InputError, match=r"^model must be .*, got Derived, .*: look elsewhere\.$"):
        check_layer_graph(model, "quantize", instead="look elsewhere")


@pytest.mark.parametrize("check", [check_built, check_layer_graph, check_compiled_model])
def test_no_model_is_refused(check) -> None:
    with pytest.raises(InputError) as raised:
        check("net", "fit")
    assert str(raised.value) == (
        "model must be a keras.Model, got 'net': pass the model itself, as in "
        "epochal.fit(model, ...)."
    )


@pytest.mark.parametrize("check", [check_built, check_layer_graph])
def test_a_model_without_weights_is_refused(check) -> None:
    with pytest.raises(InputError) as raised:
        check(keras.Sequential([layers.Dense(1)], name="bare"), "prune")
    assert str(raised.value) == (
        "model must be built before epochal.prune, got 'bare' without weights: give it a "
        "keras.Input or call it on one batch."
    )


def test_a_subclass_is_no_graph_of_layers() -> None:
    with pytest.raises(InputError) as raised:
        check_layer_graph(Subclass(), "quantize")
    assert str(raised.value) == (
        "model must be a Sequential or functional keras.Model, got Subclass, a subclass with a "
        "call of its own: rebuild it as keras.Model(inputs, outputs)."
    )


def test_an_optimizer_is_asked_for_where_it_is_needed() -> None:
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.compile(optimizer=None, loss="mse")
    check_compiled_model(model, "evaluate", optimizer=False)
    with pytest.raises(InputError, match=r"^model must be compiled with an optimizer before"):
        check_compiled_model(model, "fit")


@pytest.mark.parametrize("shape", [(5, 3), (5, 3, 2), (0, 4)])
def test_rows_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    check_row_shape((5, 4), (4,))
    check_row_shape((5, 7, 4), (None, 4))
    with pytest.raises(InputError, match=r"^x must hold at least one row of the shape \(4\), got"):
        check_row_shape(shape, (4,))
