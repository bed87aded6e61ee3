"""What the guidelines would try next, by what a run shows and what its network already has."""

from epochal.diagnosis.curves import TrainingCurves


def advice_for(kind: str, course: TrainingCurves) -> str:
    """What to try after a run of that kind (see `epochal.diagnosis.rules.KINDS`)."""
    return _REMEDIES[kind](course)


def _against_overfitting(course: TrainingCurves) -> str:
    """The guidelines' order: early stopping first, then the regulariser of the kind of network."""
    traits, steps = course.regularizers, []
    if not traits.stops_early:
        steps.append("EarlyStopping(restore_best_weights=True)")
    if traits.self_normalizing and not traits.dropout:
        steps.append("AlphaDropout(0.1)")
    elif not traits.self_normalizing and not traits.penalty:
        steps.append("L2(1e-4) on the kernels")
    elif not traits.self_normalizing and not traits.dropout:
        steps.append("Dropout(0.2)")
    if len(steps) < 2:
        steps.append("more rows" if steps else "more rows, or a smaller network")
    return ", then ".join(steps)


def _against_underfitting(course: TrainingCurves) -> str:
    if (
        course.regularizers.penalty
        and course.losses
        and course.penalty > 0.1 * abs(course.losses[-1])
    ):
        share = course.penalty / abs(course.losses[-1])
        return f"a weaker penalty: it is {share:.0%} of the training loss"
    if course.regularizers.dropout:
        return "less dropout, then another learning rate (epochal.find_learning_rate)"
    return (
        "another learning rate (epochal.find_learning_rate), then more units or layers, then "
        "inputs that say more about the target"
    )


def _against_divergence(course: TrainingCurves) -> str:
    return "a learning rate ten times lower (epochal.find_learning_rate), or clipnorm=1.0"


def _while_improving(course: TrainingCurves) -> str:
    longer = f"more epochs, for example {2 * len(course.losses)}"
    return f"{longer}, with a schedule of that length" if course.regularizers.schedule else longer


def _when_fine(course: TrainingCurves) -> str:
    return "nothing must change; only a larger network can tell whether there is more to learn"


def _when_unknown(course: TrainingCurves) -> str:
    return "validation_split=0.2" if course.losses else "epochs=10"


_REMEDIES = {
    "diverged": _against_divergence,
    "overfitting": _against_overfitting,
    "still improving": _while_improving,
    "underfitting": _against_underfitting,
    "fine": _when_fine,
    "unknown": _when_unknown,
}
