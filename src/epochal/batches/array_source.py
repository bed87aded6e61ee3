"""The rows of one array of the caller's, whatever it is, as NumPy arrays that a device takes."""

from typing import Any

import jax
import keras
import numpy as np
import pandas as pd

from epochal.compat._keras import NumpySliceable, convert_to_sliceable

_BLOCK_BYTES = 4 << 20  # looked at in one go


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
        first = self._raw(slice(0, 1))
        self.shape = (len_of(self._slices.array), *first.shape[1:])
        self.dtype = np.dtype(_device_dtype(first.dtype))
        narrower = first.dtype.kind in "iu" and first.dtype.itemsize > self.dtype.itemsize
        if narrower and not self._fits():
            self.dtype = np.dtype(keras.backend.floatx())
        self.nbytes = int(np.prod(self.shape)) * self.dtype.itemsize

    def take(self, rows: Any, capacity: int | None = None) -> np.ndarray:
        """The rows of a slice or of an index array: float32 for any float, else whole numbers.

        Where these do not all fit into the 32 bits of a device's whole numbers they become float32.

        With `capacity`, at the start of an array of that many rows, which a CPU takes as it is.
        """
        if capacity is None:
            return np.ascontiguousarray(self._raw(rows), self.dtype)
        taken = aligned_zeros((capacity, *self.shape[1:]), self.dtype)
        count = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        array = self._array
        if array is not None and array.dtype == self.dtype and not isinstance(rows, slice):
            # Three times as fast as an index, and straight into its place.
            np.take(array, rows, axis=0, out=taken[:count], mode="clip")
        else:
            taken[:count] = self._raw(rows)
        return taken

    def _raw(self, rows: Any) -> np.ndarray:
        """Rows as NumPy has them."""
        return np.asarray(self._slices.convert_to_numpy(self._slices[rows]))

    def _fits(self) -> bool:
        """Whether whole numbers fit into the device's dtype, which has half as many bits."""
        limits = np.iinfo(self.dtype)
        rows = max(1, _BLOCK_BYTES // max(1, 8 * int(np.prod(self.shape[1:]))))
        for start in range(0, self.shape[0], rows):
            block = self._raw(slice(start, min(start + rows, self.shape[0])))
            if block.size and (int(block.min()) < limits.min or int(block.max()) > limits.max):
                return False
        return True


def rows_of(array: Any) -> np.ndarray:
    """All rows of a batch, as `ArraySource.take` gives them."""
    if type(array) is np.ndarray and array.dtype == _device_dtype(array.dtype):
        return array
    return ArraySource(array).take(slice(None))


def aligned_zeros(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Zeros that begin at a multiple of 64 bytes, which is what XLA asks of memory."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, np.uint8)  # the system's, which costs nothing before it is used
    start = -memory.ctypes.data % 64
    aligned: np.ndarray = memory[start : start + size].view(dtype).reshape(shape)
    return aligned


def without_own_dtypes(arrays: Any) -> Any:
    """`arrays` with each frame and series in it of one of NumPy's dtypes, which Keras asks for.

    Of pandas' own dtypes, and of columns of which some are boolean, NumPy would make objects.
    Whole numbers stay such, because they may be labels; all else becomes float32. So do arrays
    of long doubles; whole numbers in another order of bytes are brought into this machine's.
    """
    return keras.tree.map_structure(_of_one_dtype, arrays)


def _of_one_dtype(array: Any) -> Any:
    if isinstance(array, np.ndarray):
        return _of_known_dtype(array)
    if not isinstance(array, pd.DataFrame | pd.Series):
        return array
    dtypes = list(array.dtypes) if isinstance(array, pd.DataFrame) else [array.dtype]
    kinds = {dtype.kind for dtype in dtypes}
    plain = all(isinstance(dtype, np.dtype) for dtype in dtypes)
    if plain and ("b" not in kinds or len(kinds) == 1):
        return array
    if not kinds <= {"i", "u"}:
        return array.astype("float32")
    wide = "u" in kinds and int(np.max(array.max())) > np.iinfo(np.int64).max
    return array.astype("float32" if wide else "int64")


def _of_known_dtype(array: np.ndarray) -> np.ndarray:
    """`array`, or a copy where Keras and JAX do not take its dtype: foreign bytes, long doubles."""
    if array.dtype == np.longdouble and array.dtype.itemsize > np.dtype(float).itemsize:
        return array.astype(np.float32)
    if not array.dtype.isnative:
        return array.astype(array.dtype.newbyteorder("="))
    return array


def len_of(array: Any) -> int:
    return int(array.shape[0])


def _device_dtype(dtype: np.dtype) -> Any:
    if np.issubdtype(dtype, np.floating):
        return keras.backend.floatx()
    return jax.dtypes.canonicalize_dtype(dtype.newbyteorder("="))


def _is_memory_mapped(array: Any) -> bool:
    while isinstance(array, np.ndarray):
        if isinstance(array, np.memmap):
            return True
        array = array.base
    return False
