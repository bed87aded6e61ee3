"""What tells runs apart: SHA-256 of all that they follow from."""

import hashlib
import json
from dataclasses import asdict

from epochal.runs.plan import Plan
from epochal.runs.storage.record import versions
from epochal.runs.table_fingerprint import fingerprint


def run_fingerprint(plan: Plan) -> str:
    """That of the tables, the settings and the versions, as 64 hexadecimal digits."""
    tested = fingerprint(plan.frame.iloc[plan.split.test]) if plan.test_source else ""
    parts = [plan.name, plan.fingerprint, tested, asdict(plan.settings), versions()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
