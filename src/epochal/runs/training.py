"""One training of a plan: its parts preprocessed, its networks built and trained."""

from functools import partial
from typing import NamedTuple

import keras

from epochal.models.recipes import Recipe
from epochal.runs.network import (
    TargetScale,
    balance_of,
    build,
    finished,
    judged_by,
    recipe_of,
    targets_for_loss,
)
from epochal.runs.observer import Observer
from epochal.runs.plan import Plan
from epochal.runs.preparation import Prepared, prepare
from epochal.translation import translate
from epochal.tuning.guided_fit import FittedNetwork, Rows, fit_networks


class Trained(NamedTuple):
    """What a training of a plan gave."""

    prepared: Prepared
    fitted: FittedNetwork
    model: keras.Model  # in the units of the target


def train_once(plan: Plan, observer: Observer) -> Trained:
    """Preprocess the parts of a plan, and build and train its networks.

    Raises
    ------
    KeyboardInterrupt
        Ctrl-C before there is anything to keep.
    """
    prepared = prepare(plan)
    recipe = planned_recipe(plan, prepared)
    observer.stage(
        translate("training {count} networks", count=recipe.members)
        if recipe.members > 1
        else translate("training")
    )
    scale = TargetScale.of(plan.task, prepared.training.y, plan.settings.distribution)
    fitted = _fit(plan, prepared, recipe, scale, observer)
    return Trained(prepared, fitted, finished(fitted.model(), plan.task, scale, plan.settings))


def planned_recipe(plan: Plan, prepared: Prepared) -> Recipe:
    """How the networks of a plan are trained."""
    rows, features = prepared.training.x.shape
    return recipe_of(plan.settings, rows, features, plan.members)


def _fit(
    plan: Plan,
    prepared: Prepared,
    recipe: Recipe,
    scale: TargetScale | None,
    observer: Observer,
) -> FittedNetwork:
    """Build and train the networks, on targets as `scale` makes them."""
    training, validation = prepared.training, prepared.validation
    held_out = Rows(validation.x, targets_for_loss(validation.y, scale))
    balance = balance_of(plan.task, plan.settings, training.y)
    return fit_networks(
        partial(build, plan.task, training.x.shape[1], plan.settings, recipe, balance=balance),
        Rows(training.x, targets_for_loss(training.y, scale)),
        held_out if len(held_out.x) else None,
        recipe,
        loss=judged_by(plan.task, plan.settings, recipe, balance),
        seconds=plan.seconds,
        relations=plan.relations.taken(plan.split.train),
        keep_left_out=True,
        peak=plan.settings.learning_rate,
        balance=balance,
        patience=plan.settings.patience,
        seed=plan.settings.seed,
        resume=plan.resume,
        on_epoch=observer.epoch,
    )
