"""From the losses of a range test to a suggestion: pure arithmetic, no model."""

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from epochal.plots.range_test import learning_rate_curve
from epochal.summary import html_summary
from epochal.tuning.suggestion_rules import ALL_RULES, DEFAULT_RULE, has_fallen

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DIVERGED = 4.0  # times the best smoothed loss
MEMORY = 0.9  # of the running mean that watches for divergence
# Standard deviation of the smoothing kernel as a fraction of the steps: half of it leaves slopes
# that are noise from batch to batch, half as much again blurs a fall that takes a decade of rates.
SMOOTHING_STD = 1 / 15
EDGE = 0.1  # fraction of the steps at either end in which a finding may come from the end itself
STILL = (
    0.05  # fraction of the whole fall that the last steps may add before it is called unfinished
)
FLAT = 0.02  # fraction of the loss at the start, below which a fall says little
APART = 3.0  # times: rules further apart than this disagree
START_TO_PEAK = 10.0  # of 1cycle: from its first rate to its highest


@dataclass(frozen=True, kw_only=True, eq=False)
class LearningRateCurve:
    """What a range test saw, and what it makes of it.

    Attributes
    ----------
    learning_rates, losses : numpy.ndarray, shape (steps,)
        Rate and loss of each step up to where the loss diverged, in the order of rising rates.
    smoothed : numpy.ndarray, shape (steps,)
        `losses` under a centred Gaussian, which does not shift a slope towards higher rates as a
        running mean does.
    suggestions : dict of str to float
        What each rule suggests; empty where the loss never fell. "steepest": where the smoothed
        loss falls fastest against the logarithm of the rate, before its minimum. "minimum / 10":
        a tenth of the rate of its minimum. "valley": the middle of its longest fall.
    suggestion : float or None
        The rate to train with from the first step on, by the default rule; None where the loss
        never fell.
    rule : str
        The rule that made the suggestion: "steepest".
    warnings : tuple of str
        Reasons not to trust the suggestion, a sentence each; empty when there is none.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestions: dict[str, float]
    suggestion: float | None
    rule: str
    warnings: tuple[str, ...]

    @property
    def peak(self) -> float | None:
        """The highest rate for 1cycle, which begins at a tenth of it: at the suggestion.

        The middle of a cycle bears more than its beginning, but no more than the rate of the
        lowest loss. None where the loss never fell.
        """
        if self.suggestion is None:
            return None
        lowest = float(self.learning_rates[np.argmin(self.smoothed)])
        return max(self.suggestion, min(START_TO_PEAK * self.suggestion, lowest))

    def plot(self) -> "Figure":
        """Draw loss against rate, with what each rule suggests: `epochal.plots`."""
        return learning_rate_curve(self)

    def _repr_html_(self) -> str:
        headline = "the loss fell at no rate"
        if self.suggestion is not None:
            headline = f"learning rate {self.suggestion:.3g}, for 1cycle {self.peak:.3g}"
        return html_summary(
            headline,
            *self.warnings,
            table=(["rule", "rate"], [[r, f"{v:.3g}"] for r, v in self.suggestions.items()]),
            picture=self.plot,
            alt="loss against learning rate",
        )


def curve_of(learning_rates: np.ndarray, losses: np.ndarray) -> LearningRateCurve:
    """The curve of a whole rise, with what lies beyond its divergence cut off."""
    kept = steps_before_divergence(losses)
    rates, seen = learning_rates[:kept], losses[:kept].astype(np.float64)
    smoothed = smooth(seen, std=max(1.0, len(losses) * SMOOTHING_STD))
    fell = has_fallen(smoothed)
    found = {name: rule(rates, smoothed) for name, rule in ALL_RULES.items()} if fell else {}
    suggestions = {name: float(rates[step]) for name, step in found.items()}
    return LearningRateCurve(
        learning_rates=rates,
        losses=seen,
        smoothed=smoothed,
        suggestions=suggestions,
        suggestion=suggestions.get(DEFAULT_RULE),
        rule=DEFAULT_RULE,
        warnings=_warnings(
            rates,
            seen,
            smoothed,
            found.get(DEFAULT_RULE),
            suggestions,
            diverged=kept < len(losses),
        ),
    )


def steps_before_divergence(losses: np.ndarray) -> int:
    """How many steps to keep.

    Up to a loss that is not finite, or whose running mean is 4 times the best one so far. Of losses
    that may be below 0, such as likelihoods, 4 times the best says nothing: theirs has to be above
    the first by 3 times its size.
    """
    mean, best = 0.0, np.inf
    least = losses[0] + (DIVERGED - 1) * abs(losses[0]) if (losses < 0).any() else -np.inf
    for step, loss in enumerate(losses.astype(np.float64)):
        mean = MEMORY * mean + (1 - MEMORY) * loss
        corrected = mean / (1 - MEMORY ** (step + 1))  # the mean started from 0
        if not np.isfinite(loss) or corrected > max(DIVERGED * best, least):
            return step
        best = min(best, corrected)
    return len(losses)


def smooth(losses: np.ndarray, std: float) -> np.ndarray:
    """Each loss, averaged with its neighbours by a Gaussian with a `std` in steps."""
    steps = np.arange(len(losses))
    weights = np.exp(-0.5 * ((steps[:, None] - steps) / std) ** 2)
    means: np.ndarray = weights @ losses / weights.sum(axis=1)
    return means


def _warnings(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    position: int | None,
    suggestions: dict[str, float],
    *,
    diverged: bool,
) -> tuple[str, ...]:
    if position is None:
        return ("The loss never fell: the data may carry no signal, or minimum is too high.",)
    found = []
    until = int(np.argmin(smoothed)) + 1  # beyond it the loss is on its way up, which is no noise
    fall, noise = float(smoothed[0] - smoothed.min()), float(np.std((losses - smoothed)[:until]))
    if fall < noise:
        found.append(
            f"The loss fell by {fall:.3g} only, less than its noise from batch to batch "
            f"({noise:.3g}): more steps or larger batches tell more."
        )
    if fall < FLAT * abs(smoothed[0]) and fall >= noise:
        found.append(
            f"The curve is flat: the loss fell from {smoothed[0]:.3g} to {smoothed.min():.3g} "
            "only: the data may carry little signal, or it takes more steps."
        )
    if max(suggestions.values()) > APART * min(suggestions.values()):
        each = ", ".join(f"{name} {rate:.2g}" for name, rate in suggestions.items())
        found.append(
            f"The suggestion rules disagree by more than {APART:g}× ({each}): compare them in a "
            "few steps of training each."
        )
    edge = ceil(EDGE * len(smoothed))
    if not diverged and smoothed[-edge - 1] - smoothed[-1] > STILL * fall:
        found.append(
            f"The loss was still falling at the highest rate, {rates[-1]:.3g}: raise maximum."
        )
    if position < edge:
        found.append(
            f"The loss fell fastest among the lowest rates, from {rates[0]:.3g}: lower minimum."
        )
    return tuple(found)
