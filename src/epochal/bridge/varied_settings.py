"""Settings that copies of a compiled model may have of their own: penalties, rates, limits.

Beside those of its optimiser: ``dropout``, ``l1``, ``l2`` and ``max_norm`` of all layers that have
such, or of one, as ``dropout.<layer>``; and ``label_smoothing`` of the loss.
"""

from collections.abc import Mapping
from typing import Any

import keras

from epochal.bridge.layer_groups import layers_of
from epochal.compat._keras import compile_config
from epochal.errors import InputError, suggest

LOSS = "label_smoothing"
OF_LAYERS = ("dropout", "l1", "l2", "max_norm")

_SMOOTHED = {
    "binary_crossentropy": keras.losses.BinaryCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
}


def settings_known(model: keras.Model) -> list[str]:
    """The names of what copies of the compiled `model` may have of their own."""
    layers = layers_of(model)
    of_layers = [
        name
        for kind in OF_LAYERS
        if (having := [layer.name for layer in layers if _has(layer, kind)])
        for name in (kind, *(f"{kind}.{layer}" for layer in having))
    ]
    of_loss = [LOSS] if _smoothed(model.loss, 0.0) is not None else []
    return [*_of_optimizer(model), *of_layers, *of_loss]


def check_settings(model: keras.Model, names: Mapping[str, Any], of: str, other: str) -> None:
    """`InputError` for a name that is none of the model's settings.

    Parameters
    ----------
    of : str
        Whose settings they are, which begins the sentence.
    other : str
        What else they may be settings of.
    """
    known = settings_known(model)
    for name in names:
        if name not in known:
            raise InputError(
                f"{of} must hold settings of {other} or of the model ({', '.join(known)}), got "
                f"{name!r}, which no layer, loss or optimiser of it has: for any other give a "
                f"function that builds the model from its settings.{suggest(name, known)}"
            )


def varied_layer(config: dict[str, Any], layer: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """A layer's configuration with what `settings` say of all such layers, or of this one."""
    own = {
        kind: settings[name]
        for kind in OF_LAYERS
        for name in (kind, f"{kind}.{layer.name}")
        if name in settings and _has(layer, kind)
    }
    if not own:
        return config
    changed = dict(config)
    if "dropout" in own:
        changed["rate"] = own["dropout"]
    if "max_norm" in own:
        limit = own["max_norm"]
        changed["kernel_constraint"] = None if limit is None else keras.constraints.MaxNorm(limit)
    if "l1" in own or "l2" in own:
        changed["kernel_regularizer"] = _penalty(layer.kernel_regularizer, own)
    return changed


def varied_compiling(model: keras.Model, settings: Mapping[str, Any]) -> dict[str, Any]:
    """How a copy of `model` is compiled: as it is, but for what `settings` say."""
    config: dict[str, Any] = dict(compile_config(model))
    known = _of_optimizer(model)
    own = {name: value for name, value in settings.items() if name in known}
    if own:
        optimizer = model.optimizer
        config["optimizer"] = type(optimizer).from_config(optimizer.get_config() | own)
    if LOSS in settings:
        config["loss"] = _smoothed(config["loss"], settings[LOSS])
    return config


def _of_optimizer(model: keras.Model) -> list[str]:
    return [name for name in model.optimizer.get_config() if name != "name"]


def _has(layer: Any, kind: str) -> bool:
    if kind == "dropout":
        return "Dropout" in type(layer).__name__ and hasattr(layer, "rate")
    return hasattr(layer, "kernel_constraint" if kind == "max_norm" else "kernel_regularizer")


def _penalty(present: Any, own: Mapping[str, Any]) -> Any:
    """The penalty of a kernel, of which `own` names one part or both."""
    l1 = float(own.get("l1", getattr(present, "l1", 0)) or 0)
    l2 = float(own.get("l2", getattr(present, "l2", 0)) or 0)
    if l1 and l2:
        return keras.regularizers.L1L2(l1, l2)
    if l1:
        return keras.regularizers.L1(l1)
    return keras.regularizers.L2(l2) if l2 else None


def _smoothed(loss: Any, smoothing: float) -> Any:
    """The loss with its labels smoothed; None where it has none to smooth."""
    if isinstance(loss, str):
        return _SMOOTHED[loss](label_smoothing=smoothing) if loss in _SMOOTHED else None
    config = loss.get_config() if isinstance(loss, keras.losses.Loss) else {}
    if LOSS not in config:
        return None
    return type(loss).from_config(config | {LOSS: smoothing})
