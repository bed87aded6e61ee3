"""Keras' own loop, for what no engine can run."""

from time import perf_counter
from typing import Any

import keras

from epochal.batches.dataset import Dataset
from epochal.bridge.whole_saves import whole_files
from epochal.training.arguments import FitArguments
from epochal.training.backups import made_safe
from epochal.training.callbacks import PenaltyRecorder, flatten_callbacks
from epochal.training.one_thread import in_use
from epochal.training.rates.schedule import followed_by_keras
from epochal.training.run import Run


def fit_with_keras(
    model: keras.Model,
    data: Dataset,
    validation: Any,
    callbacks: Any,
    arguments: FitArguments,
    reason: str,
    *,
    validation_split: float = 0.0,
) -> Run:
    """`model.fit`, because of `reason`, with the fit's seed and schedule."""
    run = Run(
        engine="keras", engine_reason=f"Keras' own loop, because {reason}", seed=arguments.seed
    )
    began = perf_counter()
    if isinstance(validation, Dataset):
        validation = (validation.x, validation.y, validation.sample_weight)
    if arguments.seed is not None:
        keras.utils.set_random_seed(arguments.seed)
    own = [PenaltyRecorder(run), run]
    given = [*flatten_callbacks(made_safe(callbacks)), *own]
    alone = in_use(model, "fits", alone=True)
    with alone, followed_by_keras(model, arguments.schedule) as following, whole_files(model):
        model.fit(
            data.x,
            data.y,
            sample_weight=data.sample_weight,
            validation_data=validation,
            validation_split=validation_split,
            # First: the schedule has its length before the others look at the rate.
            callbacks=[following, *given],
            **arguments.for_keras(),
        )
    run.timing.total = perf_counter() - began
    return run
