"""What a `.keras` file names, read before Keras builds anything from it.

Keras calls what a file names while it loads it: a Lambda layer may name any function that Keras
exports, with any arguments, and `safe_mode` lets it.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from epochal.bridge.initial_values import without_drawing
from epochal.bridge.saved_sizes import check_saved_sizes
from epochal.data.archives import check_archive
from epochal.errors import InputError

_OBJECT_KEYS = ("class_name", "module", "registered_name")  # Keras makes an object of such a dict
_FUNCTIONS = ("Lambda", "__lambda__", "function")


def saved_config(path: Path) -> Any:
    """The configuration in a `.keras` file.

    Raises
    ------
    OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError
        There is none.
    InputError
        It unpacks to more than it should; see `epochal.data.archives`.
    """
    check_archive(path)
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def check_saved_classes(path: Path) -> None:
    """Refuse a `.keras` file that names a function or a Lambda layer.

    Raises
    ------
    InputError
        It does, or cannot be read.
    """
    try:
        config = saved_config(path)
        named = {str(name) for _, name, _ in classes_in(config)}
        check_saved_sizes(path, entries_of(config))
    except InputError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RecursionError) as error:
        raise InputError(
            f"The model must be a .keras file, got {str(path)!r}, which cannot be loaded "
            f"({type(error).__name__}): save it again."
        ) from error
    if called := sorted(named.intersection(_FUNCTIONS)):
        raise InputError(
            f"The model must hold layers alone, got {str(path)!r} with {called[0]!r}, which may "
            "run code: load it with keras.saving.load_model if you trust it."
        )


def classes_in(config: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Module, class and registered name of each object that Keras would make from a config."""
    for entry in entries_of(config):
        if any(key in entry for key in _OBJECT_KEYS):
            yield entry.get("module"), entry.get("class_name"), entry.get("registered_name")


def entries_of(config: Any) -> Iterator[dict[str, Any]]:
    """Every dict in a config, however deep."""
    to_visit = [config]
    while to_visit:
        part = to_visit.pop()
        if isinstance(part, dict):
            yield part
            to_visit += part.values()
        elif isinstance(part, list):
            to_visit += part


def model_to_bytes(model: keras.Model) -> bytes:
    """The content of the model's `.keras` file, with its optimiser."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        return path.read_bytes()


def model_from_bytes(content: bytes) -> keras.Model:
    """The model that `model_to_bytes` gave; nothing in it is run.

    Raises
    ------
    InputError
        It could run code, or is no model.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        path.write_bytes(content)
        check_saved_classes(path)
        return load_checked_model(path)


def load_checked_model(path: Path) -> keras.Model:
    """What Keras makes of a `.keras` file that has been looked into.

    It would draw each weight, by a program for each shape, before it reads it.
    """
    with without_drawing():
        return keras.saving.load_model(path, safe_mode=True)
