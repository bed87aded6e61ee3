"""The conclusion of a run in one sentence: which model to take, and what that rests on.

Nothing is called better whose 95% interval, paired by row, holds 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from epochal.scoring.bootstrap import NETWORK
from epochal.scoring.formatting import score_text
from epochal.scoring.scores import Comparison, Score
from epochal.translation import translate


def better_baseline(comparisons: Sequence[Comparison]) -> str | None:
    """The baseline to take instead of the network: of the significantly better ones, the best.

    Examples
    --------
    >>> from epochal.scoring import Interval
    >>> gain = Interval(value=-0.02, low=-0.03, high=-0.01)
    >>> better_baseline([Comparison(model="network", baseline="mean", gain=gain)])
    'mean'
    """
    better = [one for one in comparisons if one.model == NETWORK and one.is_worse]
    return min(better, key=lambda one: one.gain.value).baseline if better else None


def conclude(score: Score, comparisons: Sequence[Comparison], target: str) -> str:
    """The conclusion of a run.

    Parameters
    ----------
    score : Score
        The headline; its baselines are in order from the constant one: constant, linear, and
        gradient boosting.
    comparisons : sequence of Comparison
        Of the headline score; see `epochal.scoring.score_all`.
    target : str
        What is predicted.

    Returns
    -------
    str
        One sentence: to take a baseline where one is significantly better than the network; that
        no model tells anything where none is significantly better than the constant; that
        nothing is better than the linear model where that holds; and otherwise to take the network,
        with its gain over the best baseline.

    Examples
    --------
    >>> from epochal.scoring import Interval
    >>> score = Score(
    ...     name="RMSE",
    ...     higher_is_better=False,
    ...     percent=False,
    ...     network=Interval(value=3.0, low=2.8, high=3.2),
    ...     baselines={"mean": Interval(value=5.0, low=4.7, high=5.3)},
    ... )
    >>> gain = Interval(value=2.0, low=1.7, high=2.3)
    >>> conclude(score, [Comparison(model="network", baseline="mean", gain=gain)], "price")
    'Take the network: its RMSE is significantly better than that of always predicting the mean \
(by 2.00, 95% interval 1.70 to 2.30).'
    """
    gains = {(one.model, one.baseline): one for one in comparisons}
    against = [name for name in score.baselines if (NETWORK, name) in gains]
    if not against:
        return translate(
            "Nothing can be concluded: the test rows do not determine the {score} of the network "
            "and a baseline.",
            score=score.title,
        )
    found = _Findings(score, gains, against, target)
    return (
        found.a_baseline_is_better()
        or found.nothing_is_told()
        or found.only_baselines_tell()
        or found.linear_is_enough()
        or found.boosting_is_as_good()
        or found.network_is_best()
    )


@dataclass(frozen=True)
class _Findings:
    """What the comparisons show; each method gives its sentence, or "" where it does not hold.

    The methods stand in the order in which they apply.
    """

    score: Score
    gains: Mapping[tuple[str, str], Comparison]
    against: Sequence[str]
    target: str

    def a_baseline_is_better(self) -> str:
        """A baseline is significantly better than the network."""
        best = better_baseline([*self.gains.values()])
        if best is None:
            return ""
        by = self._by(best, sign=-1)
        if best == self._constant:
            return translate(
                "The network learnt nothing about {target}: take the {best}, its {score} is "
                "significantly better ({by}).",
                target=self.target,
                best=translate(best),
                score=self.score.title,
                by=by,
            )
        return translate(
            "Take {best} instead: its {score} is significantly better ({by}).",
            best=translate(best),
            score=self.score.title,
            by=by,
        )

    def nothing_is_told(self) -> str:
        """No model is significantly better than the constant."""
        if self._constant is None or self._better_than(self._constant):
            return ""
        return translate(
            "Take none of the models for {target}: on these test rows none has a significantly "
            "better {score} than {constant} (the network {by}).",
            target=self.target,
            score=self.score.title,
            constant=self._words(self._constant),
            by=self._by(self._constant),
        )

    def only_baselines_tell(self) -> str:
        """Some baseline is significantly better than the constant, and the network is not."""
        better = self._better_than(self._constant) if self._constant else [NETWORK]
        if NETWORK in better:
            return ""
        constant = self._constant or ""
        best = max(better, key=lambda name: self.gains[name, constant].gain.value)
        return self._better_where_the_network_is_not(best, constant)

    def linear_is_enough(self) -> str:
        """The network is not significantly better than the linear model."""
        linear = self._linear
        if linear is None or self.gains[NETWORK, linear].is_better:
            return ""
        better = self._better_than(linear)
        if better:
            return self._better_where_the_network_is_not(better[0], linear)
        return translate(
            "Take {model}: nothing has a significantly better {score}, and it is the simplest (the "
            "network {by}).",
            model=translate(linear),
            score=self.score.title,
            by=self._by(linear),
        )

    def boosting_is_as_good(self) -> str:
        """The network is better than the linear model, and no different from another baseline."""
        equal = [name for name in self.against if not self.gains[NETWORK, name].is_better]
        if not equal:
            return ""
        simpler = [name for name in self.against if name not in equal]
        if not simpler:
            return translate(
                "Take the network or {model}: the network is not significantly different from "
                "{model} ({by}).",
                model=translate(equal[-1]),
                by=self._by(equal[-1]),
            )
        return translate(
            "Take the network or {model}: the network is significantly better than {simpler}, and "
            "not significantly different from {model} ({by}).",
            model=translate(equal[-1]),
            simpler=translate(simpler[-1]),
            by=self._by(equal[-1]),
        )

    def network_is_best(self) -> str:
        """The network is significantly better than every baseline."""
        best = min(self.against, key=lambda name: self.gains[NETWORK, name].gain.value)
        if len(self.against) > 1:
            return translate(
                "Take the network: its {score} is significantly better than that of every baseline "
                "(than {best}, the best of them, {by}).",
                score=self.score.title,
                best=translate(best),
                by=self._by(best),
            )
        return translate(
            "Take the network: its {score} is significantly better than that of {model} ({by}).",
            score=self.score.title,
            model=self._words(best),
            by=self._by(best),
        )

    def _better_where_the_network_is_not(self, model: str, than: str) -> str:
        return translate(
            "Take {model}: its {score} is significantly better than that of {than}, and the "
            "network's is not ({by}).",
            model=translate(model),
            score=self.score.title,
            than=self._words(than),
            by=self._by(than),
        )

    @property
    def _constant(self) -> str | None:
        """The baseline that predicts the same for every row; None where it has no score."""
        first = next(iter(self.score.baselines))
        return first if first in self.against else None

    @property
    def _linear(self) -> str | None:
        name = next(iter([*self.score.baselines][1:]), None)
        return name if name in self.against else None

    def _better_than(self, baseline: str) -> list[str]:
        """The models that are significantly better than a baseline, the simplest first."""
        return [
            one.model for one in self.gains.values() if one.baseline == baseline and one.is_better
        ]

    def _words(self, name: str) -> str:
        if name == self._constant:
            return translate("always predicting the {constant}", constant=translate(name))
        return translate(name)

    def _by(self, baseline: str, sign: int = 1) -> str:
        """How much better than a baseline the network is; with `sign` -1, how much worse."""
        gain, percent = self.gains[NETWORK, baseline].gain, self.score.percent
        ends = (gain.low, gain.high) if sign > 0 else (-gain.high, -gain.low)
        size = max(map(abs, ends))
        texts = [_amount(value, percent, size) for value in (sign * gain.value, *ends)]
        fields = dict(zip(("gain", "low", "high"), texts, strict=True))
        if percent:
            return translate("by {gain} points, 95% interval {low} to {high}", **fields)
        return translate("by {gain}, 95% interval {low} to {high}", **fields)


def _amount(value: float, percent: bool, size: float) -> str:
    """A difference of scores; of percentages, in points."""
    return score_text(value, percent, size=size).removesuffix("%")
