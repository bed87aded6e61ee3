"""Learning-rate schedules that Keras lacks, as Keras schedules.

Each is a `keras.optimizers.schedules.LearningRateSchedule`: give it to an optimiser, or to one fit
with `epochal.fit(..., schedule=...)`. A new one is a file of its own and joins `ALL_SCHEDULES`,
which the tests go through.
"""

import keras

from epochal.schedules.exponential_rise import ExponentialRise
from epochal.schedules.one_cycle import OneCycle

ALL_SCHEDULES: dict[str, type[keras.optimizers.schedules.LearningRateSchedule]] = {
    "exponential_rise": ExponentialRise,
    "one_cycle": OneCycle,
}

__all__ = ["ALL_SCHEDULES", "ExponentialRise", "OneCycle"]
