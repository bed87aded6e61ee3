"""Learning-rate schedules: Keras' own, and those that Keras lacks.

Each is a `keras.optimizers.schedules.LearningRateSchedule`: give it to an optimiser, or to one fit
with `epochal.fit(..., schedule=...)`. A model that was saved with one of epochal's is loaded after
`import epochal.schedules`, which makes them known to Keras. A new one is a file of its own and
joins `ALL_SCHEDULES`, which the tests go through.
"""

from keras.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

from epochal.schedules.exponential_rise import ExponentialRise
from epochal.schedules.one_cycle import OneCycle
from epochal.schedules.power_decay import PowerDecay
from epochal.schedules.warm_up import WarmUp

ALL_SCHEDULES: dict[str, type[LearningRateSchedule]] = {
    "cosine_decay": CosineDecay,
    "cosine_decay_restarts": CosineDecayRestarts,
    "exponential_decay": ExponentialDecay,
    "exponential_rise": ExponentialRise,
    "inverse_time_decay": InverseTimeDecay,
    "one_cycle": OneCycle,
    "piecewise_constant_decay": PiecewiseConstantDecay,
    "polynomial_decay": PolynomialDecay,
    "power_decay": PowerDecay,
    "warm_up": WarmUp,
}

__all__ = [
    "ALL_SCHEDULES",
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "ExponentialRise",
    "InverseTimeDecay",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "PowerDecay",
    "WarmUp",
]
