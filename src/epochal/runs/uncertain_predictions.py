"""How sure the predictions of a run are: what its networks, or samples of them, say of new rows."""

from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from numpy.typing import NDArray

from epochal.batches.dataset import Dataset
from epochal.conformal.conformity import NumberConformity
from epochal.data import Task
from epochal.errors import InputError, suggest
from epochal.runs.network import without_target_units
from epochal.runs.storage.conformity_file import CONFORMITY, read_conformity
from epochal.runs.storage.folder import RunFolder
from epochal.uncertainty.calibrate import scaled
from epochal.uncertainty.draws import Networks, plain_draws, sampled_draws
from epochal.uncertainty.prediction import Prediction

RUN_SOURCES = ("ensemble", "monte_carlo", "both")
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of the quantiles of a predicted distribution
SAMPLES = 50  # of each network, where its dropout is drawn


def check_source(uncertainty: str) -> None:
    """Refuse a source that there is not."""
    if uncertainty not in RUN_SOURCES:
        raise InputError(
            f"uncertainty must be one of {', '.join(RUN_SOURCES)}, got {uncertainty!r}."
            f"{suggest(str(uncertainty), RUN_SOURCES)}"
        )


def predicting_uncertainty(
    run: RunFolder, task: Task, model: keras.Model, uncertainty: str
) -> Callable[[NDArray], Prediction]:
    """A function of rows to their prediction, in the units of the target.

    Rows are arrays (rows, columns), as the run's preprocessing gives them.

    Parameters
    ----------
    run : RunFolder
    task : Task
    model : keras.Model
        The run's.
    uncertainty : {"ensemble", "monte_carlo", "both"}
        Whether the run's networks are compared, samples of them with dropout, or both.

    Raises
    ------
    InputError
        The run has one network where several are asked for, or none with dropout.
    """
    check_source(uncertainty)
    body, units = without_target_units(model)
    networks = replace(Networks.of(body, task.kind), link="none")
    if uncertainty != "monte_carlo" and networks.count == 1:
        raise InputError(
            f"uncertainty must be 'monte_carlo' for a run of one network, got {uncertainty!r}: "
            "train with --members 5 or more to compare networks."
        )
    left_out = _left_out(run, task)
    levels = () if networks.family is None else LEVELS

    def predicted(x: NDArray) -> Prediction:
        data = Dataset(x=np.asarray(x, np.float32), are_arrays=True)
        drawn = (
            plain_draws(networks, data)
            if uncertainty == "ensemble"
            else sampled_draws(networks, data, samples=SAMPLES)
        )
        if units is not None:
            drawn = drawn.in_units(units.std, units.mean)
        found = drawn.prediction(levels, tuple(task.classes or task.target))
        if left_out is None:
            return found
        if networks.family is None:
            return scaled(found.with_noise(left_out.mean_square), left_out.variance_factor)
        # Quantiles are those of the mixture, as its scores are.
        return replace(scaled(found, left_out.variance_factor), quantiles=found.quantiles)

    return predicted


def variance_factor(run: RunFolder, task: Task) -> NDArray[np.float64]:
    """What the variances of a run's distributions are multiplied by, (targets,).

    They are then as large as the squared errors on the rows left out. 1 where the run predicts no
    distributions, or left no rows out.
    """
    predicts = run.record.settings.get("distribution") is not None
    left_out = _left_out(run, task) if predicts else None
    return np.ones(task.outputs) if left_out is None else left_out.variance_factor


def _left_out(run: RunFolder, task: Task) -> NumberConformity | None:
    if task.classes or not (run.path / CONFORMITY).is_file():
        return None
    found = read_conformity(run.path / CONFORMITY, task)
    return found if isinstance(found, NumberConformity) else None
