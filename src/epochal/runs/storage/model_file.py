"""What a `model.keras` may hold, read before Keras builds anything from it.

Keras calls what a file names while it loads it: a Lambda layer may name any function that Keras
exports, with any arguments, and `safe_mode` lets it. So Keras is only given networks made of the
classes that `epochal.runs.network` uses.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from epochal.bridge.saved_models import classes_in, entries_of, saved_config
from epochal.bridge.saved_sizes import check_saved_sizes
from epochal.errors import InputError
from epochal.layers import ALL_HEADS, DistributionMean

ALLOWED_CLASSES = frozenset(
    {
        ("keras", "DTypePolicy"),
        ("keras", "Sequential"),
        ("keras.initializers", "GlorotUniform"),
        ("keras.initializers", "HeNormal"),
        ("keras.initializers", "LecunNormal"),
        ("keras.initializers", "Ones"),
        ("keras.initializers", "Zeros"),
        ("keras.layers", "Activation"),
        ("keras.layers", "Add"),
        ("keras.layers", "AlphaDropout"),
        ("keras.layers", "Average"),
        ("keras.layers", "BatchNormalization"),
        ("keras.layers", "Dense"),
        ("keras.layers", "Dropout"),
        ("keras.layers", "InputLayer"),
        ("keras.layers", "Rescaling"),
        ("keras.optimizers", "AdamW"),
        ("keras.optimizers", "Nadam"),
        ("keras.regularizers", "L1L2"),
    }
)
"""Module and class of everything of Keras in a network of `epochal train`."""

REGISTERED = frozenset(
    (head.__module__, head.__name__, f"epochal>{head.__name__}")
    for head in (*ALL_HEADS, DistributionMean)
)
"""Module, class and registered name of what is in one that predicts distributions, besides."""

FUNCTIONAL = ("keras.src.models.functional", "Functional", "Functional")
"""Module, class and registered name of the average of several networks."""

_TENSOR = "__keras_tensor__"
_CALLS = "inbound_nodes"  # of a functional network: what its layers are called on
_PLAIN_OPTIONS: tuple[dict[str, Any], ...] = ({}, {"training": False}, {"mask": None})


def check_model_file(path: Path) -> None:
    """Refuse a network with a class that `epochal train` does not use.

    Raises
    ------
    InputError
        The file cannot be read as a network, or names another class.
    """
    try:
        config = saved_config(path)
        other = sorted(set(_not_allowed(config)))
        if not other:
            check_saved_sizes(path, entries_of(config))
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"The run must have a network that `epochal train` wrote, got {str(path)!r}, which "
            f"cannot be loaded ({type(error).__name__}): train again."
        ) from error
    if other:
        raise InputError(
            f"The run must have a network that `epochal train` wrote, got {str(path)!r} with "
            f"{', '.join(other[:3])}, which may run code: train again."
        )


def _not_allowed(config: Any) -> Iterator[str]:
    """What a config names besides the allowed classes and plain calls of layers, quoted."""
    for found in classes_in(config):
        module, name, registered = found
        if found in (FUNCTIONAL, (None, _TENSOR, None)) or tuple(map(str, found)) in REGISTERED:
            continue
        if registered is not None or (str(module), str(name)) not in ALLOWED_CLASSES:
            yield repr(f"{module}.{name}" if registered is None else f"{registered}")
    for entry in entries_of(config):
        if not all(map(_is_plain_call, entry.get(_CALLS) or [])):
            yield repr(_CALLS)


def _is_plain_call(node: Any) -> bool:
    """Whether a layer is called on outputs of other layers alone: no constants, no others."""
    return (
        isinstance(node, dict)
        and set(node) == {"args", "kwargs"}
        and node["kwargs"] in _PLAIN_OPTIONS
        and isinstance(node["args"], list)
        and len(node["args"]) == 1
        and _are_tensors(node["args"][0])
    )


def _are_tensors(given: Any) -> bool:
    if isinstance(given, list):
        return all(isinstance(one, dict) and _are_tensors(one) for one in given)
    return isinstance(given, dict) and given.get("class_name") == _TENSOR
