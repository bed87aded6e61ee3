"""What the parameters of an estimator must be."""

from numbers import Real
from typing import Any

from epochal.checks import check_whole
from epochal.errors import InputError, suggest
from epochal.training.arguments import check_callbacks


def check_parameters(estimator: Any) -> None:
    """`InputError` for a parameter out of its range."""
    _check_rate(estimator.learning_rate)
    _check_early_stopping(estimator.early_stopping, estimator.validation_fraction)
    for name, example in (("members", 8), ("epochs", 100), ("batch_size", 32)):
        if (value := getattr(estimator, name)) is not None:
            check_whole(name, value, 1, f"give e.g. {example}, or None for the guideline's")
    if estimator.patience is not None:
        check_whole("patience", estimator.patience, 1, "give e.g. 20, or None for the guideline's")
    check_callbacks(estimator.callbacks)


def _check_rate(rate: Any) -> None:
    if rate != "auto" and not (isinstance(rate, Real) and 0 < float(rate) < float("inf")):
        raise InputError(
            f"learning_rate must be 'auto' or a finite number above 0, got {rate!r}: give e.g. "
            "0.01, or 'auto' for the guideline's."
        )


def _check_early_stopping(early_stopping: Any, fraction: Any) -> None:
    if early_stopping not in (True, False, "auto"):
        raise InputError(
            f"early_stopping must be True, False or 'auto', got {early_stopping!r}."
            f"{suggest(early_stopping, ['auto'])}"
        )
    if early_stopping and not (isinstance(fraction, Real) and 0 < float(fraction) < 1):
        raise InputError(
            f"validation_fraction must be a number above 0 and below 1, got {fraction!r}: give "
            "e.g. 0.1."
        )
