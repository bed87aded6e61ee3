"""Training on the lecture's tables, and what an experiment keeps of it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from epochal.data import datasets
from epochal.lab.experiment import Result, Scale
from epochal.lab.training import best_epoch
from epochal.runs import train_table


def table(name: str, scale: Scale) -> pd.DataFrame:
    """The rows of a table; a small scale draws some of them."""
    frame = datasets.load_table(name).frame
    if scale.rows is None or len(frame) <= scale.rows:
        return frame
    return frame.sample(scale.rows, random_state=0).reset_index(drop=True)


def score(
    frame: pd.DataFrame,
    target: "str | Sequence[str]",
    measure: str,
    scale: Scale,
    seed: int,
    *,
    drop: Sequence[str] = (),
    task: str | None = None,
) -> Result:
    """The score on the test part of what `epochal train` makes of a table."""
    with tempfile.TemporaryDirectory() as folder:
        run = train_table(
            frame,
            target,
            task=task,
            drop=drop,
            epochs=scale.most_epochs,
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
