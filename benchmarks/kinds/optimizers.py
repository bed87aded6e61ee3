"""Every optimiser of Keras, on a small dense network."""

from collections.abc import Callable
from functools import partial

import keras
from keras import optimizers

from benchmarks.kinds import data
from benchmarks.kinds.dense import classifier
from benchmarks.kinds.kind import Kind

ALL_OPTIMIZERS: dict[str, Callable[[], optimizers.Optimizer]] = {
    "SGD": lambda: optimizers.SGD(0.01),
    "momentum": lambda: optimizers.SGD(0.01, momentum=0.9),
    "Nesterov": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "Adam": optimizers.Adam,
    "AMSGrad": lambda: optimizers.Adam(amsgrad=True),
    "AdamW": optimizers.AdamW,
    "Nadam": optimizers.Nadam,
    "Adamax": optimizers.Adamax,
    "RMSprop": optimizers.RMSprop,
    "Adagrad": optimizers.Adagrad,
    "Adadelta": optimizers.Adadelta,
    "Adafactor": optimizers.Adafactor,
    "Ftrl": optimizers.Ftrl,
    "Lion": optimizers.Lion,
    "Lamb": optimizers.Lamb,
    "Muon": optimizers.Muon,
    "ScheduleFreeAdamW": optimizers.ScheduleFreeAdamW,
    "LossScaleOptimizer": lambda: optimizers.LossScaleOptimizer(optimizers.Adam()),
}


def _build(name: str) -> keras.Model:
    return classifier(784, (100,), ALL_OPTIMIZERS[name]())


# Small batches make many steps: what grows does so with them.
KINDS = tuple(
    Kind(
        name=name,
        title=f"784-100-10, batches of 8, {name}",
        build=partial(_build, name),
        data=partial(data.vectors, 3200, 784),
        batch_size=8,
    )
    for name in ALL_OPTIMIZERS
)
