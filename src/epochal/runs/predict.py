"""`epochal predict`: a run's network on new rows, loaded without running any code of its files."""

from pathlib import Path

import keras
import pandas as pd
from numpy.typing import NDArray

from epochal.data import load_preprocessing, read_table
from epochal.errors import InputError
from epochal.runs.network import predict_in_target_units
from epochal.runs.predictions import prediction_frame
from epochal.runs.storage.folder import RunFolder, read_run
from epochal.runs.storage.model_file import check_model_file


def predict_table(run: "str | Path", source: "str | Path | pd.DataFrame") -> pd.DataFrame:
    """Predict every row of a table with a trained run.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that the run was trained on; the target may be missing.

    Returns
    -------
    DataFrame
        A row for each row of the table, in its order; see
        `epochal.runs.predictions.prediction_frame`.

    Raises
    ------
    InputError
        No run folder, no table, or a table that lacks a column.

    Examples
    --------
    >>> predict_table("runs/titanic-survived-1", "titanic").columns  # doctest: +SKIP
    Index(['prediction', 'probability_0', 'probability_1'], dtype='str')
    """
    opened = read_run(run)
    frame = read_table(source).reset_index(drop=True)
    outputs = predict_outputs(opened, frame)
    return prediction_frame(opened.record.load_task(), outputs, opened.record.decision_threshold)


def predict_outputs(run: RunFolder, frame: pd.DataFrame) -> NDArray:
    """The network's outputs for the rows of a table, shape (rows, outputs).

    Raises
    ------
    InputError
        A column that the run was trained on is missing, or has wrong values.
    """
    x = load_preprocessing(run.preprocessing).transform(frame)
    return predict_in_target_units(load_model(run), x)


def load_model(run: RunFolder) -> keras.Model:
    """The trained network, a plain Keras model.

    Raises
    ------
    InputError
        The file is damaged, holds what may run code, or a network for another task.
    """
    check_model_file(run.model)
    try:
        model = keras.saving.load_model(run.model, safe_mode=True)
        units = model.output_shape[-1]
    except Exception as error:  # Keras raises whatever its parts raise
        raise InputError(
            f"The run must have a network that `epochal train` wrote, got {str(run.model)!r}, "
            f"which cannot be loaded ({type(error).__name__}): train again."
        ) from error
    outputs = run.record.task["outputs"]
    if units != outputs:
        raise InputError(
            f"The run must have a network of {outputs} outputs, as its run.json says, got "
            f"{str(run.model)!r} with {units}: train again."
        )
    return model
