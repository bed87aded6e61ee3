"""What a `model.keras` may hold, read before Keras builds anything from it.

Keras calls what a file names while it loads it: a Lambda layer may name any function that Keras
exports, with any arguments, and `safe_mode` lets it. So nothing is handed to Keras but networks
made of the parts that `epochal.runs.network` uses.
"""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from epochal.errors import InputError

PARTS = frozenset(
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
"""Module and class of all that a network of `epochal train` is made of; none is registered."""

_MARKS = ("class_name", "module", "registered_name")  # of an entry that Keras makes an object of

_CALLS = "inbound_nodes"  # of a functional network: what its layers are called on, constants too


def check_network_file(path: Path) -> None:
    """Refuse a network with a part that `epochal train` does not build.

    Raises
    ------
    InputError
        The file cannot be read as a network, or holds another part; the part is named.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            config = json.loads(archive.read("config.json"))
        strangers = sorted(set(_strangers(config)))
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"{str(path)!r} must be a network that `epochal train` wrote, but it cannot be "
            f"loaded ({type(error).__name__}). Train again."
        ) from error
    if strangers:
        raise InputError(
            f"{str(path)!r} must be a network that `epochal train` wrote, but it holds "
            f"{', '.join(strangers[:3])}, which may run code. Train again."
        )


def parts_in(config: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Module, class and registered name of all that Keras would make from a configuration."""
    for entry in _entries(config):
        if any(mark in entry for mark in _MARKS):
            yield entry.get("module"), entry.get("class_name"), entry.get("registered_name")


def _strangers(config: Any) -> Iterator[str]:
    for module, name, registered in parts_in(config):
        if registered is not None or (str(module), str(name)) not in PARTS:
            yield repr(f"{module}.{name}" if registered is None else f"{registered}")
    for entry in _entries(config):
        if _CALLS in entry:
            yield repr(_CALLS)


def _entries(config: Any) -> Iterator[dict[str, Any]]:
    """Every dict in it, however deep."""
    left = [config]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            yield part
            left += part.values()
        elif isinstance(part, list):
            left += part
