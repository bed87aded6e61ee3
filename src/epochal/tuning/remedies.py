"""What can be done about what a training shows, as settings of the next one.

The order is that of the guidelines: against overfitting regularization and then a smaller network,
against underfitting a larger one, then another learning rate and less regularization. Rates and
penalties change by so much that a difference can be seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from epochal.diagnosis.rules import Diagnosis
from epochal.models.guidelines import guideline_named
from epochal.models.optimizers import ADAMW_DECAY
from epochal.models.recipes import Recipe
from epochal.translation import translatable, translate

_FURTHER = 3.0  # a learning rate is tried so much higher and lower
_AFTER_DIVERGENCE = 10.0
_L2, _WEIGHT_DECAY = 0.01, 0.1  # where there was none
_STRONGER = 10.0
_MOST_DROPOUT, _MORE_DROPOUT = 0.5, 0.2
_MOST_ALPHA_DROPOUT, _MORE_ALPHA_DROPOUT = 0.2, 0.05
_NARROWEST, _FIRST_HIDDEN = 8, (64, 64)


@dataclass(frozen=True, kw_only=True)
class Training:
    """What decides which remedies there are.

    Attributes
    ----------
    guideline : str
        One of `epochal.models.ALL_GUIDELINES`.
    recipe : Recipe
    learning_rate : float
        The highest of the training.
    weight_decay : float or None
        What was given; None for the guideline's.
    """

    guideline: str
    recipe: Recipe
    learning_rate: float
    weight_decay: float | None = None


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Something to do, and the settings that do it.

    Attributes
    ----------
    what : str
        In words, such as "more dropout"; in English, and translated where it is shown.
    changes : dict of str to value
        Settings by the names that `epochal.runs.TrainSettings` has.
    """

    what: str
    changes: dict[str, Any] = field(default_factory=dict)


def kind_to_treat(diagnosis: Diagnosis) -> str:
    """The kind whose remedies are worth a try.

    That is "overfitting" also where a training is fine because it stopped in time: stopping is the
    first remedy, and the others may do more.

    Examples
    --------
    >>> found = Diagnosis(kind="fine", sentence="", remedy="", evidence={"rise": 0.1})
    >>> kind_to_treat(found)
    'overfitting'
    """
    in_time = {"rise", "gap", "networks"} & set(diagnosis.evidence)
    return "overfitting" if diagnosis.kind == "fine" and in_time else diagnosis.kind


def remedies_for(kind: str, training: Training) -> tuple[Remedy, ...]:
    """What to try after a training of that kind (see `epochal.diagnosis.rules.KINDS`).

    Examples
    --------
    >>> from epochal.models.recipes import recipe_for
    >>> made = Training(guideline="default", recipe=recipe_for("default", 1000, 9), learning_rate=1)
    >>> [remedy.changes for remedy in remedies_for("overfitting", made)][:2]
    [{'dropout': 0.2}, {'l2': 0.01}]
    >>> remedies_for("fine", made)
    ()
    """
    return tuple(_OF_KIND[kind](training)) if kind in _OF_KIND else ()


def _against_overfitting(training: Training) -> Iterator[Remedy]:
    recipe, rules = training.recipe, guideline_named(training.guideline)
    hidden = recipe.variants[0].hidden
    alpha = rules.alpha_dropout
    dropout = max(variant.dropout for variant in recipe.variants)
    most, step = (
        (_MOST_ALPHA_DROPOUT, _MORE_ALPHA_DROPOUT) if alpha else (_MOST_DROPOUT, _MORE_DROPOUT)
    )
    if hidden and dropout < most:
        yield Remedy(
            what=translatable("more dropout"),
            changes={"dropout": _plain(min(most, dropout + step))},
        )
    l2 = max(variant.l2 for variant in recipe.variants)
    if hidden and not alpha:  # a penalty would take from SELU what normalises it
        what = translatable("a stronger L2 penalty") if l2 else translatable("an L2 penalty")
        yield Remedy(what=what, changes={"l2": _plain(_STRONGER * l2 or _L2)})
    if not alpha:
        decay = training.weight_decay
        if decay is None:
            decay = ADAMW_DECAY if rules.optimizer == "adamw" else 0.0
        changes = {"weight_decay": _plain(_STRONGER * decay or _WEIGHT_DECAY)}
        what = translatable("more weight decay") if decay else translatable("weight decay")
        yield Remedy(what=what, changes=changes)
    smaller = tuple(max(_NARROWEST, width // 2) for width in hidden)
    if smaller != hidden:
        yield Remedy(what=translatable("a smaller network"), changes={"hidden": smaller})


def _against_underfitting(training: Training) -> Iterator[Remedy]:
    recipe, rate = training.recipe, training.learning_rate
    larger = tuple(2 * width for width in recipe.variants[0].hidden) or _FIRST_HIDDEN
    yield Remedy(what=translatable("a larger network"), changes={"hidden": larger})
    yield Remedy(
        what=translatable("a higher learning rate"),
        changes={"learning_rate": _plain(_FURTHER * rate)},
    )
    yield Remedy(
        what=translatable("a lower learning rate"),
        changes={"learning_rate": _plain(rate / _FURTHER)},
    )
    if any(variant.l2 for variant in recipe.variants):
        yield Remedy(what=translatable("no L2 penalty"), changes={"l2": 0.0})
    if any(variant.dropout for variant in recipe.variants):
        yield Remedy(what=translatable("no dropout"), changes={"dropout": 0.0})


def _while_improving(training: Training) -> Iterator[Remedy]:
    recipe = training.recipe
    longer = {"epochs": 2 * recipe.epochs}
    if recipe.patience < recipe.epochs:
        longer["patience"] = 2 * recipe.patience
    yield Remedy(what=translatable("more epochs"), changes=longer)
    faster = {"learning_rate": _plain(_FURTHER * training.learning_rate)}
    yield Remedy(what=translatable("a higher learning rate"), changes=faster)


def _against_divergence(training: Training) -> Iterator[Remedy]:
    lower = _plain(training.learning_rate / _AFTER_DIVERGENCE)
    yield Remedy(what=translatable("a lower learning rate"), changes={"learning_rate": lower})


_OF_KIND = {
    "overfitting": _against_overfitting,
    "underfitting": _against_underfitting,
    "still improving": _while_improving,
    "diverged": _against_divergence,
}


def _plain(value: float) -> float:
    """Two digits: a number to type."""
    return float(f"{value:.2g}")


FOR_BALANCE = (
    Remedy(what=translatable("class weights"), changes={"class_weight": "balanced"}),
    Remedy(what=translatable("oversampling"), changes={"oversample": True}),
)
"""What is tried where a class is rare."""


def advised(diagnosis: Diagnosis, choices: list[str]) -> Diagnosis:
    """The diagnosis with its advice in the caller's own words.

    Parameters
    ----------
    diagnosis : Diagnosis
    choices : list of str
        What to do, each as the caller writes it; none leaves the advice as it is.

    Examples
    --------
    >>> found = Diagnosis(kind="overfitting", sentence="so it is", remedy="Dropout(0.2)")
    >>> advised(found, ["--dropout 0.2", "--l2 0.001"]).remedy
    '--dropout 0.2, or --l2 0.001'
    """
    if not choices:
        return diagnosis
    *first, last = choices
    if first:
        last = translate("{others}, or {last}", others=", ".join(first), last=last)
    return replace(diagnosis, remedy=last)
