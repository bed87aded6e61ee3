"""The engine that runs any Keras model: whole stretches of an epoch as one XLA program."""

from epochal.engine.protocol import Work
from epochal.engine.xla.program import (
    ENGINE,
    EXECUTABLES,
    Program,
    copy_state,
    evaluate,
    predict,
    predictor,
    prepare,
    run_steps,
)

__all__ = [
    "ENGINE",
    "EXECUTABLES",
    "Program",
    "Work",
    "copy_state",
    "evaluate",
    "predict",
    "predictor",
    "prepare",
    "run_steps",
]
