"""Whether rows to calibrate by were trained on: found by a fingerprint of each row."""

from typing import Any

import jax
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from epochal.errors import InputError


def check_not_trained_on(x: Any, y: Any, trained_on: tuple[Any, Any]) -> None:
    """Refuse rows that are among those of the training.

    Parameters
    ----------
    x, y : array_like
        Inputs (rows, ...), or a list or dict of such, and targets.
    trained_on : tuple of (x, y)
        Those of the training.

    Raises
    ------
    InputError
        A row of equal inputs and target is among them.
    """
    rows = _fingerprints(x, y)
    known = np.isin(rows, _fingerprints(*trained_on))
    if known.any():
        raise InputError(
            "x must hold rows that were not trained on, got "
            f"{int(known.sum()):,} of {len(rows):,} that are in trained_on, such as row "
            f"{int(np.flatnonzero(known)[0])}: give others, as the network is surer of what it has "
            "learnt."
        )


def _fingerprints(x: Any, y: Any) -> NDArray[np.uint64]:
    """A number of each row, equal for equal inputs and target."""
    parts = [*jax.tree.leaves(x), np.asarray(y)]
    columns = [np.asarray(part).reshape(len(part), -1) for part in parts]
    # Each row as its bytes: float32 throughout, as networks are given them.
    numbers = np.hstack([each.astype(np.float32) for each in columns])
    whole = np.ascontiguousarray(numbers + np.float32(0))  # -0 as 0
    joined = whole.view(f"V{whole.shape[1] * whole.itemsize}").ravel()
    return pd.util.hash_array(np.array([row.tobytes() for row in joined], object))
