"""How much memory a `.keras` file asks for, told before Keras makes anything of it.

Keras makes the weights that the configuration describes while it loads it, and reads what the file
of weights claims to hold: a file of a few kilobytes may describe, or claim, more than any memory
has. Both are added up here without allocating anything.
"""

import io
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import h5py

from epochal.data.archives import VARIABLE, largest_unpacked
from epochal.errors import InputError

_WEIGHTS = "model.weights.h5"
_UNITS = ("units", "filters", "output_dim", "num_heads", "key_dim", "value_dim", "depth_multiplier")
_HEAD_UNITS = ("outputs", "components")  # of a head for a distribution
_OTHER_SIZES = ("input_dim", "batch_shape", "batch_input_shape", "target_shape", "kernel_size")
_GATES = 4  # of an LSTM, and projections of an attention
_PARAMETERS = 3  # of a distribution, or of each of its components
_BYTES = 4  # of a weight
_READ_AT_ONCE = 64 << 20


def check_saved_sizes(path: Path, entries: Iterator[dict[str, Any]]) -> None:
    """Refuse a `.keras` file of more weights than `epochal.data.archives` lets a file unpack to.

    Parameters
    ----------
    path : Path
    entries : iterator of dict
        Every dict of its configuration.

    Raises
    ------
    InputError
        It describes or claims more, or its weights lie in another file.
    OSError, KeyError, ValueError, zipfile.BadZipFile
        It cannot be read.
    """
    limit = largest_unpacked()
    described = _described(list(entries)) * _BYTES
    with (
        zipfile.ZipFile(path) as archive,
        _opened(archive, _WEIGHTS) as file,
        h5py.File(file) as found,
    ):
        claimed = sum(_claimed(found, path))
    needed = max(described, claimed)
    if needed > limit:
        raise InputError(
            f"{str(path)!r} must hold weights of at most {limit / 2**30:g} GiB, got "
            f"{needed / 2**30:,.1f} GiB: if you trust it, set the environment variable {VARIABLE} "
            "to more."
        )


def _opened(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A file of an archive; a small one is read at once, as h5py goes back and forth in it."""
    if archive.getinfo(name).file_size > _READ_AT_ONCE:
        return archive.open(name)
    return io.BytesIO(archive.read(name))


def _described(entries: list[dict[str, Any]]) -> int:
    """At least as many weights as Keras makes from a configuration; with `build_config` about so.

    A layer without it has the size of its inputs from a layer before, whichever that is.
    """
    layers = [entry for entry in entries if isinstance(entry.get("config"), dict)]
    sizes = [
        size
        for layer in layers
        for name in (*_UNITS, *_HEAD_UNITS, *_OTHER_SIZES)
        for size in _numbers(layer["config"].get(name))
    ]
    largest = max(sizes, default=1)
    return sum(_weights(layer, largest) for layer in layers)


def _weights(layer: dict[str, Any], largest: int) -> int:
    config, built = layer["config"], layer.get("build_config")
    units = [number for name in (*_UNITS, *_HEAD_UNITS) for number in _numbers(config.get(name))]
    if "outputs" in config:
        units.append(max(_PARAMETERS, len(config.get("levels") or ())))
    shape = built.get("input_shape") if isinstance(built, dict) else None
    inputs = max(_numbers(config.get("input_dim")), default=0)
    inputs = inputs or (max(_numbers(shape), default=1) if shape else largest)
    if not units:
        return 0 if shape is None else 4 * inputs  # a normalisation's
    made = math.prod(units) * math.prod(_numbers(config.get("kernel_size")) or [1])
    gates = 1 if "recurrent_initializer" not in config and "num_heads" not in config else _GATES
    return gates * made * (inputs + (max(units) if gates > 1 else 1))


def _numbers(value: Any) -> list[int]:
    """The whole numbers above 0 in a value or a list of values."""
    found = value if isinstance(value, list | tuple) else [value]
    return [one for one in found if isinstance(one, int) and not isinstance(one, bool) and one > 0]


def _claimed(group: h5py.Group, path: Path) -> Iterator[int]:
    """The bytes that each array claims, whatever is stored of it."""
    for name in group:
        link = group.get(name, getlink=True)
        found = group[name] if isinstance(link, h5py.HardLink) else None
        if isinstance(found, h5py.Group):
            yield from _claimed(found, path)
        elif isinstance(found, h5py.Dataset) and not found.external and not found.is_virtual:
            yield math.prod(found.shape or ()) * found.dtype.itemsize
        else:
            raise InputError(
                f"{str(path)!r} must hold all of its weights, got {name!r}, which names another "
                "place: save it again."
            )
