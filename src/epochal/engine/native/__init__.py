"""The engine for feed-forward chains on the CPU: nothing to compile, and every core at its peak.

It is a C++ extension, built when the package is installed. Where no compiler was found then, the
package works without it: `ENGINE` is still here, and `AVAILABLE` says no.
"""

from epochal.engine.native.program import (
    AVAILABLE,
    ENGINE,
    Program,
    copy_state,
    evaluate,
    inputs_of,
    predict,
    predictor,
    prepare,
    run_steps,
)
from epochal.engine.native.sampling import sample

__all__ = [
    "AVAILABLE",
    "ENGINE",
    "Program",
    "copy_state",
    "evaluate",
    "inputs_of",
    "predict",
    "predictor",
    "prepare",
    "run_steps",
    "sample",
]
