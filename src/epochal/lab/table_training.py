"""Training on the tables of the lecture, and the results that are stored of it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from epochal.data import datasets
from epochal.lab.experiment import Result, Scale
from epochal.lab.image_training import best_epoch
from epochal.runs import train_table


def table(name: str, scale: Scale) -> pd.DataFrame:
    """The rows of a table; where the scale limits them, a random sample."""
    frame = datasets.load_table(name).frame
    if scale.rows is None or len(frame) <= scale.rows:
        return frame
    return frame.sample(scale.rows, random_state=0).reset_index(drop=True)


def train_and_score(
    frame: pd.DataFrame,
    target: "str | Sequence[str]",
    measure: str,
    *,
    scale: Scale,
    seed: int,
    drop: Sequence[str] = (),
    task: str | None = None,
) -> Result:
    """The test score of the network by Géron's guideline, as `epochal train` fits it to a table.

    Parameters
    ----------
    frame : pandas.DataFrame
    target : str or sequence of str
        Columns to predict.
    measure : str
        The score's name in the run's record, such as "accuracy".
    scale : Scale
    seed : int
    drop : sequence of str
        Columns to leave out.
    task : str, optional
        None: inferred from the target.

    Returns
    -------
    Result
    """
    with tempfile.TemporaryDirectory() as folder:
        run = train_table(
            frame,
            target,
            task=task,
            drop=drop,
            network="default",  # Géron's guideline
            epochs=scale.max_epochs,
            seed=seed,
            out=Path(folder) / "run",
        )
        history = pd.read_csv(run.path / "history.csv")
        losses = [float(value) for value in history["val_loss"]]
        return Result(
            value=run.record.score(measure).network.value,
            epochs=best_epoch(losses) + 1,
            curves={"val_loss": losses},
        )
