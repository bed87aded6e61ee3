"""What tells tables apart, and runs: SHA-256 of all that they follow from."""

import hashlib
import json
from dataclasses import asdict

import pandas as pd

from epochal.data.tables.parsing import hashable_frame
from epochal.runs.settings import TrainSettings
from epochal.runs.storage.record import versions


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


def run_fingerprint(name: str, table: str, tested: str, settings: TrainSettings) -> str:
    """That of a run on `name`, from those of its `table` and of another that is `tested`."""
    parts = [name, table, tested, asdict(settings), versions()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
