"""Settings of a network tried on the training rows of a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from optuna.pruners import MedianPruner

from epochal.bridge.state import derived_seed
from epochal.data.relations import Relations
from epochal.errors import InputError, suggest
from epochal.models.class_balance import ClassBalance
from epochal.models.guidelines import Variant, guideline_named
from epochal.models.optimizers import ADAMW_DECAY, DEFAULT_RATE
from epochal.models.recipes import Recipe
from epochal.runs.command import options_text
from epochal.runs.network import (
    TargetScale,
    balance_of,
    build,
    judged_by,
    recipe_of,
    targets_for_loss,
)
from epochal.runs.plan import Plan
from epochal.runs.preparation import Part, Prepared, prepare
from epochal.runs.settings import TrainSettings
from epochal.sweeps import Sweep
from epochal.sweeps.fits import Job, Replicate
from epochal.sweeps.plan import Plan as SweepPlan
from epochal.sweeps.plan import run_plan
from epochal.sweeps.sampling import NumberedSampler
from epochal.sweeps.space import Space
from epochal.sweeps.study import open_study
from epochal.training.callbacks import early_stopping
from epochal.training.population.by_folds import VALIDATION_BATCH, fold_rows
from epochal.training.population.rows import MemberRows
from epochal.training.progress import Display
from epochal.tuning.member_fits import schedule_of

TUNABLE = ("learning_rate", "dropout", "l2", "weight_decay", "hidden", "batch_size")

DIGITS = 3
"""Significant digits of a setting, so that what is read can be typed."""

FEWEST_FOLDS = 5
"""Each network is trained on four fifths of the training rows at least."""

STARTED, WARM = 4, 0.3
"""So many settings are tried to their end first, and each for a part of its epochs, before one that
is behind the median of the others at equal rows and epochs is given up."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """How settings are searched for.

    Attributes
    ----------
    trials : int or None
        Settings, in all.
    seeds : int
        Networks of a setting, each on its fold.
    seconds : float or None
    storage, name
        As `epochal.sweep` takes them.
    limit : str
        What a sentence calls the argument that `seconds` are from.
    rows : int or None
        So many training rows are used at most, drawn at random; None uses all.
    """

    trials: int | None
    seeds: int
    seconds: float | None = None
    storage: Any = None
    name: str = "sweep"
    limit: str = "time"
    rows: int | None = None


def check_tunable(settings: TrainSettings, given: Mapping[str, Any]) -> Space:
    """The space, or `InputError` for what is no setting of a network, or may not be so."""
    for name in given:
        if name not in TUNABLE:
            raise InputError(
                f"space must hold some of {', '.join(TUNABLE)}, got {name!r}."
                f"{suggest(name, TUNABLE)}"
            )
    space = Space(given, digits=DIGITS)
    for name, form in given.items():
        ends = form[:2] if isinstance(form, tuple) else form
        for value in ends:
            replace(settings, **{name: value})
    return space


def sweep_table(
    plan: Plan, space: Space, search: Search, on_fit: Callable[[int, int], None]
) -> Sweep:
    """Try settings on the training rows of a plan; its own, where they are in the space, first.

    A network is of the guideline's first variant, and stops early by the rows that it leaves out.
    The test rows are not looked at.
    """
    prepared = prepare(plan)
    table = _Table.of(plan, prepared, search.rows)
    own = space.params_of(own_settings(plan.settings, table.recipe))
    sweep_plan = SweepPlan(
        job=table.job(search.seeds),
        space=space,
        higher=False,
        trials=search.trials,
        members_at_once=None,
        seconds=search.seconds,
        first=[] if own is None else [own],
        limit=search.limit,
    )
    study = open_study(
        search.storage,
        search.name,
        sweep_plan.identity(),
        NumberedSampler(plan.settings.seed),
        MedianPruner(n_startup_trials=STARTED, n_warmup_steps=round(WARM * table.recipe.epochs)),
    )
    return run_plan(sweep_plan, study, display=Display(0), on_fit=on_fit)


@dataclass(frozen=True, kw_only=True)
class _Table:
    """The training rows of a plan, or some of them, and the recipe that is varied."""

    plan: Plan
    training: Part
    relations: Relations
    scale: TargetScale | None
    balance: ClassBalance | None
    recipe: Recipe

    @classmethod
    def of(cls, plan: Plan, prepared: Prepared, most: int | None) -> "_Table":
        training, rows = prepared.training, plan.split.train
        if most is not None and len(rows) > most:
            random = np.random.default_rng(derived_seed(plan.settings.seed, 11))
            drawn = np.sort(random.choice(len(rows), most, replace=False))
            training, rows = Part(training.x[drawn], training.y[drawn]), rows[drawn]
        return cls(
            plan=plan,
            training=training,
            relations=plan.relations.taken(rows),
            scale=TargetScale.of(plan.task, training.y, plan.settings.distribution),
            balance=balance_of(plan.task, plan.settings, training.y),
            recipe=_recipe(plan, training, plan.settings),
        )

    def job(self, seeds: int) -> Job:
        """The fits of a setting."""
        plan, training = self.plan, self.training
        judged = self._judged(self.recipe.variants[0])
        objective = f"val_{judged_by(plan.task, plan.settings, judged, self.balance)}"
        stopping = early_stopping(objective, self.recipe.patience)
        return Job(
            source=self._built,
            x=training.x,
            y=targets_for_loss(training.y, self.scale),
            replicates=self._replicates(seeds),
            seed=plan.settings.seed,
            epochs=self.recipe.epochs,
            fit={
                "batch_size": self.recipe.batch_size,
                "class_weight": None if self.balance is None else self.balance.class_weight,
                "validation_batch_size": VALIDATION_BATCH,
            },
            callbacks=(stopping,),
            objective=objective,
            as_member=self._member,
            network=_kind_of(plan.settings),
        )

    def _replicates(self, seeds: int) -> tuple[Replicate, ...]:
        seed = self.plan.settings.seed
        folds = fold_rows(self.relations, max(FEWEST_FOLDS, seeds), seed)[:seeds]
        if self.balance is not None and self.balance.oversample:
            y = self.training.y
            folds = [(self.balance.drawn(taken, y, seed), left) for taken, left in folds]
        return tuple(Replicate(seed + at, MemberRows(*rows)) for at, rows in enumerate(folds))

    def _member(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """What a network of these settings is built from, and its fit's own arguments."""
        tried = replace(self.plan.settings, **settings)
        recipe = _recipe(self.plan, self.training, tried)
        return {
            "tried": tried,
            "batch_size": recipe.batch_size,
            "schedule": schedule_of(recipe.variants[0], tried.learning_rate),
        }

    def _built(self, tried: TrainSettings, seed: int) -> keras.Model:
        variant = _recipe(self.plan, self.training, tried).variants[0]
        features = self.training.x.shape[1]
        judged = self._judged(variant)
        return build(self.plan.task, features, tried, judged, variant, seed, self.balance)

    def _judged(self, variant: Variant) -> Recipe:
        """A recipe in which the loss without penalties is a metric, whatever is penalised."""
        return replace(self.recipe, members=1, variants=(variant, replace(variant, l2=1.0)))


def _recipe(plan: Plan, training: Part, settings: TrainSettings) -> Recipe:
    rows, features = training.x.shape
    return recipe_of(settings, rows, features, plan.members)


def _kind_of(settings: TrainSettings) -> str:
    """What makes two networks of equal settings differ, in the words of the options."""
    kinds = {name: getattr(settings, name) for name in ("network", "distribution", "class_weight")}
    return options_text({name: value for name, value in kinds.items() if value is not None})


def own_settings(settings: TrainSettings, recipe: Recipe) -> dict[str, Any]:
    """The tunable settings of the first network that is trained where nothing is tuned."""
    variant = recipe.variants[0]
    decay = settings.weight_decay
    if decay is None:
        decays = guideline_named(settings.network).optimizer == "adamw"
        decay = ADAMW_DECAY if decays else 0.0
    return {
        "learning_rate": variant.learning_rate or settings.learning_rate or DEFAULT_RATE,
        "dropout": variant.dropout,
        "l2": variant.l2,
        "weight_decay": decay,
        "hidden": variant.hidden,
        "batch_size": recipe.batch_size,
    }
