"""Common to classifier and regressor: scale, build, find a learning rate, train, predict."""

from collections.abc import Sequence
from math import ceil, isfinite
from numbers import Real
from typing import Any, Literal

import jax
import keras
import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from epochal.bridge.state import read_weights
from epochal.checks import check_whole
from epochal.errors import InputError, suggest
from epochal.estimators.inputs import Samples, check_frame, split_off
from epochal.models import network
from epochal.models.feed_forward import LOGITS
from epochal.schedules import OneCycle
from epochal.training import Run, fit, predict
from epochal.tuning import find_learning_rate

ROWS_TO_HOLD_OUT = 1000  # early_stopping="auto" stops early from this many rows on
BLOCK = (
    256  # batch size of predictions: always the same, so that a row's result depends on no other
)


class DNNEstimator(BaseEstimator):
    """A feed-forward network by a guideline. Abstract: see `DNNClassifier` and `DNNRegressor`."""

    def __init__(
        self,
        hidden: Sequence[int] | None = None,
        *,
        guideline: str = "default",
        activation: str | None = None,
        optimizer: str | None = None,
        learning_rate: float | Literal["auto"] = "auto",
        epochs: int = 100,
        batch_size: int = 32,
        early_stopping: bool | Literal["auto"] = "auto",
        validation_fraction: float = 0.1,
        patience: int | None = 20,
        dropout: float | None = None,
        l2: float = 0.0,
        random_state: int | np.random.RandomState | None = None,
        verbose: int | str = 0,
        engine: str = "auto",
    ) -> None:
        self.hidden = hidden
        self.guideline = guideline
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

    def _checked(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """`x` and `y` as arrays, after scikit-learn's checks and those of the parameters."""
        check_frame(x)
        self._check_parameters()
        arrays: tuple[np.ndarray, np.ndarray] = validate_data(
            self,
            x,
            y,
            dtype=(np.float64, np.float32),
            multi_output=True,
            y_numeric=is_regressor(self),
            ensure_min_samples=2,
        )
        return arrays

    def _check_parameters(self) -> None:
        rate = self.learning_rate
        if rate != "auto" and not (isinstance(rate, Real) and 0 < float(rate) < float("inf")):
            raise InputError(
                f"learning_rate must be 'auto' or a finite number above 0, got {rate!r}: give e.g. "
                "0.01, or 'auto' to find one by a range test."
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
        check_whole("epochs", self.epochs, 1, "give e.g. 100")
        check_whole("batch_size", self.batch_size, 1, "give e.g. 32")
        if self.patience is not None:
            check_whole("patience", self.patience, 1, "give e.g. 20, or None for no limit")

    def _train(
        self,
        task: str,
        samples: Samples,
        *,
        labels: np.ndarray | None = None,
        classes: int | None = None,
        outputs: int = 1,
    ) -> None:
        """Fit scaler and network; `labels` (rows,) are what the split is stratified by."""
        split_seed, weight_seed, fit_seed = (
            check_random_state(self.random_state).randint(2**31 - 1, size=3).tolist()
        )
        parts = (
            split_off(samples, self.validation_fraction, labels, split_seed)
            if self._stops_early(len(samples.x))
            else [samples]
        )
        self.scaler_ = StandardScaler().fit(parts[0].x, sample_weight=parts[0].weight)
        training, *validation = (part._replace(x=self._scaled(part.x)) for part in parts)
        self.model_ = network(
            task,
            self.n_features_in_,
            guideline=self.guideline,
            hidden=self.hidden,
            rows=len(samples.x),
            activation=self.activation,
            dropout=self.dropout,
            l2=self.l2,
            optimizer=self.optimizer,
            metrics=[],
            seed=weight_seed,
            classes=classes,
            outputs=outputs,
        )
        self.learning_rate_ = self._peak(training, fit_seed)
        run = self._fit_network(training, validation[0] if validation else None, fit_seed)
        self.history_ = run.history
        self.n_iter_ = len(run.epoch)
        self.engine_ = run.engine

    def _stops_early(self, rows: int) -> bool:
        return rows >= ROWS_TO_HOLD_OUT if self.early_stopping == "auto" else self.early_stopping

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = self.scaler_.transform(x)
        return scaled.astype(np.float32)

    def _peak(self, training: Samples, seed: int) -> float:
        """The peak learning rate of the cycle: given, or found by a range test."""
        if self.learning_rate != "auto":
            return float(self.learning_rate)
        curve = find_learning_rate(
            self.model_,
            training.x,
            training.y,
            sample_weight=training.weight,
            batch_size=self.batch_size,
            seed=seed,
        )
        # Where the loss fell at no rate, all that is left is the optimiser's default.
        return curve.peak or float(self.model_.optimizer.learning_rate)

    def _fit_network(self, training: Samples, validation: Samples | None, seed: int) -> Run:
        stopping = keras.callbacks.EarlyStopping(
            "val_loss", patience=self.patience or self.epochs, restore_best_weights=True
        )
        run = fit(
            self.model_,
            training.x,
            training.y,
            sample_weight=training.weight,
            validation_data=None if validation is None else _validation_data(validation),
            validation_batch_size=BLOCK,
            callbacks=None if validation is None else [stopping],
            batch_size=self.batch_size,
            epochs=self.epochs,
            schedule=OneCycle(self.learning_rate_),
            seed=seed,
            engine=self.engine,
            verbose=self.verbose,
        )
        self._check_converged(run)
        return run

    def _check_converged(self, run: Run) -> None:
        """Refuse weights that are not finite: all predictions would be NaN."""
        weights = jax.tree.leaves(read_weights(self.model_))
        losses = run.history["loss"]
        if np.isfinite(losses).any() and all(np.isfinite(weight).all() for weight in weights):
            return
        epoch = next((i for i, loss in enumerate(losses) if not isfinite(loss)), len(losses) - 1)
        raise InputError(
            f"learning_rate must keep the loss finite, got {self.learning_rate!r}, with which the "
            f"loss diverged in epoch {epoch + 1}: lower it."
        )

    def _logits(self, x: Any) -> np.ndarray:
        """The network's outputs before its last activation, float64 (rows, units)."""
        check_frame(x)
        x = validate_data(self, x, dtype=(np.float64, np.float32), reset=False)
        head = keras.Model(self.model_.inputs, self.model_.get_layer(LOGITS).output)
        # A power of two: few shapes, few programs.
        blocks = 1 << (ceil(len(x) / BLOCK) - 1).bit_length()
        padded = np.zeros((blocks * BLOCK, x.shape[1]), np.float32)
        padded[: len(x)] = self._scaled(x)
        logits: np.ndarray = predict(head, padded, batch_size=BLOCK, verbose=0)
        return logits[: len(x)].astype(np.float64)


def _validation_data(samples: Samples) -> tuple[np.ndarray, ...]:
    """As `validation_data` takes it: (x, y), or (x, y, sample_weight)."""
    return samples[:2] if samples.weight is None else (samples.x, samples.y, samples.weight)
