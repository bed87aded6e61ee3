"""Learning-rate schedules: Keras' own, and those that Keras lacks.

Each is a `keras.optimizers.schedules.LearningRateSchedule`: pass it to an optimizer, or to a single
fit as `epochal.fit(..., schedule=...)`. To load a model that was saved with one of epochal's,
`import epochal.schedules` first, which registers them with Keras. A new schedule has a file of its
own and joins `ALL_SCHEDULES`, over which the tests are parametrised.
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
