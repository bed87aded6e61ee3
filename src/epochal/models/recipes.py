"""How a guideline's networks are trained on a table of a given size."""

import math
from dataclasses import dataclass, replace
from typing import Any

from epochal.data.tasks.heads import head_of
from epochal.models.guidelines import Variant, guideline_named, hidden_for

STEPS = 5000
"""Training steps enough for most tables: 1cycle ends before a small network overfits."""

STEPS_OF_VARIANTS = 12_000
"""At a rate that falls along a cosine, of which early stopping spares most."""

DISTRIBUTION_SCORE = "distribution_score"
"""What histories call the score of a predicted distribution."""

FEWEST_EPOCHS, MOST_EPOCHS = 12, 100
PATIENCE = 16
FEWEST_ROWS_FOR_MEMBERS = 40
"""With fewer, the rows that each of several networks leaves out are too few to stop by."""

ALPHA_DROPOUT = 0.05
"""Alpha dropout keeps mean and variance by setting dropped units not to zero but to a far value: a
rate of 0.1 raises the test RMSE on the Boston table by a fifth."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The hyperparameters of one training.

    Attributes
    ----------
    members : int
        How many networks are trained; more than one are averaged.
    variants : tuple of Variant
        What they differ in; the members are of each in turn.
    epochs : int
        Maximum number of epochs.
    batch_size : int
    patience : int
        Epochs without a better validation loss after which the training stops.
    """

    members: int
    variants: tuple[Variant, ...]
    epochs: int
    batch_size: int
    patience: int

    def members_of(self, variant: int) -> int:
        """How many members are of the variant of this number.

        Examples
        --------
        >>> recipe = recipe_for("tabular", 1000, 10, members=8)
        >>> [recipe.members_of(number) for number in range(4)]
        [2, 2, 2, 2]
        """
        return len(range(variant, self.members, len(self.variants)))

    @property
    def penalized(self) -> bool:
        """Whether the loss of some variant holds a penalty, which early stopping must not see."""
        return any(variant.l1 or variant.l2 for variant in self.variants)


def loss_metrics(task: str, recipe: Recipe) -> list[str]:
    """The loss without penalties, as a metric to stop early by where there are some.

    It is Keras' name of the loss.

    Examples
    --------
    >>> loss_metrics("regression", recipe_for("tabular", 1000, 10))
    ['mean_squared_error']
    >>> loss_metrics("regression", recipe_for("default", 1000, 10))
    []
    """
    return [head_of(task).loss] if recipe.penalized else []


def loss_name(task: str, recipe: Recipe, distribution: str | None = None) -> str:
    """What is the loss without penalties in the history of such a training."""
    return DISTRIBUTION_SCORE if distribution else next(iter(loss_metrics(task, recipe)), "loss")


def recipe_for(
    guideline: str,
    rows: int,
    features: int,
    *,
    members: int | None = None,
    hidden: tuple[int, ...] | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    patience: int | None = None,
    dropout: float | None = None,
    l2: float | None = None,
    learning_rate: float | None = None,
) -> Recipe:
    """What is given, and what is left open by the guideline and the size of the table.

    Parameters
    ----------
    guideline : str
        One of `epochal.models.ALL_GUIDELINES`.
    rows, features : int
        Those of the training data.
    members, epochs, batch_size, patience : int, optional
        As `Recipe` has them.
    hidden, dropout, l2, learning_rate : optional
        In place of what `Variant` has; a rate is not taken by guidelines of 1cycle.

    Returns
    -------
    Recipe

    Examples
    --------
    >>> recipe = recipe_for("default", rows=579, features=32)
    >>> recipe.variants[0].hidden, recipe.batch_size, recipe.epochs
    ((64, 64), 32, 100)
    """
    rules = guideline_named(guideline)
    batch_size = batch_size or _batch_size(rows, bool(rules.variants))
    if epochs is None:
        steps = STEPS_OF_VARIANTS if rules.variants else STEPS
        epochs = max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(steps / math.ceil(rows / batch_size))))
    if patience is None:
        # Under 1cycle rates rise, then fall, and most of the improvement comes while they fall.
        patience = max(5, PATIENCE if rules.variants else math.ceil(epochs / 2))
    members = member_count(guideline, rows) if members is None else members
    own = rules.variants or (
        Variant(
            hidden=hidden_for(guideline, rows, features),
            dropout=ALPHA_DROPOUT if rules.alpha_dropout else rules.dropout,
        ),
    )
    given: dict[str, Any] = {"hidden": hidden, "dropout": dropout, "l2": l2}
    if rules.variants:
        given["learning_rate"] = learning_rate
    changes = {name: value for name, value in given.items() if value is not None}
    variants = tuple(dict.fromkeys(replace(variant, **changes) for variant in own))
    return Recipe(
        members=members,
        # Each needs two members at least: what one of them leaves out, another is trained on.
        variants=variants[: max(1, members // 2)],
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
    )


def member_count(guideline: str, rows: int) -> int:
    """How many networks a guideline has for a table of so many rows.

    Examples
    --------
    >>> member_count("default", 1000), member_count("tabular", 1000), member_count("tabular", 20)
    (1, 20, 1)
    """
    if rows < FEWEST_ROWS_FOR_MEMBERS:
        return 1
    rules = guideline_named(guideline)
    return rules.folds * max(1, len(rules.variants))


def _batch_size(rows: int, of_variants: bool) -> int:
    """32, the usual size, and larger where an epoch would have thousands of steps."""
    if of_variants:
        return 32 if rows < 8000 else 64 if rows < 16_000 else 128 if rows < 50_000 else 256
    return 32 if rows < 4000 else 128 if rows < 100_000 else 512
