"""What a training's diagnosis advises, tried; and class weights, where they are to be chosen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from epochal.data import encode_target
from epochal.diagnosis.rules import Diagnosis
from epochal.errors import InputError
from epochal.runs.command import command_of, setting_words
from epochal.runs.observer import Observer
from epochal.runs.plan import Plan
from epochal.runs.training import Trained, train_once
from epochal.runs.trials import OutOfFold, compared, fold_count, out_of_fold
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.task_metrics import RARE
from epochal.scoring.trials import AS_IT_IS, Trial, Trials
from epochal.tuning.fitted_network import FittedNetwork
from epochal.tuning.remedies import (
    FOR_BALANCE,
    Remedy,
    Training,
    kind_to_treat,
    remedies_for,
)

CLASS_WEIGHTS, REMEDIES = "class weights", "remedies"

_RIGHT = (
    " Class weights and repeated rows distort probabilities: these were put right by the "
    "frequencies of the classes."
)
_THRESHOLD = " Where mistakes differ in cost, a threshold (--cost) usually does more."
_TOO_FEW = "There are too few training rows, groups or times to leave some out: nothing was tried."


def chosen_class_weights(plan: Plan, observer: Observer) -> tuple[Plan, list[Trials]]:
    """The plan with or without class weights, where they are to be chosen, and why.

    Both ways are trained on the same folds of the training rows; weights are kept where the
    headline is better with an interval above 0.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C: there is nothing to keep yet.
    """
    if plan.settings.class_weight != "auto":
        return plan, []
    without = replace(plan, settings=replace(plan.settings, class_weight=None))
    if fold_count(plan) < 2:
        return without, [_made(plan, CLASS_WEIGHTS, (), _TOO_FEW)]
    tried = _tried(without, FOR_BALANCE[:1], observer)
    if tried.interrupted:
        raise KeyboardInterrupt
    trials = tried.trials
    if not trials:
        return without, [_made(plan, CLASS_WEIGHTS, (), tried.failed)]
    weighed = trials[1]
    interval = f"{_gain(weighed, plan)} in {plan.metrics[0].label}"
    conclusion = (
        f"Class weights are used: they gain {interval}."
        if weighed.better
        else f"Class weights are not used: a gain of {interval} is not beyond chance."
    )
    used = replace(plan.settings, class_weight="balanced" if weighed.better else None)
    chosen = replace(plan, settings=used)
    return chosen, [_made(plan, CLASS_WEIGHTS, trials, f"{conclusion}{_of_balance(plan)}")]


def tried_remedies(
    plan: Plan, fitted: FittedNetwork, diagnosis: Diagnosis, observer: Observer
) -> Trials:
    """What is advised for that diagnosis, each tried on the same folds of the training rows.

    A network that stopped in time is treated as one that overfits: see `kind_to_treat`.

    Parameters
    ----------
    plan : Plan
        As it was trained by.
    fitted : FittedNetwork
    diagnosis : Diagnosis
        Of that training.
    observer : Observer

    Returns
    -------
    Trials
        After Ctrl-C those that had ended.
    """
    if fitted.interrupted:
        return _made(plan, REMEDIES, (), "The training was interrupted: no remedy was tried.")
    remedies = planned_remedies(plan, fitted, kind_to_treat(diagnosis))
    if not remedies:
        rare = ", and no class is rare" if _can_be_balanced(plan) else ""
        sentence = f"The diagnosis is {diagnosis.kind!r}{rare}: no remedy was tried."
        return _made(plan, REMEDIES, (), sentence)
    if fold_count(plan) < 2:
        return _made(plan, REMEDIES, (), _TOO_FEW)
    tried = _tried(plan, remedies, observer)
    trials = tried.trials
    conclusion = " ".join(filter(None, [_conclusion(plan, remedies, trials), tried.failed]))
    if tried.interrupted:
        done = max(0, len(trials) - 1)
        conclusion = f"Interrupted after {done} of {len(remedies)} remedies. {conclusion}".strip()
    if any(trial.what == each.what for trial in trials for each in FOR_BALANCE):
        conclusion += _of_balance(plan)
    return _made(plan, REMEDIES, trials, conclusion)


def training_of(plan: Plan, fitted: FittedNetwork) -> Training:
    """What decides which remedies there are."""
    return Training(
        guideline=plan.settings.network,
        recipe=fitted.recipe,
        learning_rate=fitted.peak_learning_rate,
        weight_decay=plan.settings.weight_decay,
    )


def planned_remedies(plan: Plan, fitted: FittedNetwork, kind: str) -> tuple[Remedy, ...]:
    """What the diagnosis advises; where a class is rare, what makes it count as much, too."""
    found = remedies_for(kind, training_of(plan, fitted))
    if not _can_be_balanced(plan) or _rarest(plan) >= RARE:
        return found
    return (*found, *FOR_BALANCE)


def option_of(changes: Mapping[str, Any]) -> str:
    """What to add to the command for some settings.

    Examples
    --------
    >>> option_of({"hidden": (128, 64), "oversample": True})
    '--hidden 128,64 --oversample'
    """
    return " ".join(word for name, value in changes.items() for word in setting_words(name, value))


class _Tried(NamedTuple):
    trials: tuple[Trial, ...]  # none where there are not two to compare
    interrupted: bool
    failed: str  # what could not be trained, in sentences


def _tried(plan: Plan, remedies: Sequence[Remedy], observer: Observer) -> _Tried:
    """The training as it is and each remedy, scored.

    What cannot be trained, such as at a rate at which the loss diverges, is said and left out: the
    run that has been trained must not be lost by it.
    """
    progress = _Progress(observer, (1 + len(remedies)) * fold_count(plan))
    found: list[tuple[str, str, OutOfFold]] = []
    interrupted, failed = False, []
    try:
        for remedy in (Remedy(what=AS_IT_IS), *remedies):
            train = progress.training(remedy.what)
            try:
                scored = out_of_fold(plan, remedy.changes, train)
            except InputError as error:
                failed.append(f"{_capitalised(remedy.what)} could not be trained: {error}")
                if remedy.what == AS_IT_IS:
                    break  # there is nothing to compare with
                continue
            found.append((remedy.what, option_of(remedy.changes), scored))
    except KeyboardInterrupt:
        interrupted = True
    trials = compared(plan, found) if len(found) > 1 else ()
    return _Tried(trials, interrupted, " ".join(failed))


class _Progress:
    """Tells an observer which training goes on, and how long the others will take."""

    def __init__(self, observer: Observer, trainings: int) -> None:
        self._observer, self._trainings = observer, trainings
        self._ended, self._began = 0, perf_counter()

    def training(self, what: str) -> Callable[[Plan], Trained]:
        """What trains for one remedy."""

        def train(plan: Plan) -> Trained:
            self._words = f"trying {what}: {self._ended + 1} of {self._trainings} trainings"
            if self._ended:
                each = (perf_counter() - self._began) / self._ended
                self._words += f", about {_duration(each * (self._trainings - self._ended))} left"
            trained = train_once(plan, self)
            self._ended += 1
            return trained

        return train

    def stage(self, words: str) -> None:
        """Tell of it, whatever the training itself says."""
        self._observer.stage(self._words)

    def epoch(self, epoch: int, epochs: int, logs: Mapping[str, float]) -> None:
        """Tell nothing: the stage has more to say than an epoch of one of many trainings."""


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"


def _conclusion(plan: Plan, remedies: Sequence[Remedy], trials: tuple[Trial, ...]) -> str:
    made = _made(plan, REMEDIES, trials, "")
    best = made.best
    if best is None:
        tried = len(trials) - 1
        if tried < 1:
            return ""
        which = "The one remedy" if tried == 1 else f"None of {tried} remedies"
        verb = "is not" if tried == 1 else "is"
        return f"{which} {verb} better beyond chance on rows that the training leaves out."
    changes = next(each.changes for each in remedies if each.what == best.what)
    settings = replace(plan.settings, try_remedies=False, **changes)
    command = command_of(plan.source, settings, plan.test_source)
    return (
        f"{_capitalised(best.what)} gains {_gain(best, plan)} in "
        f"{plan.metrics[0].label} on rows that the training leaves out, which is beyond chance. To "
        f"take it: {command}"
    )


def _of_balance(plan: Plan) -> str:
    """What a reader must know of class weights."""
    return f"{_RIGHT}{_THRESHOLD if plan.task.kind == 'binary' else ''}"


def _capitalised(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _gain(trial: Trial, plan: Plan) -> str:
    gain, percent = trial.gain, plan.metrics[0].percent
    if gain is None:
        return ""
    interval = interval_text(gain.low, gain.high, percent)
    return f"{score_text(gain.value, percent)} (95% interval {interval})"


def _made(plan: Plan, why: str, trials: tuple[Trial, ...], conclusion: str) -> Trials:
    metric = plan.metrics[0]
    split = plan.split
    return Trials(
        why=why,
        label=metric.label,
        higher_is_better=metric.higher_is_better,
        percent=metric.percent,
        rows=len(split.train) + len(split.validation) if trials else 0,
        folds=fold_count(plan) if trials else 0,
        trials=trials,
        conclusion=conclusion,
    )


def _can_be_balanced(plan: Plan) -> bool:
    """Whether there are classes, which do not count alike yet."""
    settings = plan.settings
    balanced = settings.oversample or settings.class_weight is not None
    return plan.task.kind in ("binary", "multiclass") and not balanced


def _rarest(plan: Plan) -> float:
    """The fraction of the training rows that the rarest class has."""
    rows = plan.frame.iloc[plan.split.train]
    encoded = np.asarray(encode_target(plan.task, rows[list(plan.task.target)])).reshape(-1)
    counts = np.bincount(encoded.astype(int), minlength=len(plan.task.classes))
    return float(counts.min() / len(rows))
