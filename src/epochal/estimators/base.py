"""Common to classifier and regressor: encode, build, train, predict."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_regressor
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_X_y

from epochal.bridge.state import copy_weights, derived_seed, have_equal_weights
from epochal.data.relations import Relations
from epochal.errors import InputError
from epochal.estimators.advice import advice_of
from epochal.estimators.inputs import (
    EvalSet,
    Samples,
    check_groups,
    checked_inputs,
    checked_pair,
    fitted_encoder,
    split_off,
)
from epochal.estimators.logits import logits_in_blocks
from epochal.estimators.networks import FittedNetworks
from epochal.estimators.parameters import check_parameters
from epochal.estimators.unlike import KnowsItsRows
from epochal.models import network
from epochal.models.distributions import stopping_metrics
from epochal.models.guidelines import Variant, guideline_named
from epochal.models.recipes import Recipe, loss_name, recipe_for
from epochal.training import fit
from epochal.tuning.guided_fit import Rows, fit_networks

ROWS_TO_HOLD_OUT = 1000  # early_stopping="auto" stops early from this many rows on


class DNNEstimator(KnowsItsRows, FittedNetworks):
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
        callbacks: Sequence[keras.callbacks.Callback] | None = None,
        warm_start: bool = False,
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
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def _checked(self, x: Any, y: Any, *, reset: bool, least: int = 2) -> tuple[Any, NDArray]:
        """`x` and `y`, at least `least` rows, after scikit-learn's checks and the parameters'."""
        check_parameters(self)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        x = checked_inputs(self, x, reset=reset)
        # scikit-learn checks targets beside inputs, which may be a frame that it does not take.
        rows = np.zeros((len(x), 1))
        _, y = check_X_y(rows, y, multi_output=True, y_numeric=is_regressor(self), estimator=self)
        if len(x) < least:
            raise ValueError(
                f"Found array with {len(x)} sample(s) while a minimum of {least} is required."
            )
        return x, y

    def _checked_eval_set(self, eval_set: EvalSet) -> Samples | None:
        pair = checked_pair(eval_set)
        if pair is None:
            return None
        return Samples(*self._checked(*pair, reset=False, least=1), None)

    def _train(
        self,
        task: str,
        samples: Samples,
        *,
        eval_set: Samples | None = None,
        labels: NDArray | None = None,
        **sizes: Any,
    ) -> None:
        """Fit encoder and networks.

        Parameters
        ----------
        eval_set : Samples, optional
            What all networks stop early by, in place of rows that they leave out.
        labels : numpy.ndarray of shape (rows,), optional
            What splits are stratified by.
        **sizes
            `classes`, or `outputs` and `distribution`, of `network`.
        """
        split_seed, seed = check_random_state(self.random_state).randint(2**31 - 1, size=2).tolist()
        rows = len(samples.x)
        relations = Relations.of(rows, classes=labels, groups=samples.groups)
        check_groups(relations)
        recipe = self._recipe(rows, self._members(rows, labels))
        alone = recipe.members == 1 and eval_set is None and self._stops_early(rows)
        parts: Sequence[Samples] = [samples]
        if alone:
            parts = split_off(samples, self.validation_fraction, relations, split_seed)
        held_out = parts[1] if alone else eval_set
        goes_on = self._goes_on
        x = self._encoded(parts[0], task, keep=goes_on)
        fitted = fit_networks(
            partial(self._network, task, recipe, sizes, list(self.models_) if goes_on else []),
            Rows(x, parts[0].y, parts[0].weight),
            None
            if held_out is None
            else Rows(self.encoder_.transform(held_out.x), held_out.y, held_out.weight),
            recipe,
            loss=loss_name(task, recipe, sizes.get("distribution")),
            peak=self._rate,
            relations=None if alone else relations,
            keep_left_out=not goes_on,
            seed=seed,
            engine=self.engine,
            verbose=self.verbose,
            callbacks=self.callbacks or (),
        )
        self.models_, self.model_weights_ = fitted.models, np.asarray(fitted.weights)
        self.learning_rate_, self.history_ = fitted.peak_learning_rate, fitted.history
        self.n_iter_ = max(len(run.epoch) for run in fitted.runs)
        self.engine_ = fitted.run.engine
        self.run_, self._left_out = fitted.run, fitted.left_out
        self.verdict_ = advice_of(self, fitted.diagnosis, fitted.recipe)

    def _train_partly(self, task: str, samples: Samples, **sizes: Any) -> None:
        """An epoch of each network over `samples`; the first call makes encoder and networks."""
        seeds = check_random_state(self.random_state)
        recipe = self._recipe(len(samples.x), self.members or 1)
        first = not hasattr(self, "models_")
        x = self._encoded(samples, task, keep=not first)
        if first:
            variants = recipe.variants
            self.models_ = [
                self._network(
                    task,
                    recipe,
                    sizes,
                    [],
                    variants[number % len(variants)],
                    seeds.randint(2**31 - 1),
                )
                for number in range(recipe.members)
            ]
            self.model_weights_ = np.full(len(self.models_), 1 / len(self.models_))
            self.history_, self.n_iter_ = {"loss": []}, 0
        runs = [
            fit(
                model,
                x,
                samples.y,
                sample_weight=samples.weight,
                batch_size=recipe.batch_size,
                # An order and masks of its own in each call, also where random_state is a number.
                seed=derived_seed(seeds.randint(2**31 - 1), 7, self.n_iter_),
                engine=self.engine,
                verbose=self.verbose,
                callbacks=list(self.callbacks or ()),
            )
            for model in self.models_
        ]
        self.n_iter_ += 1
        losses = [
            run.history[loss_name(task, recipe, sizes.get("distribution"))][-1] for run in runs
        ]
        self.history_["loss"].append(float(np.mean(losses)))
        self.run_, self.engine_, self._left_out = runs[0], runs[0].engine, None
        self.learning_rate_ = float(runs[0].learning_rates[-1])
        self.verdict_ = advice_of(self, runs[0].diagnosis, recipe)

    @property
    def _goes_on(self) -> bool:
        """Whether the next fit begins with what the last one came to."""
        return bool(self.warm_start) and hasattr(self, "models_")

    @property
    def _rate(self) -> float | None:
        return None if self.learning_rate == "auto" else float(self.learning_rate)

    def _recipe(self, rows: int, members: int | None) -> Recipe:
        return recipe_for(
            self.guideline,
            rows,
            self.n_features_in_,
            members=members,
            hidden=None if self.hidden is None else tuple(self.hidden),
            epochs=self.epochs,
            batch_size=self.batch_size,
            patience=self.patience,
            dropout=self.dropout,
            learning_rate=self._rate,
        )

    def _encoded(self, samples: Samples, task: str, *, keep: bool) -> NDArray:
        """The inputs as the networks take them, by the encoder as it is or by a new one."""
        if keep:
            return np.asarray(self.encoder_.transform(samples.x))
        encoding = self.numeric_encoding or guideline_named(self.guideline).numeric_encoding
        self.encoder_, x = fitted_encoder(samples.x, samples.y, task, encoding)
        self._encoded_columns = x.shape[1]
        self._keep_rows(x)
        return x

    def _network(
        self,
        task: str,
        recipe: Recipe,
        sizes: Mapping[str, Any],
        started: Sequence[keras.Model],
        variant: Variant,
        seed: int,
    ) -> keras.Model:
        """A compiled network, with the weights of one of `started` where one is like it."""
        model = network(
            task,
            self._encoded_columns,
            guideline=self.guideline,
            hidden=variant.hidden,
            activation=self.activation,
            dropout=variant.dropout,
            l2=self.l2,
            optimizer=self.optimizer,
            learning_rate=variant.learning_rate or self._rate,
            input_l1=variant.l1,
            metrics=stopping_metrics(task, recipe, sizes.get("distribution")),
            seed=seed,
            **sizes,
        )
        alike = [each for each in started if have_equal_weights(each, model)]
        if alike:
            copy_weights(alike[seed % len(alike)], model)
        return model

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

    def _logits(self, x: Any) -> Iterator[NDArray]:
        """The networks' outputs before their last activation, as `logits_in_blocks` has them."""
        x = checked_inputs(self, x, reset=False)
        return logits_in_blocks(self.models_, self.encoder_.transform(x))
