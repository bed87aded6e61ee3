"""What classifier and regressor share: standardise, build, find a rate, train, predict."""

from math import ceil, isfinite
from numbers import Real
from typing import Any

import jax
import keras
import numpy as np
from sklearn.base import BaseEstimator, is_regressor
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from epochal.bridge.state import read_weights
from epochal.errors import InputError, suggest
from epochal.estimators.inputs import Part, check_frame, split_off
from epochal.models import network
from epochal.models.heads import LOGITS
from epochal.schedules import OneCycle
from epochal.training import Run, fit, predict
from epochal.tuning import find_learning_rate

ROWS_TO_HOLD_OUT = 1000  # from how many rows on early_stopping="auto" stops early
BLOCK = 256  # rows of a prediction step: always as many, so that a row's result hangs on it alone


class DNNEstimator(BaseEstimator):
    """A feed-forward network after a guideline. Abstract: see `DNNClassifier`, `DNNRegressor`."""

    hidden: Any
    guideline: str
    activation: str | None
    learning_rate: Any
    optimizer: str | None
    epochs: int
    batch_size: int
    early_stopping: Any
    validation_fraction: float
    patience: int | None
    dropout: float | None
    l2: float
    random_state: Any
    verbose: Any
    engine: str

    def _checked(self, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:
        """`x` and `y` as arrays, after scikit-learn's own checks and ours."""
        check_frame(x)
        self._check_parameters()
        checked: tuple[np.ndarray, np.ndarray] = validate_data(
            self,
            x,
            y,
            dtype=(np.float64, np.float32),
            multi_output=True,
            y_numeric=is_regressor(self),
            ensure_min_samples=2,
        )
        return checked

    def _check_parameters(self) -> None:
        rate = self.learning_rate
        if rate != "auto" and not (isinstance(rate, Real) and 0 < float(rate) < float("inf")):
            raise InputError(
                f"learning_rate must be 'auto' or finite and above 0, got {rate!r}: "
                "'auto' finds one by a range test."
            )
        if self.early_stopping not in (True, False, "auto"):
            raise InputError(
                f"early_stopping must be True, False or 'auto', got {self.early_stopping!r}."
                f"{suggest(self.early_stopping, ['auto'])}"
            )
        share = self.validation_fraction
        if self.early_stopping and not (isinstance(share, Real) and 0 < float(share) < 1):
            raise InputError(
                f"validation_fraction must lie between 0 and 1, got {share!r}: "
                "0.1 holds a tenth of the rows out."
            )
        for name, least in (("epochs", 1), ("batch_size", 1), ("patience", 1)):
            value = getattr(self, name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not (whole and value >= least) and not (name == "patience" and value is None):
                raise InputError(
                    f"{name} must be a whole number of at least {least}, got {value!r}: correct it."
                )

    def _train(
        self,
        task: str,
        whole: Part,
        labels: np.ndarray | None = None,
        **head: Any,
    ) -> None:
        """Fit scaler and network; `labels` are the classes to split by, `head` sizes the head."""
        split_seed, weight_seed, fit_seed = (
            check_random_state(self.random_state).randint(2**31 - 1, size=3).tolist()
        )
        parts = (
            split_off(whole, self.validation_fraction, labels, split_seed)
            if self._stops_early(len(whole.x))
            else [whole]
        )
        self.scaler_ = StandardScaler().fit(parts[0].x, sample_weight=parts[0].weight)
        parts = [part._replace(x=self._scaled(part.x)) for part in parts]
        self.model_ = network(
            task,
            self.n_features_in_,
            guideline=self.guideline,
            hidden=self.hidden,
            rows=len(whole.x),
            activation=self.activation,
            dropout=self.dropout,
            l2=self.l2,
            optimizer=self.optimizer,
            metrics=[],
            seed=weight_seed,
            **head,
        )
        self.learning_rate_ = self._peak(parts[0], fit_seed)
        run = self._fit_network(parts, fit_seed)
        self.history_ = run.history
        self.n_iter_ = len(run.epoch)
        self.engine_ = run.engine

    def _stops_early(self, rows: int) -> bool:
        return rows >= ROWS_TO_HOLD_OUT if self.early_stopping == "auto" else self.early_stopping

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        scaled: np.ndarray = self.scaler_.transform(x).astype(np.float32)
        return scaled

    def _peak(self, training: Part, seed: int) -> float:
        """The highest rate of the cycle: given, or found by a range test."""
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
        # Without any fall there is nothing to go by but the optimiser's usual rate.
        return curve.peak or float(self.model_.optimizer.learning_rate)

    def _fit_network(self, parts: list[Part], seed: int) -> Run:
        training, validation = parts[0], parts[1] if len(parts) > 1 else None
        stopping = keras.callbacks.EarlyStopping(
            "val_loss", patience=self.patience or self.epochs, restore_best_weights=True
        )
        run = fit(
            self.model_,
            training.x,
            training.y,
            sample_weight=training.weight,
            validation_data=None if validation is None else _as_given(validation),
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
        """Refuse weights that are kept though they diverged: all predictions would be NaN."""
        weights = jax.tree.leaves(read_weights(self.model_))
        losses = run.history["loss"]
        if np.isfinite(losses).any() and all(np.isfinite(weight).all() for weight in weights):
            return
        epoch = next((i for i, loss in enumerate(losses) if not isfinite(loss)), len(losses) - 1)
        raise InputError(
            f"learning_rate must keep the loss finite, got {self.learning_rate!r}, with which it "
            f"diverged in {'the first epoch' if epoch == 0 else f'epoch {epoch + 1}'}: lower it."
        )

    def _logits(self, x: Any) -> np.ndarray:
        """What the network says before its last activation, float64 (rows, units)."""
        check_frame(x)
        x = validate_data(self, x, dtype=(np.float64, np.float32), reset=False)
        view = keras.Model(self.model_.inputs, self.model_.get_layer(LOGITS).output)
        blocks = 1 << (ceil(len(x) / BLOCK) - 1).bit_length()  # few lengths, few programs
        padded = np.zeros((blocks * BLOCK, x.shape[1]), np.float32)
        padded[: len(x)] = self._scaled(x)
        logits = predict(view, padded, batch_size=BLOCK, verbose=0)
        values: np.ndarray = logits[: len(x)].astype(np.float64)
        return values


def _as_given(part: Part) -> tuple:
    return (part.x, part.y) if part.weight is None else tuple(part)
