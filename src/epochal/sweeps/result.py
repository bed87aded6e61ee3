"""What a sweep found: its settings beside one another, with how sure that is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import pandas as pd
from optuna import Study
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from epochal.errors import InputError
from epochal.scoring.formatting import interval_text, score_text
from epochal.summary import frame_table, html_summary
from epochal.sweeps.board import RESULT
from epochal.sweeps.fits import Fit
from epochal.sweeps.judging import Setting, judged, simplest_of
from epochal.sweeps.plots import drawn
from epochal.sweeps.space import Space
from epochal.sweeps.study import quiet
from epochal.translation import translate, translate_count

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_FOR_IMPORTANCES = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Sweep:
    """What a sweep found.

    Attributes
    ----------
    study : optuna.study.Study
        All trials, also those of other processes.
    objective : str
    higher_is_better : bool
    seeds : tuple of int
        Those of the fits of each trial.
    rows : tuple of (numpy.ndarray, numpy.ndarray), or None
        The rows of each fit, to train on and left out; None where all are trained on.
    ended : str
        "" where all trials were told, "interrupted", or "out of time".
    """

    study: Study
    space: Space
    objective: str
    higher_is_better: bool
    seeds: tuple[int, ...]
    rows: tuple[Any, ...] | None
    ended: str

    @cached_property
    def settings(self) -> list[Setting]:
        """The trials whose fits all ended, the best first."""
        trials = [
            (trial.number, self.space.settings_of(trial.params), _fits(trial))
            for trial in self._trials(TrialState.COMPLETE)
        ]
        if not trials:
            raise InputError(
                "trials must have one whose fits all ended, got none: call sweep again, with more "
                "trials or time."
            )
        return judged(trials, higher=self.higher_is_better, ratio=self.ratio)

    @property
    def best(self) -> Setting:
        """The setting of the best mean."""
        return self.settings[0]

    @property
    def simplest(self) -> Setting:
        """The simplest setting that cannot be told from the best; see `simplest_of`."""
        return simplest_of(self.settings)

    @property
    def alike(self) -> list[Setting]:
        """The settings that cannot be told from the best, which is among them."""
        return [setting for setting in self.settings if not setting.is_worse]

    @property
    def tried(self) -> int:
        """How many settings were told, those that were pruned among them."""
        return len(self._trials(TrialState.COMPLETE, TrialState.PRUNED))

    @property
    def ratio(self) -> float:
        """Rows left out of a fit over rows trained on; 0 where all are validated on others."""
        if self.rows is None:
            return 0.0
        taken, left_out = self.rows[0]
        return len(left_out) / len(taken)

    def verdict_of(self, setting: Setting) -> str:
        """One of "best", "simplest", "alike", "worse" and "diverged"."""
        if setting.number == self.best.number:
            return "best"
        if setting.number == self.simplest.number:
            return "simplest"
        if not np.isfinite(setting.interval.value):
            return "diverged"
        return "worse" if setting.is_worse else "alike"

    def table(self) -> pd.DataFrame:
        """A row a trial, the best first, then those that were pruned."""
        whole = [
            {
                "trial": each.number,
                **each.settings,
                self.objective: each.interval.value,
                "low": each.interval.low,
                "high": each.interval.high,
                "behind": each.difference.value,
                "verdict": self.verdict_of(each),
                "epochs": sum(each.epochs),
                "weights": each.weights,
                "seconds": each.seconds,
            }
            for each in (self.settings if self._trials(TrialState.COMPLETE) else [])
        ]
        pruned = [
            {"trial": one.number, **self.space.settings_of(one.params), "verdict": "pruned"}
            for one in self._trials(TrialState.PRUNED)
        ]
        return pd.DataFrame([*whole, *pruned])

    def importances(self, seed: int = 0) -> "pd.Series[float]":
        """How much of the objective's variance each parameter explains (fANOVA), from 0 to 1.

        Raises
        ------
        InputError
            Fewer than 4 settings have a finite objective.

        References
        ----------
        F. Hutter, H. Hoos and K. Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter
        Importance", ICML 2014.
        """
        finite = self._finite()
        count = len(finite.trials)
        if count < FEWEST_FOR_IMPORTANCES:
            raise InputError(
                f"importances must have at least {FEWEST_FOR_IMPORTANCES} settings of a finite "
                f"{self.objective}, got {count}: try more."
            )
        found = get_param_importances(finite, evaluator=FanovaImportanceEvaluator(seed=seed))
        return pd.Series(found, name="importance", dtype=float)

    def plot(self, kind: str = "history", params: Sequence[str] | None = None) -> "Figure":
        """One of Optuna's plots.

        Parameters
        ----------
        kind : {"history", "slice", "parallel", "contour", "importances"}
            "slice" shows the objective over each parameter, such as the learning rate.
        params : sequence of str, optional
            The parameters to show; None shows all.

        Raises
        ------
        InputError
            An unknown kind.
        """
        return drawn(self._finite(), kind, params, self.objective)

    @property
    def conclusion(self) -> str:
        """What follows, in a sentence or two of the current language."""
        best, simplest, fits = self.best, self.simplest, len(self.seeds)
        found = translate(
            "Of {count} settings with {fits} fits each, {best} has the best {objective}: {score}.",
            count=len(self.settings),
            fits=fits,
            best=settings_text(best.settings),
            objective=self.objective,
            score=_score(best),
        )
        if fits == 1:
            return f"{found} " + translate("One fit each cannot tell settings apart.")
        if len(self.alike) == 1:
            return f"{found} " + translate("Every other one is worse beyond chance.")
        if simplest.number == best.number:
            return f"{found} " + translate_count(
                "{count} other cannot be told from it, and is not simpler.",
                "{count} others cannot be told from it; it is the simplest of them.",
                len(self.alike) - 1,
            )
        return f"{found} " + translate_count(
            "{count} other cannot be told from it and is simpler, {simplest}: {score}.",
            "{count} others cannot be told from it, of which {simplest} is the simplest: {score}.",
            len(self.alike) - 1,
            simplest=settings_text(simplest.settings),
            score=_score(simplest),
        )

    def _repr_html_(self) -> str:
        return html_summary(self.conclusion, table=frame_table(self.table()))

    def _trials(self, *states: TrialState) -> list[FrozenTrial]:
        return self.study.get_trials(deepcopy=False, states=states)

    def _finite(self) -> Study:
        """The trials of a finite objective, in a study of their own."""
        with quiet():
            study = optuna.create_study(direction=self.study.direction)
        trials = self._trials(TrialState.COMPLETE)
        study.add_trials(
            [one for one in trials if one.value is not None and np.isfinite(one.value)]
        )
        return study


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings in one line.

    Examples
    --------
    >>> settings_text({"learning_rate": 0.00123456, "hidden": (8, 8)})
    'learning_rate=0.00123, hidden=(8, 8)'
    """
    return ", ".join(f"{name}={value_text(value)}" for name, value in settings.items())


def value_text(value: Any) -> str:
    """A setting's value, short."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _score(setting: Setting) -> str:
    interval = setting.interval
    text = score_text(interval.value)
    if not np.isfinite(interval.low):
        return text
    return f"{text} ({interval_text(interval.low, interval.high)})"


def _fits(trial: FrozenTrial) -> list[Fit]:
    return [Fit(**fields) for fields in trial.user_attrs[RESULT]]
