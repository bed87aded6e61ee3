"""The rows of one array of the caller's, whatever it is, as NumPy arrays that a device takes."""

from typing import Any

import jax
import keras
import numpy as np
import pandas as pd

from epochal.compat._keras import NumpySliceable, convert_to_sliceable


class ArraySource:
    """One array-like: a NumPy array (memory-mapped too), a frame, a JAX or torch tensor, sparse.

    Nothing is copied or converted before its rows are asked for, so that a memory-mapped array
    stays on the disk.
    """

    def __init__(self, array: Any) -> None:
        self.memory_mapped = _is_memory_mapped(array)
        # A plain view: the subclass for memory maps makes every access slower.
        self._array = array.view(np.ndarray) if isinstance(array, np.ndarray) else None
        if isinstance(array, np.ndarray):
            self._slices = NumpySliceable(array)
        else:
            self._slices = convert_to_sliceable(array, target_backend="numpy")
        first = self.take(slice(0, 1))
        self.shape = (len_of(self._slices.array), *first.shape[1:])
        self.dtype = first.dtype
        self.nbytes = self.shape[0] * first.nbytes

    def take(self, rows: Any, capacity: int | None = None) -> np.ndarray:
        """The rows of a slice or of an index array, float32 for any float.

        With `capacity`, at the start of an array of that many rows, which a CPU takes as it is.
        """
        if capacity is None:
            taken = np.asarray(self._slices.convert_to_numpy(self._slices[rows]))
            return np.ascontiguousarray(taken, _device_dtype(taken.dtype))
        taken = _aligned((capacity, *self.shape[1:]), self.dtype)
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        array = self._array
        if array is not None and array.dtype == self.dtype and not isinstance(rows, slice):
            # Three times as fast as an index, and straight into its place.
            np.take(array, rows, axis=0, out=taken[:count], mode="clip")
        else:
            taken[:count] = self._slices.convert_to_numpy(self._slices[rows])
        taken[count:] = 0
        return taken


def _aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """An array that begins at a multiple of 64 bytes, which is what XLA asks of memory."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    aligned: np.ndarray = memory[start : start + size].view(dtype).reshape(shape)
    return aligned


def without_own_dtypes(arrays: Any) -> Any:
    """`arrays` with each frame and series in it of one of NumPy's dtypes, which Keras asks for.

    Of pandas' own dtypes, and of columns of which some are boolean, NumPy would make objects.
    Whole numbers stay such, because they may be labels; all else becomes float32.
    """
    return keras.tree.map_structure(_of_one_dtype, arrays)


def _of_one_dtype(array: Any) -> Any:
    if not isinstance(array, pd.DataFrame | pd.Series):
        return array
    dtypes = list(array.dtypes) if isinstance(array, pd.DataFrame) else [array.dtype]
    kinds = {dtype.kind for dtype in dtypes}
    plain = all(isinstance(dtype, np.dtype) for dtype in dtypes)
    if plain and ("b" not in kinds or len(kinds) == 1):
        return array
    return array.astype("int64" if kinds <= {"i", "u"} else "float32")


def len_of(array: Any) -> int:
    return int(array.shape[0])


def _device_dtype(dtype: np.dtype) -> Any:
    if np.issubdtype(dtype, np.floating):
        return keras.backend.floatx()
    return jax.dtypes.canonicalize_dtype(dtype)


def _is_memory_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False
