"""Optuna's tree-structured Parzen estimator, seeded anew for each trial by its number."""

from collections.abc import Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from epochal.bridge.state import derived_seed


class NumberedSampler(BaseSampler):
    """Chooses what `TPESampler` does of a seed that follows from a trial's number.

    A sampler's own stream of random numbers would begin anew in every process: several processes,
    or one that goes on with a sweep, would begin with the same trials.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._now = TPESampler(seed=seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Take the trial's own seed."""
        self._now = TPESampler(seed=derived_seed(self._seed, 10, trial.number))

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As `TPESampler` does."""
        return self._now.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As `TPESampler` does."""
        return self._now.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """As `TPESampler` does."""
        return self._now.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """As `TPESampler` does."""
        self._now.after_trial(study, trial, state, values)
