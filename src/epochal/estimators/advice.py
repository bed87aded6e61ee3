"""What an estimator's training shows, with the advice as parameters of the estimator."""

from collections.abc import Collection

from epochal.diagnosis.rules import Diagnosis
from epochal.tuning.remedies import Training, advised, remedies_for

_WITHOUT_VALIDATION = "early_stopping=True, or members=8, so that left-out rows tell"


def advice_of(diagnosis: Diagnosis, training: Training, known: Collection[str]) -> Diagnosis:
    """The diagnosis, and the parameters to try next.

    Parameters
    ----------
    diagnosis : Diagnosis
    training : Training
        By which it was trained.
    known : collection of str
        The parameters that the estimator has.

    Examples
    --------
    >>> from epochal.models.recipes import recipe_for
    >>> training = Training(
    ...     guideline="default", recipe=recipe_for("default", 100, 3), learning_rate=0.1
    ... )
    >>> found = Diagnosis(kind="overfitting", sentence="so it is", remedy="Dropout(0.2)")
    >>> advice_of(found, training, ("dropout", "l2")).remedy
    'dropout=0.2, or l2=0.01'
    """
    if diagnosis.kind == "unknown":
        return advised(diagnosis, [_WITHOUT_VALIDATION])
    choices = [
        ", ".join(f"{name}={value!r}" for name, value in remedy.changes.items())
        for remedy in remedies_for(diagnosis.kind, training)
        if set(remedy.changes) <= set(known)
    ]
    return advised(diagnosis, choices)
