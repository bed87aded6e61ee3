"""The network and the preprocessing of a run, read back without running any code of theirs."""

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.data import load_preprocessing
from epochal.errors import InputError
from epochal.runs.storage.folder import RunFolder
from epochal.runs.storage.model_file import check_network_file
from epochal.runs.target_unit import predict_in_target_units


def load_model(run: RunFolder) -> keras.Model:
    """The trained network, a plain Keras model.

    Raises
    ------
    InputError
        The file is damaged, holds what may run code, or a network for another task.
    """
    check_network_file(run.model)
    try:
        model = keras.saving.load_model(run.model, safe_mode=True)
        width = model.output_shape[-1]
    except Exception as error:  # Keras raises whatever its parts raise
        raise InputError(
            f"{str(run.model)!r} must be a network that `epochal train` wrote, but it cannot be "
            f"loaded ({type(error).__name__}). Train again."
        ) from error
    outputs = run.record.task["outputs"]
    if width != outputs:
        raise InputError(
            f"{str(run.model)!r} must have the {outputs} outputs that run.json tells of, but it "
            f"has {width}: the two are not of one run. Train again."
        )
    return model


def outputs_of(run: RunFolder, frame: pd.DataFrame) -> NDArray:
    """The network's outputs for the rows of a table, shape (rows, outputs).

    Raises
    ------
    InputError
        A column that was trained on is missing, or holds what it cannot.
    """
    x = load_preprocessing(run.preprocessing).transform(frame)
    return predict_in_target_units(load_model(run), x)
