"""`epochal predict`: a run's network on new rows."""

from pathlib import Path

import pandas as pd

from epochal.data import read_table
from epochal.runs.loading import outputs_of
from epochal.runs.predictions import prediction_frame
from epochal.runs.storage.folder import read_run


def predict_table(run: "str | Path", source: "str | Path | pd.DataFrame") -> pd.DataFrame:
    """Predict every row of a table with a trained run.

    Parameters
    ----------
    run : str or Path
        A run folder.
    source : str, Path or DataFrame
        A table with the columns that were trained on; the target may be missing.

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
    return prediction_frame(opened.record.task_again(), outputs_of(opened, frame))
