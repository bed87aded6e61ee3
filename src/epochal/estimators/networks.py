"""What an estimator holds after its training: how it is saved, and what a notebook shows of it."""

from dataclasses import asdict
from typing import Any

import keras
from sklearn.base import BaseEstimator

from epochal.bridge.saved_models import model_from_bytes, model_to_bytes
from epochal.data import head_of
from epochal.diagnosis.rules import Diagnosis
from epochal.models.distributions import family_of
from epochal.plots.learning_curves import learning_curves
from epochal.summary import html_summary
from epochal.training.ensemble import average_model
from epochal.tuning.single_fit import LeftOut
from epochal.uncertainty.draws import Draws


class FittedNetworks(BaseEstimator):
    """Networks and their record."""

    models_: list[keras.Model]
    model_weights_: Any
    history_: dict[str, list[float]]
    verdict_: Diagnosis
    learning_rate_: float
    encoder_: Any
    _left_out: LeftOut | None
    _logits: Any

    def _draws(self, x: Any, task: str) -> Draws:
        """What each network gives, probabilities of classes: one draw of each."""
        return Draws(
            blocks=self._logits(x),
            weights=tuple(self.model_weights_.tolist()),
            task=task,
            link=head_of(task).activation,
            family=family_of(self.models_[0]),
        )

    @property
    def model_(self) -> keras.Model:
        """The average of the networks as one model."""
        return average_model(self.models_, self.model_weights_)

    @property
    def loss_curve_(self) -> list[float]:
        """The training loss of each epoch."""
        return list(self.history_["loss"])

    def __getstate__(self) -> dict[str, Any]:
        """Plain values for pickle and skops: networks as Keras' files, without their record."""
        state: dict[str, Any] = dict(super().__getstate__())
        state.pop("run_", None)  # it holds a network, and every step of its training
        if "models_" in state:
            state["models_"] = [model_to_bytes(model) for model in self.models_]
            state["verdict_"] = asdict(self.verdict_)
            state["_left_out"] = None if self._left_out is None else tuple(self._left_out)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if "models_" in state:
            state["models_"] = [model_from_bytes(content) for content in state["models_"]]
            state["verdict_"] = Diagnosis(**state["verdict_"])
        super().__setstate__(state)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, str]:
        """As scikit-learn shows it in a notebook, and its networks below."""
        bundle: dict[str, str] = super()._repr_mimebundle_(**options)
        if "text/html" in bundle and hasattr(self, "models_"):
            bundle["text/html"] += self._networks_html()
        return bundle

    def _networks_html(self) -> str:
        several = f"{len(self.models_)} networks, the first" if len(self.models_) > 1 else "network"
        layers = self.models_[0].layers
        return html_summary(
            several,
            str(self.verdict_),
            table=(
                ["layer", "kind", "output", "parameters"],
                [
                    [each.name, type(each).__name__, each.output.shape[1:], each.count_params()]
                    for each in layers
                ],
            ),
            picture=lambda: learning_curves(self.history_, ["loss"]),
            alt="loss by epoch, for training and validation",
        )
