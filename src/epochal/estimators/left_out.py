"""The rows that the networks of an estimator left out in the training."""

from epochal.errors import InputError
from epochal.tuning.single_fit import LeftOut


def left_out_of(left_out: LeftOut | None) -> LeftOut:
    """What they predict for such rows, or `InputError`."""
    if left_out is None:
        raise InputError(
            "The estimator must have left rows out in its last fit, got one that did not (a single "
            "network without early stopping, warm_start, or partial_fit): fit several members, or "
            "set early_stopping=True."
        )
    return LeftOut(*left_out)  # a loaded estimator has a plain tuple
