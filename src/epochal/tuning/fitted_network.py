"""What a training of one network, or of several that are averaged, gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

import keras

from epochal.diagnosis.rules import Diagnosis
from epochal.models.recipes import Recipe
from epochal.training import Run
from epochal.training.ensemble import average_model
from epochal.tuning.ensemble_diagnosis import diagnose_members
from epochal.tuning.histories import mean_history
from epochal.tuning.learning_rate import LearningRateCurve
from epochal.tuning.single_fit import LeftOut


@dataclass(frozen=True, kw_only=True, eq=False)
class FittedNetwork:
    """What a training gave.

    Attributes
    ----------
    recipe : Recipe
        As it was trained by.
    loss : str
        What is the loss without penalties in the histories.
    runs : sequence of Run
        The record of each network's fit, and its model.
    weights : sequence of float
        How much each counts in their average; they add up to 1.
    best_epochs : sequence of int
        The epoch, counted from 0, whose weights each network has.
    curve : LearningRateCurve or None
        The range test; None where the rate was given.
    peak_learning_rate : float
    interrupted : bool
        Whether Ctrl-C ended it.
    left_out : LeftOut or None
        What it predicts for rows that it was not trained on; None where that was not asked for, or
        there are no such rows.
    """

    recipe: Recipe
    loss: str
    runs: Sequence[Run]
    weights: Sequence[float]
    best_epochs: Sequence[int]
    curve: LearningRateCurve | None
    peak_learning_rate: float
    interrupted: bool
    left_out: LeftOut | None = None

    @property
    def models(self) -> list[keras.Model]:
        """The networks."""
        return [run.model for run in self.runs]

    def model(self) -> keras.Model:
        """The network; of several, a new one that gives the average of theirs."""
        return average_model(self.models, self.weights)

    @property
    def best_epoch(self) -> int:
        """That of the network; of several, the middle one of theirs."""
        return median_low(self.best_epochs)

    @property
    def run(self) -> Run:
        """The record of the network; of several, of the one whose best epoch is the middle one."""
        return self.runs[list(self.best_epochs).index(self.best_epoch)]

    @property
    def diagnosis(self) -> Diagnosis:
        """What the training shows."""
        if len(self.runs) == 1:
            return self.run.diagnosis_by(self.loss)
        return diagnose_members(self.best_epochs, self.recipe.epochs)

    @property
    def history(self) -> dict[str, list[float]]:
        """Losses and metrics of each epoch; of several networks, the mean of those still trained.

        It ends where the last one did. Losses are without penalties, where `loss` names such.
        """
        means = mean_history([run.history for run in self.runs])
        if self.loss == "loss":
            return means
        names = {"loss": self.loss, "val_loss": f"val_{self.loss}"}
        without = {name: means.pop(own) for name, own in names.items() if own in means}
        return means | without
