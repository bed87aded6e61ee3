"""What tells tables apart: SHA-256 of their names and values."""

import hashlib

import pandas as pd

from epochal.data.tables.parsing import hashable_frame


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the column names and all values of a table, as 64 hexadecimal digits.

    Two tables have the same fingerprint when they hold the same names and values in the same
    order, whatever kind of file they were read from.

    Examples
    --------
    >>> import pandas as pd
    >>> fingerprint(pd.DataFrame({"a": [1, 2]}))[:8] == fingerprint(pd.DataFrame({"a": [2, 1]}))[:8]
    False
    """
    digest = hashlib.sha256("\x1f".join(frame.columns).encode())
    digest.update(
        pd.util.hash_pandas_object(hashable_frame(frame), index=False).to_numpy().tobytes()
    )
    return digest.hexdigest()
