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
from epochal.errors import InputError

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
        ("keras.layers", "AlphaDropout"),
        ("keras.layers", "BatchNormalization"),
        ("keras.layers", "Dense"),
        ("keras.layers", "Dropout"),
        ("keras.layers", "InputLayer"),
        ("keras.layers", "Rescaling"),
        ("keras.optimizers", "Nadam"),
        ("keras.regularizers", "L1L2"),
    }
)
"""Module and class of everything in a network of `epochal train`; none is a registered one."""

_CALLS = "inbound_nodes"  # of a functional network: what its layers are called on, constants too


def check_model_file(path: Path) -> None:
    """Refuse a network with a class that `epochal train` does not use.

    Raises
    ------
    InputError
        The file cannot be read as a network, or names another class.
    """
    try:
        other = sorted(set(_not_allowed(saved_config(path))))
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
    """What a config names besides the allowed classes, quoted."""
    for module, name, registered in classes_in(config):
        if registered is not None or (str(module), str(name)) not in ALLOWED_CLASSES:
            yield repr(f"{module}.{name}" if registered is None else f"{registered}")
    for entry in entries_of(config):
        if _CALLS in entry:
            yield repr(_CALLS)
