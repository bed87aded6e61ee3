"""Common to classifier and regressor: encode, build, train, predict."""

from collections.abc import Sequence
from functools import partial
from math import ceil
from numbers import Real
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_X_y

from epochal.checks import check_whole
from epochal.data.relations import Relations
from epochal.errors import InputError, suggest
from epochal.estimators.inputs import Samples, checked_inputs, fitted_encoder, split_off
from epochal.models import network
from epochal.models.feed_forward import LOGITS
from epochal.models.guidelines import Variant, guideline_named
from epochal.models.recipes import Recipe, loss_metrics, loss_name, recipe_for
from epochal.training import predict
from epochal.tuning.guided_fit import Rows, fit_networks

ROWS_TO_HOLD_OUT = 1000  # early_stopping="auto" stops early from this many rows on
BLOCK = (
    256  # batch size of predictions: always the same, so that a row's result depends on no other
)


class DNNEstimator(BaseEstimator):
    """Networks by a guideline. Abstract: see `DNNClassifier` and `DNNRegressor`."""

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        *,
        guideline: str = "tabular",
        members: int | None = None,
        numeric_encoding: str | None = None,
        activation: str | None = None,
        optimizer: str | None = None,
        learning_rate: float | Literal["auto"] = "auto",
        epochs: int | None = None,
        batch_size: int | None = None,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        patience: int | None = None,
        dropout: float | None = None,
        l2: float = 0.0,
        random_state: int | np.random.RandomState | None = None,
        verbose: int | str = 0,
        engine: str = "auto",
    ) -> None:
        self.hidden = hidden
        self.guideline = guideline
        self.members = members
        self.numeric_encoding = numeric_encoding
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.dropout = dropout
        self.l2 = l2
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def _checked(self, x: Any, y: Any) -> tuple[Any, NDArray]:
        """`x` and `y`, after scikit-learn's checks and those of the parameters."""
        self._check_parameters()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        x = checked_inputs(self, x, reset=True)
        # scikit-learn checks targets beside inputs, which may be a frame that it does not take.
        rows = np.zeros((len(x), 1))
        _, y = check_X_y(rows, y, multi_output=True, y_numeric=is_regressor(self), estimator=self)
        if len(x) < 2:
            raise ValueError(
                f"Found array with {len(x)} sample(s) while a minimum of 2 is required."
            )
        return x, y

    def _check_parameters(self) -> None:
        rate = self.learning_rate
        if rate != "auto" and not (isinstance(rate, Real) and 0 < float(rate) < float("inf")):
            raise InputError(
                f"learning_rate must be 'auto' or a finite number above 0, got {rate!r}: give e.g. "
                "0.01, or 'auto' for the guideline's."
            )
        if self.early_stopping not in (True, False, "auto"):
            raise InputError(
                f"early_stopping must be True, False or 'auto', got {self.early_stopping!r}."
                f"{suggest(self.early_stopping, ['auto'])}"
            )
        fraction = self.validation_fraction
        if self.early_stopping and not (isinstance(fraction, Real) and 0 < float(fraction) < 1):
            raise InputError(
                f"validation_fraction must be a number above 0 and below 1, got {fraction!r}: give "
                "e.g. 0.1."
            )
        for name, example in (("members", 8), ("epochs", 100), ("batch_size", 32)):
            if (value := getattr(self, name)) is not None:
                check_whole(name, value, 1, f"give e.g. {example}, or None for the guideline's")
        if self.patience is not None:
            check_whole("patience", self.patience, 1, "give e.g. 20, or None for the guideline's")

    def _train(
        self,
        task: str,
        samples: Samples,
        *,
        labels: NDArray | None = None,
        classes: int | None = None,
        outputs: int = 1,
    ) -> None:
        """Fit encoder and networks; `labels` (rows,) are what splits are stratified by."""
        split_seed, seed = check_random_state(self.random_state).randint(2**31 - 1, size=2).tolist()
        rules = guideline_named(self.guideline)
        rows = len(samples.x)
        given = None if self.learning_rate == "auto" else float(self.learning_rate)
        recipe = recipe_for(
            self.guideline,
            rows,
            self.n_features_in_,
            members=self._members(rows, labels),
            hidden=None if self.hidden is None else tuple(self.hidden),
            epochs=self.epochs,
            batch_size=self.batch_size,
            patience=self.patience,
            dropout=self.dropout,
            learning_rate=given,
        )
        alone = recipe.members == 1 and self._stops_early(rows)
        parts = (
            split_off(samples, self.validation_fraction, labels, split_seed) if alone else [samples]
        )
        encoding = self.numeric_encoding or rules.numeric_encoding
        self.encoder_, x = fitted_encoder(parts[0].x, parts[0].y, task, encoding)
        validation = None
        if alone:
            held_out = parts[1]
            validation = Rows(self.encoder_.transform(held_out.x), held_out.y, held_out.weight)
        fitted = fit_networks(
            partial(self._network, task, x.shape[1], recipe, classes, outputs),
            Rows(x, parts[0].y, parts[0].weight),
            validation,
            recipe,
            loss=loss_name(task, recipe),
            peak=given,
            relations=None if alone else Relations(rows=rows, classes=labels),
            seed=seed,
            engine=self.engine,
            verbose=self.verbose,
        )
        self.models_, self.model_weights_ = fitted.models, np.asarray(fitted.weights)
        self.model_ = fitted.model()
        self.learning_rate_ = fitted.peak_learning_rate
        self.history_ = fitted.history
        self.n_iter_ = max(len(run.epoch) for run in fitted.runs)
        self.engine_ = fitted.run.engine

    def _network(
        self,
        task: str,
        features: int,
        recipe: Recipe,
        classes: int | None,
        outputs: int,
        variant: Variant,
        seed: int,
    ) -> keras.Model:
        return network(
            task,
            features,
            guideline=self.guideline,
            hidden=variant.hidden,
            activation=self.activation,
            dropout=variant.dropout,
            l2=self.l2,
            optimizer=self.optimizer,
            input_l1=variant.l1,
            metrics=loss_metrics(task, recipe),
            seed=seed,
            classes=classes,
            outputs=outputs,
        )

    def _members(self, rows: int, labels: NDArray | None) -> int | None:
        """How many were asked for; None leaves it to the guideline."""
        if self.members is None or self.members == 1:
            return self.members
        fewest = rows if labels is None else int(np.unique(labels, return_counts=True)[1].min())
        if self.members > fewest:
            raise InputError(
                "members must be at most the number of rows of each class, as each leaves out some "
                f"of its own, got {self.members} members and {fewest} rows: give fewer."
            )
        return self.members

    def _stops_early(self, rows: int) -> bool:
        return rows >= ROWS_TO_HOLD_OUT if self.early_stopping == "auto" else self.early_stopping

    def _logits(self, x: Any) -> NDArray:
        """The networks' outputs before their last activation, float64 (networks, rows, units)."""
        x = checked_inputs(self, x, reset=False)
        # A power of two: few shapes, few programs.
        blocks = 1 << (ceil(len(x) / BLOCK) - 1).bit_length()
        encoded = self.encoder_.transform(x)
        padded = np.zeros((blocks * BLOCK, encoded.shape[1]), np.float32)
        padded[: len(x)] = encoded
        heads = [keras.Model(each.inputs, each.get_layer(LOGITS).output) for each in self.models_]
        logits = [predict(head, padded, batch_size=BLOCK, verbose=0)[: len(x)] for head in heads]
        return np.asarray(logits, np.float64)
