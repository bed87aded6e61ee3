"""What tells tables apart, and runs: SHA-256 of all that they follow from."""

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pandas as pd

from epochal.data.tables.parsing import hashable_frame
from epochal.runs.storage.record import versions

if TYPE_CHECKING:
    from epochal.runs.plan import Plan


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


def run_fingerprint(plan: "Plan") -> str:
    """That of the tables, the settings and the versions, as 64 hexadecimal digits."""
    tested = fingerprint(plan.frame.iloc[plan.split.test]) if plan.test_source else ""
    parts = [plan.name, plan.fingerprint, tested, asdict(plan.settings), versions()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
