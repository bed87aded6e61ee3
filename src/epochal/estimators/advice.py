"""What an estimator's training shows, with the advice as parameters of the estimator."""

from dataclasses import replace

from epochal.diagnosis.rules import Diagnosis
from epochal.estimators.networks import FittedNetworks
from epochal.models.recipes import Recipe
from epochal.translation import translatable, translate
from epochal.tuning.remedies import Training, advised, remedies_for

_WITHOUT_VALIDATION = translatable("early_stopping=True, or members=8, so that left-out rows tell")


def advice_of(estimator: FittedNetworks, diagnosis: Diagnosis, recipe: Recipe) -> Diagnosis:
    """The diagnosis of a fitted estimator, and the parameters to try next."""
    if diagnosis.kind == "unknown":
        return advised(diagnosis, [translate(_WITHOUT_VALIDATION)])
    parameters = estimator.get_params(deep=False)
    variants = tuple(replace(each, l2=float(parameters["l2"])) for each in recipe.variants)
    training = Training(
        guideline=parameters["guideline"],
        recipe=replace(recipe, variants=variants),
        learning_rate=estimator.learning_rate_,
    )
    choices = [
        ", ".join(f"{name}={value!r}" for name, value in remedy.changes.items())
        for remedy in remedies_for(diagnosis.kind, training)
        if set(remedy.changes) <= set(parameters)
    ]
    return advised(diagnosis, choices)
