"""The engine that runs any Keras model: whole stretches of an epoch as one XLA program."""

from epochal.engine.protocol import Engine, Steps
from epochal.engine.xla import program
from epochal.engine.xla.executables import EXECUTABLES
from epochal.engine.xla.program import Program

ENGINE: Engine[Steps, Program] = program

__all__ = ["ENGINE", "EXECUTABLES", "Program"]
