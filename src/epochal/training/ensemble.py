"""`Ensemble`: trained models that predict together, as one program."""

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import keras
import numpy as np

from epochal.bridge.checks import check_layer_graph
from epochal.bridge.combining import combined_model, last_activation
from epochal.bridge.saved_models import check_saved_classes, load_checked_model
from epochal.errors import InputError, suggest
from epochal.layers import DistributionMean
from epochal.models.distributions import family_of
from epochal.training.predict import predict

AVERAGES = ("mean", "logits")
_DESCRIPTION = "ensemble.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble:
    """Trained models whose predictions are averaged.

    Attributes
    ----------
    models : sequence of keras.Model
        Sequential or functional models, built, of one output and of equal inputs and outputs; they
        need not be equal otherwise.
    weights : sequence of float, optional
        How much each counts, at least 0; they are divided by their sum, and what counts nothing
        takes no time. None counts all alike.
    average : {"mean", "logits"}
        "mean" averages what the models give: probabilities, or numbers. "logits" averages what
        comes before their last softmax or sigmoid (in probabilities: a geometric mean, made to add
        up to 1), so that a confident member counts more.

    Raises
    ------
    InputError
        No models, or such as cannot be averaged; weights that are not one a model, or negative.

    Examples
    --------
    >>> import numpy as np, epochal
    >>> models = [epochal.network("multiclass", 4, classes=3, seed=seed) for seed in range(3)]
    >>> ensemble = epochal.Ensemble(models=models)
    >>> ensemble.predict(np.zeros((1, 4))).shape
    (1, 3)
    """

    models: Sequence[keras.Model]
    weights: Sequence[float] | None = None
    average: str = "mean"

    def __post_init__(self) -> None:
        object.__setattr__(self, "models", tuple(self.models))
        _check_models(self.models)
        _check_average(self.average, self.models)
        weights = _checked_weights(self.weights, len(self.models))
        object.__setattr__(self, "weights", tuple((weights / weights.sum()).tolist()))

    @cached_property
    def model(self) -> keras.Model:
        """All of them as one plain Keras model, with copies of their weights as they are now."""
        weights = self.weights or ()
        models = [model for model, weight in zip(self.models, weights, strict=True) if weight]
        link = last_activation(self.models[0]) if self.average == "logits" else ""
        return combined_model(models, [weight for weight in weights if weight], link)

    def predict(self, x: Any, *, batch_size: int | None = None, verbose: Any = 0) -> np.ndarray:
        """The averaged outputs, (rows, ...), as `epochal.predict` gives those of one model."""
        outputs: np.ndarray = predict(self.model, x, batch_size=batch_size, verbose=verbose)
        return outputs

    def save(self, folder: str | Path) -> None:
        """Write each model as a ``.keras`` file into a new folder, and ``ensemble.json``.

        The folder is there when all of it is written, and not before.

        Raises
        ------
        InputError
            The folder exists, or cannot be written.
        """
        folder = Path(folder)
        if folder.exists():
            raise InputError(
                f"folder must not exist yet, got {str(folder)!r}: give a new name, or remove it."
            )
        names = [f"member-{number:03d}.keras" for number in range(len(self.models))]
        content = {"average": self.average, "weights": self.weights, "models": names}
        try:
            folder.absolute().parent.mkdir(parents=True, exist_ok=True)
            hidden = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.absolute().parent))
        except OSError as error:
            raise InputError(
                f"folder must be one that can be written, got {str(folder)!r} "
                f"({error.strerror}): give another."
            ) from error
        try:
            for name, model in zip(names, self.models, strict=True):
                model.save(hidden / name)
                check_saved_classes(hidden / name)  # what `load` would refuse is not written
            (hidden / _DESCRIPTION).write_text(json.dumps(content, indent=1), encoding="utf-8")
            hidden.chmod(0o755)
            os.rename(hidden, folder)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)

    @classmethod
    def load(cls, folder: str | Path) -> "Ensemble":
        """Read what `save` has written; nothing in it is run.

        Raises
        ------
        InputError
            No such folder, or one that `save` has not written as it is, or a model that could run
            code: one with a Lambda layer.
        """
        folder = Path(folder)
        try:
            content = json.loads((folder / _DESCRIPTION).read_text(encoding="utf-8"))
            weights, average = content["weights"], content["average"]
            models = [_loaded(folder, name) for name in content["models"]]
        except InputError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"folder must be one that Ensemble.save wrote, got {str(folder)!r}, which cannot "
                f"be read ({type(error).__name__}): name the folder that holds {_DESCRIPTION}."
            ) from error
        return cls(models=models, weights=weights, average=average)


def average_model(models: Sequence[keras.Model], weights: Sequence[float]) -> keras.Model:
    """The model; of several, a new one that gives the average of what they give, untrainable.

    Networks that predict a distribution give its mean.
    """
    models = [_of_numbers(model) for model in models]
    if len(models) == 1:
        return models[0]
    average = Ensemble(models=models, weights=weights).model
    # It is trained no further: no optimiser is saved with it.
    return keras.Model(average.inputs, average.outputs[0], name=average.name)


def _of_numbers(model: keras.Model) -> keras.Model:
    """The model; one that predicts a distribution with its mean after it."""
    family = family_of(model)
    if family is None:
        return model
    mean = DistributionMean.of(family, name="distribution_mean")
    return keras.Model(model.inputs, mean(model.outputs[0]), name=model.name)


def _loaded(folder: Path, name: Any) -> keras.Model:
    path = folder / name
    if path.parent != folder:
        raise ValueError(f"{name} does not lie in the folder")
    check_saved_classes(path)
    return load_checked_model(path)


def _check_models(models: Sequence[Any]) -> None:
    if not models:
        raise InputError("models must hold at least one model, got none: pass trained models.")
    for model in models:
        check_layer_graph(model, "Ensemble")
        if len(model.outputs) != 1:
            raise InputError(
                f"models must have one output, got {model.name!r} with {len(model.outputs)}: "
                "make an ensemble for each output."
            )
        shapes = [(each.input_shape, each.output_shape) for each in (models[0], model)]
        if shapes[0] != shapes[1]:
            raise InputError(
                "models must take and give equal shapes, got "
                f"{shapes[0][0]} to {shapes[0][1]} and {shapes[1][0]} to {shapes[1][1]}: "
                "put models of one task together."
            )


def _check_average(average: Any, models: Sequence[keras.Model]) -> None:
    if average not in AVERAGES:
        raise InputError(
            f"average must be 'mean' or 'logits', got {average!r}.{suggest(average, AVERAGES)}"
        )
    ends = {last_activation(model) for model in models}
    if average == "logits" and (len(ends) > 1 or ends == {""}):
        raise InputError(
            "average='logits' must be given models that all end in softmax or all in sigmoid, got "
            f"{sorted(end or 'another' for end in ends)}: use average='mean'."
        )


def _checked_weights(weights: Any, count: int) -> np.ndarray:
    if weights is None:
        return np.ones(count)
    try:
        given = np.asarray(weights, float)
    except (TypeError, ValueError):
        given = np.empty(0)
    if given.shape != (count,) or not np.isfinite(given).all() or (given < 0).any():
        raise InputError(
            f"weights must be {count} finite numbers of at least 0, one a model, got {weights!r}: "
            "leave them out to count all alike."
        )
    if not given.any():
        raise InputError("weights must not all be 0, got only zeros: leave them out.")
    return given
