"""The data of a population: read once, as engines read it, so that members share it."""

from typing import Any

import jax
import keras
import numpy as np
from keras.utils import unpack_x_y_sample_weight
from numpy.typing import NDArray

from epochal.batches.array_source import ArraySource
from epochal.batches.dataset import Dataset, checked_dataset
from epochal.errors import InputError


def shared_data(
    model: keras.Model, x: Any, y: Any, sample_weight: Any = None, *, of: str | None = None
) -> Dataset:
    """The data, checked for `model`, converted where an engine would convert it.

    Raises
    ------
    InputError
        See `checked_dataset`; also what yields batches by itself.
    """
    data = checked_dataset(model, x, y, sample_weight, of=of)
    if not data.are_arrays:
        raise InputError(
            f"{of or 'x'} must be arrays, got a {type(x).__name__}, which yields batches of its "
            "own: members take their own rows of arrays."
        )
    arrays = jax.tree.map(_read, (data.x, data.y, data.sample_weight))
    return Dataset(x=arrays[0], y=arrays[1], sample_weight=arrays[2], are_arrays=True)


def held_out_data(model: keras.Model, validation: Any) -> Dataset | None:
    """What all members are validated on, from (x, y) or (x, y, weights); None where that is."""
    if validation is None:
        return None
    return shared_data(model, *unpack_x_y_sample_weight(validation), of="validation")


def _read(array: Any) -> Any:
    """`array` as engines take it; one that lies on a disk stays there."""
    source = ArraySource(array)
    return array if source.memory_mapped else source.take(slice(None))


def length_of(data: Dataset) -> int:
    """The number of rows."""
    return len(jax.tree.leaves(data.x)[0])


def classes_of(model: keras.Model, y: Any) -> NDArray | None:
    """The class of each row where `model` is compiled for classes, else None."""
    loss = model.loss
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    if not isinstance(y, np.ndarray) or not isinstance(name, str):
        return None
    if name.startswith("categorical") and y.ndim == 2:
        classes: NDArray = y.argmax(axis=1)
        return classes
    of_rows = name.startswith(("sparse_categorical", "binary")) and y.size == len(y)
    return y.reshape(-1) if of_rows else None
