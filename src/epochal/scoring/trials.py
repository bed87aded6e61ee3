"""What was tried beside a training, on rows that it leaves out, and what came of it.

This is the one form of it: made by `epochal.runs.remedies`, written to `run.json` by its fields,
and shown by the terminal and the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.metrics import label_title
from epochal.scoring.scores import Interval
from epochal.translation import translatable, translate

AS_IT_IS = translatable("as it is")

FOLDS = 3
"""Each way is trained so often: more would take longer than most remedies are worth."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One way to train, and its scores on rows that it left out.

    Attributes
    ----------
    what : str
        Such as "more dropout"; "as it is" for the training itself. In English, and translated
        where it is shown.
    option : str
        What to add to the command for it; "" for the training itself.
    score : Interval
        The headline score.
    gain : Interval or None
        How much better than the training as it is; above 0 is better. None for that one.
    better : bool
        Whether that is beyond chance, for as many as were tried.
    log_loss, calibration_error : float or None
        Of the probabilities; None for numbers.
    """

    what: str
    option: str
    score: Interval
    gain: Interval | None = None
    better: bool = False
    log_loss: float | None = None
    calibration_error: float | None = None

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        gain = fields["gain"] and Interval.from_dict(fields["gain"])
        read = {"score": Interval.from_dict(fields["score"]), "gain": gain}
        return cls(**{**fields, **read})


@dataclass(frozen=True, kw_only=True)
class Trials:
    """What was tried for one reason.

    Attributes
    ----------
    why : str
        "remedies" for what the diagnosis advises, "class weights" for `--class-weight auto`,
        "tuning" for `--tune`.
    label : str
        The headline score's.
    higher_is_better, percent : bool
        As `epochal.scoring.Score` has them.
    rows, folds : int
        How many rows were left out in turn, in how many folds; 0 where nothing was tried.
    trials : tuple of Trial
        The training as it is first; none where nothing was tried.
    conclusion : str
        What follows, in a sentence or two.
    """

    why: str
    label: str
    higher_is_better: bool
    percent: bool
    rows: int
    folds: int
    trials: tuple[Trial, ...]
    conclusion: str

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read the fields as JSON holds them."""
        return cls(**{**fields, "trials": tuple(map(Trial.from_dict, fields["trials"]))})

    @property
    def best(self) -> Trial | None:
        """The one that gains most of those that are better beyond chance; None where none is."""
        better = [(each.gain.value, each) for each in self.trials if each.better and each.gain]
        return max(better, key=lambda pair: pair[0])[1] if better else None

    @property
    def title(self) -> str:
        """What the table is about, in the current language."""
        if self.why == "class weights":
            return translate("Class weights")
        if self.why == "tuning":
            return translate("Tuning")
        return translate("Remedies")

    @property
    def aside(self) -> str:
        """How the table was made, in the current language."""
        several = len(self.trials) - 1
        if self.why == "tuning":
            return translate(
                "Tried on {rows:,} training rows. The score is the loss on those that a network "
                "leaves out, a mean over {folds} folds; lower is better. Gains are paired by fold. "
                "Better is what is so among all that were tried.",
                rows=self.rows,
                folds=self.folds,
            )
        made = translate(
            "The score is {score} on {rows:,} training rows, each predicted by networks that were "
            "trained on others, in {folds} folds. Gains are paired by row.",
            score=label_title(self.label),
            rows=self.rows,
            folds=self.folds,
        )
        if several < 2:
            return made
        together = translate("Better is what is so among {count} that were tried.", count=several)
        return f"{made} {together}"


def trial_headings(trials: Trials) -> list[str]:
    """The headings of the table, in the current language; one of numbers ends in a colon."""
    of_classes = any(trial.log_loss is not None for trial in trials.trials)
    numbers = [translate("score"), translate("gain (95% interval)")]
    if of_classes:
        numbers += [translate("log loss"), translate("calibration")]
    return [translate("tried"), translate("option"), *(f"{name}:" for name in numbers), ""]


def trial_rows(trials: Trials) -> list[list[str]]:
    """The texts of the table in the current language, a row for each trial.

    Examples
    --------
    >>> score = Interval(value=0.8, low=0.7, high=0.9)
    >>> made = Trials(why="remedies", label="accuracy", higher_is_better=True, percent=True, rows=9,
    ...     folds=3, trials=(Trial(what=AS_IT_IS, option="", score=score),), conclusion="")
    >>> trial_rows(made)
    [['as it is', '', '80.0%', '', '']]
    """
    of_classes = any(trial.log_loss is not None for trial in trials.trials)
    return [_row(trial, trials.percent, of_classes) for trial in trials.trials]


def _row(trial: Trial, percent: bool, of_classes: bool) -> list[str]:
    gain = ""
    if trial.gain is not None:
        interval = interval_text(trial.gain.low, trial.gain.high, percent)
        gain = f"{score_text(trial.gain.value, percent)} ({interval})"
    extra = [
        "" if value is None else score_text(value)
        for value in (trial.log_loss, trial.calibration_error)
    ]
    verdict = translate("better") if trial.better else ""
    return [
        translate(trial.what),
        trial.option,
        score_text(trial.score.value, percent),
        gain,
        *(extra if of_classes else []),
        verdict,
    ]
