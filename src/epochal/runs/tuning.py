"""`--tune`: settings chosen within a time on the training rows, before the training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from epochal.errors import InputError
from epochal.runs.command import options_text
from epochal.runs.observer import Observer
from epochal.runs.plan import Plan
from epochal.runs.preparation import prepare
from epochal.runs.settings import TrainSettings
from epochal.runs.sweeping import DIGITS, Search, own_settings, sweep_table
from epochal.runs.training import planned_recipe
from epochal.runs.trial_progress import duration_words
from epochal.scoring.formatting import interval_text, score_text
from epochal.scoring.scores import Interval
from epochal.scoring.trials import AS_IT_IS, Trial, Trials
from epochal.sweeps import Setting, Sweep
from epochal.sweeps.judging import gains_over
from epochal.sweeps.result import settings_text
from epochal.sweeps.space import Space
from epochal.translation import translate

SEEDS = 3
SHOWN = 5
ROWS = 10_000
"""More training rows would leave time for too few settings, and what is best changes little."""

LABEL = "loss"

SPACE: dict[str, Any] = {
    "learning_rate": (2e-4, 2e-2, "log"),
    "dropout": (0.0, 0.5),
    "weight_decay": (1e-4, 1e-1, "log"),
    "hidden": [(64, 64), (128, 128), (256, 256), (512, 512)],
}
"""What is tuned, but for what is given; the guideline's own settings are tried first."""


def tuned(plan: Plan, observer: Observer) -> tuple[Plan, list[Trials]]:
    """The plan with what was found, and what was tried.

    Settings are kept as they are unless others are better beyond chance, of as many as were tried.

    Raises
    ------
    InputError
        The time is too short for one setting.
    KeyboardInterrupt
        Ctrl-C before one was tried: there is nothing to keep yet.
    """
    settings = plan.settings
    observer.stage(translate("tuning"))
    own = own_settings(settings, planned_recipe(plan, prepare(plan)))
    space = _space_of(settings, own)
    search = Search(trials=None, seeds=SEEDS, seconds=settings.tune, limit="tune", rows=ROWS)
    found = sweep_table(plan, space, search, told_by(observer, settings.tune))
    kept = {name: own[name] for name in space.distributions}
    base = next((each for each in found.settings if each.settings == kept), None)
    others = [each for each in found.settings if each is not base]
    if base is None or not others:
        return plan, [_made(plan, found, (), _kept(found.tried))]
    gains = gains_over(base, others, higher=False, ratio=found.ratio, several=found.tried)
    trials = [Trial(what=AS_IT_IS, option="", score=base.interval)]
    trials += [_trial(*each) for each in zip(others[:SHOWN], gains[:SHOWN], strict=True)]
    best, (gain, better) = others[0], gains[0]
    if not better:
        return plan, [_made(plan, found, trials, _kept(found.tried))]
    chosen = replace(plan, settings=replace(settings, **best.settings))
    return chosen, [_made(plan, found, trials, _used(best, gain, found.tried))]


def told_by(observer: Observer, seconds: float | None) -> Callable[[int, int], None]:
    """Tells the observer how many networks are trained, and how long it will take yet.

    Networks may end minutes apart: an end that is given is told as a time of day, which stays
    right; only one that is guessed as the time that is left.
    """
    began = perf_counter()
    end = "" if seconds is None else f"{datetime.now() + timedelta(seconds=seconds):%H:%M:%S}"

    def tell(ended: int, of: int) -> None:
        took = perf_counter() - began
        left = took / ended * (of - ended) if of and ended else None
        if end and (left is None or took + left > (seconds or 0.0)):
            words = translate("tuning until {end}: {count} networks trained", end=end, count=ended)
        elif left is None:
            words = translate("tuning: {count} networks trained", count=ended)
        else:
            words = translate(
                "tuning: {count} of {of} networks trained, about {time} left",
                count=ended,
                of=of,
                time=duration_words(left),
            )
        observer.stage(words)

    return tell


def _space_of(settings: TrainSettings, own: Mapping[str, Any]) -> Space:
    """What is tuned: what is not given, and what the network itself has."""
    free = {name: form for name, form in SPACE.items() if getattr(settings, name) is None}
    if "hidden" in free and own["hidden"] not in free["hidden"]:
        free["hidden"] = [own["hidden"], *free["hidden"]]
    if not own["hidden"]:
        free.pop("dropout", None)
    if not own["weight_decay"]:  # the optimiser of its guideline has none
        free.pop("weight_decay", None)
    if not free:
        raise InputError(
            f"tune must have something to choose, got all of {', '.join(SPACE)} given: leave one "
            "of them out."
        )
    return Space(free, digits=DIGITS)


def _trial(setting: Setting, gained: tuple[Interval, bool]) -> Trial:
    gain, better = gained
    return Trial(
        what=settings_text(setting.settings),
        option=options_text(setting.settings) if better else "",
        score=setting.interval,
        gain=gain,
        better=better,
    )


def _made(plan: Plan, found: Sweep, trials: Sequence[Trial], conclusion: str) -> Trials:
    return Trials(
        why="tuning",
        label=LABEL,
        higher_is_better=False,
        percent=False,
        rows=min(ROWS, len(plan.split.train)),
        folds=len(found.seeds),
        trials=tuple(trials),
        conclusion=conclusion,
    )


def _used(best: Setting, gain: Interval, tried: int) -> str:
    return translate(
        "Of {count} settings that were tried, {what} is used: the loss of its networks on rows "
        "left out is lower by {gain} ({interval}).",
        count=tried,
        what=settings_text(best.settings),
        gain=score_text(gain.value),
        interval=interval_text(gain.low, gain.high),
    )


def _kept(tried: int) -> str:
    return translate(
        "None of {count} settings that were tried is better, beyond chance, than the network's "
        "own, which are kept.",
        count=tried,
    )
