"""The engine in C++ for dense, convolutional, recurrent and attention networks on the CPU.

It is a C++ extension, built when the package is installed. Where no compiler was found then, the
package works without it: `ENGINE` is still here, and `AVAILABLE` says no.
"""

from epochal.engine.graph import Graph
from epochal.engine.native import program
from epochal.engine.native.arrays import inputs_of
from epochal.engine.native.program import AVAILABLE, Program, kernels_in_use, prepare
from epochal.engine.protocol import Engine

ENGINE: Engine[Graph, Program] = program

__all__ = ["AVAILABLE", "ENGINE", "Program", "inputs_of", "kernels_in_use", "prepare"]
