"""What a run shows, in one line: pure functions from its curves to a `Diagnosis`.

The thresholds stand here together. They are rules of thumb, chosen so that what a plot of the
losses shows to an experienced eye is said, and what it does not show is not.
"""

import numpy as np

from epochal.diagnosis.advice import advice_for
from epochal.diagnosis.curves import TrainingCurves
from epochal.diagnosis.diagnosis import Diagnosis
from epochal.translation import translatable, translate

# A training that blows up passes this within a few steps; noise between epochs does not. It is
# also where the learning-rate range test gives up.
EXPLODED = 4.0
# Without a constant's loss to compare with, near zero a loss may well be some times its minimum.
EXPLODED_FOR_SURE = 100.0
# The validation loss jitters by about a percent from epoch to epoch: half of the epochs since the
# best must lie this much above it.
RISEN = 0.02
# A gap between training and validation counts as memorised rows when the training loss is under
# half of the validation loss, and the gap a tenth of what a constant prediction loses.
MEMORISED = 0.5
GAP = 0.1
# What improves the loss by less than a percent in the last fifth of the epochs is the end of it.
IMPROVING = 0.01
LAST_PART = 0.2
# The same next to a loss that is near zero: a thousandth of a constant prediction's loss.
NEGLIGIBLE = 0.001
# A network that takes less than a twentieth off the loss of a constant prediction has learnt
# hardly anything of the rows that it was trained on.
HARDLY = 0.05


def diagnose(curves: TrainingCurves) -> Diagnosis:
    """The diagnosis of a run by its curves: the first of the rules that applies.

    Examples
    --------
    >>> from epochal.diagnosis.curves import TrainingCurves
    >>> losses, tested = [1.0, 0.6, 0.4, 0.2, 0.1], [1.1, 0.8, 0.9, 1.0, 1.2]
    >>> diagnose(TrainingCurves(losses=losses, val_losses=tested)).kind
    'overfitting'
    """
    rules = (_diverged, _overfitting, _still_improving, _memorised, _underfitting)
    for rule in rules:
        found = rule(curves)
        if found is not None:
            return found
    return _calm(curves)


def _made(curves: TrainingCurves, kind: str, sentence: str, **evidence: float) -> Diagnosis:
    return Diagnosis(
        kind=kind,
        sentence=sentence,
        remedy=advice_for(kind, curves),
        evidence={name: float(value) for name, value in evidence.items()},
    )


def _diverged(curves: TrainingCurves) -> Diagnosis | None:
    steps, losses = curves.step_losses, curves.losses
    broken = np.flatnonzero(~np.isfinite(steps))
    if broken.size:
        step = int(broken[0])
        # The step before has made the weights whose loss is not finite.
        rate = float(curves.rates[max(step - 1, 0)])
        sentence = translate(
            "the loss was no longer finite at step {step:,}, at learning rate {rate:.3g}",
            step=step + 1,
            rate=rate,
        )
        return _made(curves, "diverged", sentence, step=step + 1, learning_rate=rate)
    if not np.all(np.isfinite(losses)):
        epoch = 1 + int(np.argmin(np.isfinite(losses)))
        sentence = translate("the loss was no longer finite in epoch {epoch}", epoch=epoch)
        return _made(curves, "diverged", sentence, epoch=epoch)
    if not losses:
        return None
    lowest = min([*losses, *steps[:1].tolist()])
    factor = EXPLODED_FOR_SURE if curves.constant is None else EXPLODED
    if losses[-1] <= max(factor * abs(lowest), curves.constant or 0.0):
        return None
    above = np.flatnonzero(steps > factor * abs(lowest))
    step = int(above[0]) if above.size else 0
    rate = float(curves.rates[max(step - 1, 0)]) if above.size else np.nan
    sentence = translate(
        "the training loss rose from {lowest:.3g} to {last:.3g}", lowest=lowest, last=losses[-1]
    )
    if above.size:
        sentence = translate(
            "the training loss rose from {lowest:.3g} to {last:.3g} from step {step:,} on, at "
            "learning rate {rate:.3g}",
            lowest=lowest,
            last=losses[-1],
            step=step + 1,
            rate=rate,
        )
    return _made(curves, "diverged", sentence, step=step + 1, learning_rate=rate, loss=losses[-1])


def _overfitting(curves: TrainingCurves) -> Diagnosis | None:
    best = curves.best
    if best is None or not has_risen(curves):
        return None
    rise, low, high, words = curves.rise()
    seen = translate(
        "from epoch {epoch} on the validation loss rose from {best:.3g} by {rise:.3g}{interval}, "
        "while the training loss fell to {training:.3g}",
        epoch=curves.epoch(best) + 1,
        best=curves.val_losses[best],
        rise=rise,
        interval=words,
        training=curves.losses[-1],
    )
    # What came after the best epoch is not in the weights of a fit that keeps that epoch.
    in_time = curves.regularizers.keeps_best
    return _made(
        curves,
        "fine" if in_time else "overfitting",
        _in_time(curves, best, seen) if in_time else seen,
        best_epoch=curves.epoch(best),
        rise=rise,
        low=low,
        high=high,
    )


def _in_time(curves: TrainingCurves, best: int, seen: str) -> str:
    return translate(
        "it stopped in time, with the weights of epoch {epoch}: {seen}",
        epoch=curves.epoch(best),
        seen=seen,
    )


def has_risen(curves: TrainingCurves) -> bool:
    """Whether the curves alone say that the validation loss has turned while training fell."""
    best, tested = curves.best, np.asarray(curves.val_losses, float)
    if best is None or len(tested) - best < 3:
        return False
    since = tested[best + 1 :]
    least = max(RISEN * abs(tested[best]), NEGLIGIBLE * (curves.constant or 0.0))
    fallen = curves.losses[-1] < curves.losses[curves.position(best)]
    return bool(np.median(since) - tested[best] >= least and since[-1] > tested[best] and fallen)


def _still_improving(curves: TrainingCurves) -> Diagnosis | None:
    tested = bool(len(curves.val_losses))
    curve = np.asarray(curves.val_losses if tested else curves.losses, float)
    if len(curve) == 1 and not tested and len(curves.step_losses) >= 8:
        # One epoch: its steps must tell, by the means of their quarters.
        curve = np.array([part.mean() for part in np.array_split(curves.step_losses, 4)])
    if len(curve) < 2:
        return None
    recent = max(1, round(LAST_PART * len(curve)))
    before, now = curve[:-recent].min(), curve[-recent:].min()
    least = max(IMPROVING * abs(before), NEGLIGIBLE * (curves.constant or 0.0))
    trained = curves.losses[-1] <= min(curves.losses)
    if not (before - now >= least and trained):
        return None
    falling = (
        translatable(
            "the validation loss was still falling at the end, to {now:.3g} from {before:.3g}"
        )
        if tested
        else translatable(
            "the training loss was still falling at the end, to {now:.3g} from {before:.3g}"
        )
    )
    sentence = translate(falling, now=now, before=before)
    return _made(curves, "still improving", sentence, loss=now, before=before)


def _memorised(curves: TrainingCurves) -> Diagnosis | None:
    if curves.constant is None or not is_far_below(curves):
        return None
    training, validation = curves.data_losses()
    if validation - training < GAP * curves.constant:
        return None
    gap, low, high, words = curves.gap()
    best = curves.best or 0
    in_time = curves.regularizers.keeps_best and not _memorised_at(curves, best)
    seen = translate(
        "after epoch {epoch} the validation loss got no better than {best:.3g}, while the training "
        "loss fell to {training:.3g}: a gap of {gap:.3g}{interval}",
        epoch=curves.epoch(best),
        best=curves.val_losses[best],
        training=curves.losses[-1],
        gap=gap,
        interval=words,
    )
    return _made(
        curves,
        "fine" if in_time else "overfitting",
        _in_time(curves, best, seen) if in_time else seen,
        best_epoch=curves.epoch(best),
        gap=gap,
        low=low,
        high=high,
    )


def _memorised_at(curves: TrainingCurves, best: int) -> bool:
    """Whether the weights of the best epoch have memorised rows, too."""
    training = curves.losses[curves.position(best)] - curves.penalty
    validation = curves.val_losses[best] - curves.penalty
    gap = GAP * (curves.constant or 0.0)
    return bool(training < MEMORISED * validation and validation - training >= gap)


def is_far_below(curves: TrainingCurves) -> bool:
    """Whether the training loss ended so far below the validation loss that rows were memorised."""
    if curves.best is None:
        return False
    training, validation = curves.data_losses()
    return bool(training < MEMORISED * validation)


def _underfitting(curves: TrainingCurves) -> Diagnosis | None:
    if curves.constant is None or not curves.losses:
        return None
    training, _ = curves.data_losses()
    if training <= (1 - HARDLY) * curves.constant:
        return None
    compared = (
        translatable(
            "the training loss {training:.3g} is hardly below {constant:.3g}, that of always "
            "predicting the same"
        )
        if training < curves.constant
        else translatable(
            "the training loss {training:.3g} is no lower than {constant:.3g}, that of always "
            "predicting the same"
        )
    )
    sentence = translate(compared, training=training, constant=curves.constant)
    return _made(curves, "underfitting", sentence, loss=training, constant=curves.constant)


def _calm(curves: TrainingCurves) -> Diagnosis:
    if not curves.losses:
        return _made(curves, "unknown", translate("no epoch was run"))
    training, validation = curves.data_losses()
    if curves.best is None:
        sentence = translate(
            "the training loss settled at {training:.3g}, but without validation data nothing "
            "tells whether that holds on other rows",
            training=training,
        )
        return _made(curves, "unknown", sentence, loss=training)
    sentence = translate(
        "the validation loss settled at {validation:.3g}, beside a training loss of {training:.3g}",
        validation=validation,
        training=training,
    )
    return _made(curves, "fine", sentence, loss=training, val_loss=validation)
