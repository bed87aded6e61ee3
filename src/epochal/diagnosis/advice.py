"""What the guidelines would try next, by what a run shows and what its network already has."""

from collections.abc import Sequence

from epochal.diagnosis.curves import TrainingCurves
from epochal.translation import translate


def advice_for(kind: str, curves: TrainingCurves) -> str:
    """What to try after a run of that kind (see `epochal.diagnosis.diagnosis.KINDS`)."""
    return _ADVICE[kind](curves)


def _against_overfitting(curves: TrainingCurves) -> str:
    """The guidelines' order: early stopping first, then the regulariser of the kind of network."""
    traits, steps = curves.regularizers, []
    if not traits.stops_early:
        steps.append("EarlyStopping(restore_best_weights=True)")
    if traits.self_normalizing and not traits.dropout:
        steps.append("AlphaDropout(0.1)")
    elif not traits.self_normalizing and not traits.penalty:
        steps.append(translate("L2(1e-4) on the kernels"))
    elif not traits.self_normalizing and not traits.dropout:
        steps.append("Dropout(0.2)")
    if len(steps) < 2:
        steps.append(
            translate("more rows") if steps else translate("more rows, or a smaller network")
        )
    return _one_after_another(steps)


def _one_after_another(steps: Sequence[str]) -> str:
    said = steps[0]
    for step in steps[1:]:
        said = translate("{first}, then {second}", first=said, second=step)
    return said


def _against_underfitting(curves: TrainingCurves) -> str:
    if (
        curves.regularizers.penalty
        and curves.losses
        and curves.penalty > 0.1 * abs(curves.losses[-1])
    ):
        fraction = curves.penalty / abs(curves.losses[-1])
        return translate(
            "a weaker penalty: it is {fraction:.0%} of the training loss", fraction=fraction
        )
    if curves.regularizers.dropout:
        return translate("less dropout, then another learning rate (epochal.find_learning_rate)")
    return translate(
        "another learning rate (epochal.find_learning_rate), then more units or layers, then "
        "more informative features"
    )


def _against_divergence(curves: TrainingCurves) -> str:
    return translate(
        "a learning rate ten times lower (epochal.find_learning_rate), or clipnorm=1.0"
    )


def _while_improving(curves: TrainingCurves) -> str:
    epochs = 2 * len(curves.losses)
    if curves.regularizers.schedule:
        return translate(
            "more epochs, for example {epochs}, with a schedule of that length", epochs=epochs
        )
    return translate("more epochs, for example {epochs}", epochs=epochs)


def _when_fine(curves: TrainingCurves) -> str:
    if curves.regularizers.keeps_best:
        return translate("more rows, or columns that tell more")
    return translate("a larger network, to see whether there is headroom")


def _when_unknown(curves: TrainingCurves) -> str:
    return "validation_split=0.2" if curves.losses else "epochs=10"


_ADVICE = {
    "diverged": _against_divergence,
    "overfitting": _against_overfitting,
    "still improving": _while_improving,
    "underfitting": _against_underfitting,
    "fine": _when_fine,
    "unknown": _when_unknown,
}
