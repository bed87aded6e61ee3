"""The rows of one array of the caller's, whatever it is, as NumPy arrays that a device takes."""

from typing import Any

import jax
import numpy as np
from keras.src import backend
from keras.src.trainers.data_adapters import array_slicing


class Rows:
    """One array-like: a NumPy array (memory-mapped too), a frame, a JAX or torch tensor, sparse.

    Nothing is copied or converted before its rows are asked for, so that a memory-mapped array
    stays on the disk.
    """

    def __init__(self, array: Any) -> None:
        self.memory_mapped = _is_memory_mapped(array)
        # A plain view: the subclass for memory maps makes every access slower.
        self._array = array.view(np.ndarray) if isinstance(array, np.ndarray) else None
        if isinstance(array, np.ndarray):
            self._slices = array_slicing.NumpySliceable(array)
        else:
            self._slices = array_slicing.convert_to_sliceable(array, target_backend="numpy")
        first = self.take(slice(0, 1))
        self.shape = (len_of(self._slices.array), *first.shape[1:])
        self.dtype = first.dtype
        self.nbytes = self.shape[0] * first.nbytes

    def take(self, rows: Any) -> np.ndarray:
        """The rows of a slice or of an index array, float32 for any float."""
        if self._array is not None and not isinstance(rows, slice):
            taken = np.take(self._array, rows, axis=0)  # three times as fast as an index
        else:
            taken = np.asarray(self._slices.convert_to_numpy(self._slices[rows]))
        return np.ascontiguousarray(taken, _device_dtype(taken.dtype))


def len_of(array: Any) -> int:
    return int(array.shape[0])


def _device_dtype(dtype: np.dtype) -> Any:
    if np.issubdtype(dtype, np.floating):
        return backend.floatx()
    return jax.dtypes.canonicalize_dtype(dtype)


def _is_memory_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False
