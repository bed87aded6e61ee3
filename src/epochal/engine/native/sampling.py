"""Samples of a chain's outputs, with every dropout drawing."""

import numpy as np

from epochal.engine.native.program import Program, flat, load
from epochal.engine.protocol import State


def sample(
    program: Program, state: State, x: np.ndarray, first: int, samples: int, keys: np.ndarray
) -> np.ndarray:
    """The outputs (samples, rows, ...) of all rows of `x`, of which the first has that number.

    `keys`, uint32 (dropouts, 2), are those of the dropouts' draws: a row adds its number to the
    first word, a sample its own to the second.
    """
    chain, network = program.chain, program.network
    load(program, state, with_slots=False)
    x = flat(x)
    outputs = np.empty((samples, len(x), chain.outputs), np.float32)
    network.sample([x], first, samples, keys.tolist(), outputs)
    return outputs.reshape(samples, len(x), *chain.output_shape)
