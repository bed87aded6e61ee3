"""What is checked before a sweep begins, and what its fits are."""

import inspect
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from epochal.bridge.checks import check_compiled_model, check_layer_graph
from epochal.bridge.state import derived_seed
from epochal.bridge.varied_settings import check_settings
from epochal.checks import check_positive, check_whole, describe_kind
from epochal.data.relations import Relations
from epochal.errors import InputError, suggest
from epochal.sweeps.fits import Replicate
from epochal.training.population.rows import MemberRows, folds_of_rows, rows_of_members
from epochal.training.population.settings import LARGEST_SEED, OF_FIT

FEWEST_FOLDS = 5
"""Each fit is trained on four fifths of the rows at least."""

EXECUTORS = (None, "ray")
DIRECTIONS = (None, "minimize", "maximize")
_HIGHER = ("accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score", "r2_score", "iou")


def check_numbers(*, trials: Any, seeds: Any, members: Any, seconds: Any, seed: Any) -> None:
    """`InputError` for a number that is none, or too small."""
    if trials is None and seconds is None:
        raise InputError("trials must be a number where no seconds are given, got None: give one.")
    if trials is not None:
        check_whole("trials", trials, 1, "give e.g. 30")
    check_whole("seeds", seeds, 1, "give e.g. 3")
    if members is not None:
        check_whole("members_at_once", members, 1, "leave it out")
    if seconds is not None:
        check_positive("seconds", seconds, "give e.g. 60")
    check_whole("seed", seed, 0, "leave it out")
    if seed > LARGEST_SEED:
        raise InputError(f"seed must be below 2**32, got {seed}: leave it out.")


def check_executor(executor: Any, pruner: Any) -> None:
    """`InputError` for another executor, and for a pruner where it cannot be asked."""
    if executor not in EXECUTORS:
        raise InputError(
            f"executor must be None or 'ray', got {executor!r}.{suggest(executor, EXECUTORS)}"
        )
    if executor == "ray" and pruner is not None:
        raise InputError(
            f"pruner must be None with executor='ray', whose workers do not see the study, got "
            f"{describe_kind(pruner)}: leave one of them out, or have processes share a storage."
        )


def check_parameters(source: Any, names: Iterable[str]) -> None:
    """`InputError` for a parameter that a model or a function does not have."""
    wanted = {name: None for name in names if name not in OF_FIT}
    if isinstance(source, keras.Model):
        check_layer_graph(source, "sweep", instead="give a function that builds and compiles one")
        check_compiled_model(source, "sweep")
        check_settings(source, wanted, of="space", other=f"fit ({', '.join(OF_FIT)})")
        return
    if not callable(source):
        raise InputError(
            f"model_or_builder must be a keras.Model or a function that builds and compiles one, "
            f"got {describe_kind(source)}: pass one of the two."
        )
    arguments = inspect.signature(source).parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in arguments):
        return
    known = [each.name for each in arguments if each.kind is not each.POSITIONAL_ONLY]
    for name in wanted:
        if name not in known:
            raise InputError(
                f"space must hold arguments of model_or_builder ({', '.join(known) or 'none'}) or "
                f"settings of fit ({', '.join(OF_FIT)}), got {name!r}: give the function such an "
                f"argument.{suggest(name, [*known, *OF_FIT])}"
            )


def is_higher(objective: Any, direction: Any) -> bool:
    """Whether more of the objective is better."""
    if not isinstance(objective, str) or not objective:
        raise InputError(
            f"objective must be a name in the history of a fit, got {describe_kind(objective)}: "
            "give e.g. 'val_loss'."
        )
    if direction not in DIRECTIONS:
        raise InputError(
            f"direction must be 'minimize' or 'maximize', got {direction!r}."
            f"{suggest(direction, DIRECTIONS[1:])}"
        )
    return direction == "maximize" if direction else objective.lower().endswith(_HIGHER)


def replicates_of(
    rows: Any, y: Any, validation: Any, seeds: int, seed: int
) -> tuple[Replicate, ...]:
    """The fits of every trial: their seeds, and their rows."""
    if rows is not None and validation is not None:
        raise InputError("rows must be None where validation is given: leave one of them out.")
    drawn = [derived_seed(seed, 9, number) for number in range(seeds)]
    if rows is not None:
        given = list(rows)
        if len(given) != seeds or not all(isinstance(part, tuple) for part in given):
            raise InputError(
                f"rows must be a pair (rows to train on, rows left out) for each of {seeds} seeds, "
                f"got {len(given)} of them: give as many pairs."
            )
        parts = rows_of_members(given, len(keras.tree.flatten(y)[0]), drawn, seed)
    elif validation is not None:
        parts = [MemberRows()] * seeds
    else:
        relations = Relations(rows=len(y), classes=_classes(y))
        folds = folds_of_rows(relations, max(FEWEST_FOLDS, seeds), seed)[:seeds]
        parts = [MemberRows(*fold) for fold in folds]
    return tuple(Replicate(own, part) for own, part in zip(drawn, parts, strict=True))


def _classes(y: Any) -> Any:
    """The class of each row, where targets look like classes."""
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] > 1 and (values.sum(axis=1) == 1).all():
        return values.argmax(axis=1)
    return values.reshape(-1) if values.size == len(values) and values.dtype.kind in "bi" else None
