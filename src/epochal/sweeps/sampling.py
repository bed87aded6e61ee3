"""Samplers that go by a trial's number, so that processes that share a study need not agree."""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study, Trial
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from epochal.bridge.state import derived_seed

RETRY_OF = "retry of"
"""The attribute of a trial that tries another one again: the number of that one."""


class _Delegating(BaseSampler):
    """Chooses what another sampler does."""

    _now: BaseSampler

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """As the other one does."""
        self._now.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As the other one does."""
        return self._now.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the other one does."""
        return self._now.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """As the other one does."""
        return self._now.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self,
        study: Study,
        trial: FrozenTrial,
        state: TrialState,
        values: Sequence[float] | None,
    ) -> None:
        """As the other one does."""
        self._now.after_trial(study, trial, state, values)


class NumberedSampler(_Delegating):
    """Optuna's tree-structured Parzen estimator, seeded anew for each trial by its number.

    A sampler's own stream of random numbers would begin anew in every process: several processes,
    or one that goes on with a sweep, would begin with the same trials.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._now = self._first = TPESampler(seed=seed)
        self._common: dict[str, BaseDistribution] = {}

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Take the trial's own seed."""
        self._now = TPESampler(seed=derived_seed(self._seed, 10, trial.number))

    def infer_relative_search_space(
        self, study: Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """What trials have in common: that of the first to be told, as all have one space."""
        if not self._common:
            self._common = self._first.infer_relative_search_space(study, trial)
        return self._common


class Prescribed(_Delegating):
    """Gives each of some settings to one trial, and leaves all other trials to another sampler.

    Waiting trials in the study would have to be put there by one of the processes that begin at the
    same moment, before any of them asks.

    Parameters
    ----------
    params : sequence of dict
        Those of the trials, in order.
    other : optuna.samplers.BaseSampler
    """

    def __init__(self, params: Sequence[Mapping[str, Any]], other: BaseSampler) -> None:
        self._params, self._now = list(params), other
        self._own: Mapping[str, Any] | None = None

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Find the trial's settings."""
        place = originals_before(study.get_trials(deepcopy=False), trial) if self._params else 0
        self._own = self._params[place] if place < len(self._params) else None
        super().before_trial(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing for a trial whose settings are prescribed."""
        return {} if self._own is not None else super().sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: Any
    ) -> Any:
        """The trial's own setting, or what the other sampler chooses."""
        if self._own is not None:
            return self._own[param_name]
        return super().sample_independent(study, trial, param_name, param_distribution)


def originals_before(every: Sequence[FrozenTrial], trial: Trial | FrozenTrial) -> int:
    """How many trials that are no retries came before this one, or before that which it retries."""
    while RETRY_OF in trial.user_attrs:
        trial = every[trial.user_attrs[RETRY_OF]]
    return sum(RETRY_OF not in one.user_attrs for one in every[: trial.number])
