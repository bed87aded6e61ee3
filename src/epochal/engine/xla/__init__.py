"""The engine that runs any Keras model: whole stretches of an epoch as one XLA program."""

from epochal.engine.xla.program import (
    EXECUTABLES,
    Program,
    Work,
    copy_state,
    evaluate,
    predict,
    prepare,
    run_steps,
)

__all__ = [
    "EXECUTABLES",
    "Program",
    "Work",
    "copy_state",
    "evaluate",
    "predict",
    "prepare",
    "run_steps",
]
