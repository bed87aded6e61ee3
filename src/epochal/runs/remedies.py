"""What a training's diagnosis advises, tried; and class weights, where they are to be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from epochal.data import encode_target
from epochal.diagnosis.rules import Diagnosis
from epochal.errors import InputError
from epochal.runs.command import command_of, setting_words
from epochal.runs.observer import Observer
from epochal.runs.plan import Plan
from epochal.runs.trial_progress import TrialProgress
from epochal.runs.trials import OutOfFold, compared, fold_count, out_of_fold
from epochal.scoring.formatting import capitalised, interval_text, score_text
from epochal.scoring.task_metrics import RARE
from epochal.scoring.trials import AS_IT_IS, Trial, Trials
from epochal.translation import translatable, translate, translate_count
from epochal.tuning.fitted_network import FittedNetwork
from epochal.tuning.remedies import (
    FOR_BALANCE,
    Remedy,
    Training,
    kind_to_treat,
    remedies_for,
)

CLASS_WEIGHTS, REMEDIES = "class weights", "remedies"

_TOO_FEW = translatable(
    "There are too few training rows, groups or times to leave some out: nothing was tried."
)


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
        return without, [_made(plan, CLASS_WEIGHTS, (), translate(_TOO_FEW))]
    tried = _tried(without, FOR_BALANCE[:1], observer)
    if tried.interrupted:
        raise KeyboardInterrupt
    trials = tried.trials
    if not trials:
        return without, [_made(plan, CLASS_WEIGHTS, (), tried.failed)]
    weighed = trials[1]
    found = (
        translatable("Class weights are used: they gain {gain} in {score}.")
        if weighed.better
        else translatable(
            "Class weights are not used: a gain of {gain} in {score} is not beyond chance."
        )
    )
    conclusion = translate(found, gain=_gain(weighed, plan), score=plan.metrics[0].title)
    used = replace(plan.settings, class_weight="balanced" if weighed.better else None)
    chosen = replace(plan, settings=used)
    return chosen, [_made(plan, CLASS_WEIGHTS, trials, f"{conclusion} {_of_balance(plan)}")]


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
        sentence = translate("The training was interrupted: no remedy was tried.")
        return _made(plan, REMEDIES, (), sentence)
    remedies = planned_remedies(plan, fitted, kind_to_treat(diagnosis))
    if not remedies:
        found = (
            translatable("The diagnosis is {kind!r}, and no class is rare: no remedy was tried.")
            if _can_be_balanced(plan)
            else translatable("The diagnosis is {kind!r}: no remedy was tried.")
        )
        return _made(plan, REMEDIES, (), translate(found, kind=translate(diagnosis.kind)))
    if fold_count(plan) < 2:
        return _made(plan, REMEDIES, (), translate(_TOO_FEW))
    tried = _tried(plan, remedies, observer)
    trials = tried.trials
    conclusion = " ".join(filter(None, [_conclusion(plan, remedies, trials), tried.failed]))
    if tried.interrupted:
        ended = translate(
            "Interrupted after {done} of {count} remedies.",
            done=max(0, len(trials) - 1),
            count=len(remedies),
        )
        conclusion = f"{ended} {conclusion}".strip()
    if any(trial.what == each.what for trial in trials for each in FOR_BALANCE):
        conclusion += f" {_of_balance(plan)}"
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
    progress = TrialProgress(observer, (1 + len(remedies)) * fold_count(plan))
    found: list[tuple[str, str, OutOfFold]] = []
    interrupted, failed = False, []
    try:
        for remedy in (Remedy(what=AS_IT_IS), *remedies):
            train = progress.training(remedy.what)
            try:
                scored = out_of_fold(plan, remedy.changes, train)
            except InputError as error:
                what = capitalised(translate(remedy.what))
                failed.append(
                    translate("{what} could not be trained: {reason}", what=what, reason=error)
                )
                if remedy.what == AS_IT_IS:
                    break  # there is nothing to compare with
                continue
            found.append((remedy.what, option_of(remedy.changes), scored))
    except KeyboardInterrupt:
        interrupted = True
    trials = compared(plan, found) if len(found) > 1 else ()
    return _Tried(trials, interrupted, " ".join(failed))


def _conclusion(plan: Plan, remedies: Sequence[Remedy], trials: tuple[Trial, ...]) -> str:
    made = _made(plan, REMEDIES, trials, "")
    best = made.best
    if best is None:
        tried = len(trials) - 1
        if tried < 1:
            return ""
        return translate_count(
            "The one remedy is not better beyond chance on rows that the training leaves out.",
            "None of {count} remedies is better beyond chance on rows that the training leaves "
            "out.",
            tried,
        )
    changes = next(each.changes for each in remedies if each.what == best.what)
    settings = replace(plan.settings, try_remedies=False, **changes)
    return translate(
        "{what} gains {gain} in {score} on rows that the training leaves out, which is beyond "
        "chance. To take it: {command}",
        what=capitalised(translate(best.what)),
        gain=_gain(best, plan),
        score=plan.metrics[0].title,
        command=command_of(plan.source, settings, plan.test_source),
    )


def _of_balance(plan: Plan) -> str:
    """What a reader must know of class weights."""
    right = translate(
        "Class weights and repeated rows distort probabilities: these were put right by the "
        "frequencies of the classes."
    )
    if plan.task.kind != "binary":
        return right
    threshold = translate("Where mistakes differ in cost, a threshold (--cost) usually does more.")
    return f"{right} {threshold}"


def _gain(trial: Trial, plan: Plan) -> str:
    gain, percent = trial.gain, plan.metrics[0].percent
    if gain is None:
        return ""
    interval = interval_text(gain.low, gain.high, percent)
    return translate(
        "{gain} (95% interval {interval})", gain=score_text(gain.value, percent), interval=interval
    )


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
