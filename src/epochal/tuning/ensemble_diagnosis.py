"""What the training of several networks shows: whether they stopped in time."""

from collections.abc import Sequence

from epochal.diagnosis.rules import Diagnosis
from epochal.translation import translate

LAST_PART = 0.05
"""Of the epochs: a best epoch within it is the end of what was allowed, not of what helps."""


def diagnose_members(best_epochs: Sequence[int], epochs: int) -> Diagnosis:
    """The diagnosis of networks that each have the weights of their best epoch.

    Such networks do not overfit: what came after their best epoch is not theirs.

    Parameters
    ----------
    best_epochs : sequence of int
        Counted from 0, one for each network.
    epochs : int
        How many each could have had.

    Examples
    --------
    >>> print(diagnose_members([3, 9, 4], 100))
    fine: 3 networks stopped in time, at their best epochs, 4 to 10 of at most 100. Next: more \
rows, or columns that tell more.
    """
    count = len(best_epochs)
    last = sum(best + 1 > (1 - LAST_PART) * epochs for best in best_epochs)
    evidence = {"networks": float(count), "at_the_end": float(last)}
    if 2 * last > count:
        return Diagnosis(
            kind="still improving",
            sentence=translate(
                "{last} of {count} networks were best in the last of {epochs} epochs",
                last=last,
                count=count,
                epochs=epochs,
            ),
            remedy=translate("more epochs, such as {epochs}", epochs=2 * epochs),
            evidence=evidence,
        )
    first, latest = min(best_epochs) + 1, max(best_epochs) + 1
    span = translate("{low} to {high}", low=first, high=latest) if first < latest else str(first)
    return Diagnosis(
        kind="fine",
        sentence=translate(
            "{count} networks stopped in time, at their best epochs, {span} of at most {epochs}",
            count=count,
            span=span,
            epochs=epochs,
        ),
        remedy=translate("more rows, or columns that tell more"),
        evidence=evidence,
    )
