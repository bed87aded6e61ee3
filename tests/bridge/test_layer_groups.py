"""Layers with weights, each with what follows it; the texts are tested where they are met."""

import keras
import pytest
from keras import layers

from epochal.bridge.layer_groups import layer_groups, select_layers
from epochal.errors import InputError


def model() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Rescaling(2.0, name="scale"),
            layers.Dense(3, name="first"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="relu"),
            layers.Dense(1, name="second"),
        ]
    )


def names(selected: list[keras.Layer]) -> list[str]:
    return [layer.name for layer in selected]


def test_what_follows_weights_belongs_to_them() -> None:
    groups = [names(group) for group in layer_groups(model())]
    assert groups == [["scale", "first", "norm", "relu"], ["second"]]


@pytest.mark.parametrize(
    ("layers", "selected"),
    [
        ("all", ["scale", "first", "norm", "relu", "second"]),
        (1, ["second"]),
        (2, ["scale", "first", "norm", "relu", "second"]),
        ("norm", ["norm"]),
        (["second", "first"], ["second", "first"]),
    ],
)
def test_layers_are_selected_by_number_or_name(layers, selected: list[str]) -> None:
    assert names(select_layers(model(), layers, "layers")) == selected


@pytest.mark.parametrize("layers", [0, 3, True, None, [], "frist"])
def test_what_selects_nothing_is_refused(layers) -> None:
    with pytest.raises(InputError, match=r"^layers must "):
        select_layers(model(), layers, "layers")
