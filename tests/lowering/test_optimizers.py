"""Keras' optimisers as specs of the `native` engine, with every variable that they keep."""

import keras
import numpy as np
import pytest

from epochal.bridge import weight_masks
from epochal.bridge.state import state_indices
from epochal.compat import _keras
from epochal.lowering.optimizers import lower_optimizer, slots_of
from epochal.lowering.unsupported import Unsupported

EVERY_OPTION = {"use_ema": True, "gradient_accumulation_steps": 2}
VARIANTS = [
    keras.optimizers.SGD(),
    keras.optimizers.SGD(momentum=0.9, nesterov=True, **EVERY_OPTION),
    keras.optimizers.Adam(amsgrad=True, **EVERY_OPTION),
    keras.optimizers.AdamW(),
    keras.optimizers.Nadam(**EVERY_OPTION),
    keras.optimizers.Adamax(),
    keras.optimizers.RMSprop(momentum=0.9, centered=True, **EVERY_OPTION),
    keras.optimizers.Adagrad(keras.optimizers.schedules.CosineDecay(0.1, 10)),
]


def built(optimizer: keras.optimizers.Optimizer) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    optimizer = type(optimizer).from_config(optimizer.get_config())
    model.compile(optimizer, "mse")
    optimizer.build(model.trainable_variables)
    return model


@pytest.mark.parametrize("optimizer", VARIANTS, ids=lambda each: each.name)
def test_every_variable_is_accounted_for(optimizer: keras.optimizers.Optimizer) -> None:
    model = built(optimizer)
    weight_masks.install(model, [model.layers[0].kernel])
    lower_optimizer(model.optimizer, state_indices(model))  # which raises at one that is not


def test_a_variable_that_the_engine_would_not_update_is_refused() -> None:
    model = built(keras.optimizers.Adam())
    model.optimizer.add_variable_from_reference(model.layers[0].kernel, "trust_ratio")
    with pytest.raises(Unsupported, match=r"^Adam with a variable '.*trust_ratio'$"):
        lower_optimizer(model.optimizer, state_indices(model))


@pytest.mark.parametrize("kind", _keras.SLOTS, ids=lambda kind: kind.__name__)
def test_a_renamed_list_is_not_taken_for_one_that_is_not_kept(kind, monkeypatch) -> None:
    momentum = {"momentum": 0.9} if kind is keras.optimizers.SGD else {}
    model = built(kind(**momentum))
    monkeypatch.setitem(_keras.SLOTS, kind, ("renamed", *_keras.SLOTS[kind][1:]))
    with pytest.raises(Unsupported, match="with a variable"):
        lower_optimizer(model.optimizer, state_indices(model))


@pytest.mark.parametrize(
    ("clipping", "field"),
    [
        ({"clipvalue": 0.5}, "clip_value"),
        ({"clipnorm": 0.5}, "clip_norm"),
        ({"global_clipnorm": 0.5}, "clip_global_norm"),
    ],
)
def test_one_way_of_clipping_applies(clipping: dict[str, float], field: str) -> None:
    model = built(keras.optimizers.SGD(**clipping))
    spec = lower_optimizer(model.optimizer, state_indices(model))
    bounds = {name: getattr(spec, name) for name in ("clip_value", "clip_norm", "clip_global_norm")}
    assert bounds == {name: 0.5 if name == field else 0.0 for name in bounds}


def test_slots_are_positions_of_the_optimizers_variables() -> None:
    model = built(keras.optimizers.Adam())
    indices = state_indices(model)
    for position, variable in enumerate(model.trainable_variables):
        first, second = slots_of(model.optimizer, variable, indices)
        variables = model.optimizer.variables
        assert variables[first] is model.optimizer._momentums[position]
        assert variables[second] is model.optimizer._velocities[position]
        assert np.shape(variables[first]) == variable.shape
