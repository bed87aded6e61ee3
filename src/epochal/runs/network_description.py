"""What a run says of its network and of how that is trained, in a few sentences."""

from collections.abc import Mapping, Sequence
from typing import Any

from epochal.models.guidelines import Variant, guideline_named
from epochal.models.recipes import Recipe
from epochal.runs.distribution_rules import distribution_words
from epochal.runs.settings import TrainSettings
from epochal.translation import translate, translate_count


def describe_network(settings: TrainSettings, recipe: Recipe, parameters: int) -> str:
    """The network and how it is trained, in a few sentences."""
    rules = guideline_named(settings.network)
    layers = alternatives([_body(settings, variant) for variant in recipe.variants])
    if rules.l1:
        layers = translate("{layers}, L1 {penalty:g}", layers=layers, penalty=rules.l1)
    if settings.l2:
        layers = translate("{layers}, L2 {penalty:g}", layers=layers, penalty=settings.l2)
    l1 = [variant.l1 for variant in recipe.variants]
    if any(l1):
        layers = translate(
            "{layers}, L1 of the inputs {penalties}", layers=layers, penalties=_each(l1)
        )
    made = {"network": settings.network, "layers": layers, "parameters": parameters}
    trained = {
        "optimizer": _OPTIMIZERS.get(rules.optimizer, rules.optimizer.capitalize()),
        "schedule": _schedule(settings, recipe),
        "batch_size": recipe.batch_size,
        "epochs": recipe.epochs,
    }
    if recipe.members > 1:
        network_words = translate(
            "The {network} network: the average of {members} networks, each of {layers}, "
            "{parameters:,} parameters.",
            members=recipe.members,
            **made,
        )
        training_words = translate(
            "{optimizer} with {schedule}, batch size {batch_size}, at most {epochs} epochs with "
            "early stopping, each by rows that it was not trained on.",
            **trained,
        )
    else:
        network_words = translate(
            "The {network} network: {layers}, {parameters:,} parameters.", **made
        )
        training_words = translate(
            "{optimizer} with {schedule}, batch size {batch_size}, at most {epochs} epochs with "
            "early stopping.",
            **trained,
        )
    sentences = [network_words, training_words, *_balanced(settings)]
    if settings.distribution is not None:
        sentences.insert(1, distribution_words(settings.distribution))
    if rules.afterwards:
        sentences.append(translate("Once trained, {what}.", what=translate(rules.afterwards)))
    return " ".join(sentences)


def rates_text(recipe: Mapping[str, Any], peak: float) -> str:
    """The peak learning rates of a run: of its recipe, as a record holds it, or else `peak`.

    Examples
    --------
    >>> rates_text({"variants": [{"learning_rate": 0.002}, {"learning_rate": 0.005}]}, 0.002)
    '0.002 or 0.005'
    """
    return alternatives([f"{one['learning_rate'] or peak:.3g}" for one in recipe["variants"]])


def _schedule(settings: TrainSettings, recipe: Recipe) -> str:
    """The weight decay that was given, and how the rate goes."""
    rates, peak = [variant.learning_rate for variant in recipe.variants], settings.learning_rate
    if None not in rates:
        schedule = translate("cosine decay from {rates}", rates=_each(rates))
    elif peak is None:
        schedule = translate("1cycle")
    else:
        schedule = translate("1cycle up to {peak:g}", peak=peak)
    decay = settings.weight_decay
    if decay is None:
        return schedule
    return translate("weight decay {decay:g}, {schedule}", decay=decay, schedule=schedule)


def _balanced(settings: TrainSettings) -> list[str]:
    """How classes are made to count alike."""
    if settings.oversample:
        return [translate("Rows of rarer classes are repeated, and the probabilities put right.")]
    if settings.class_weight == "balanced":
        return [translate("Classes are weighed alike, and the probabilities put right.")]
    return []


_OPTIMIZERS = {"adamw": "AdamW"}


def _each(numbers: Sequence[float | None]) -> str:
    """What the variants have, each once."""
    return alternatives([f"{number:g}" for number in numbers if number is not None])


def alternatives(texts: Sequence[str]) -> str:
    """Words that are alike once, in the current language."""
    first, *others = dict.fromkeys(texts)
    for other in others:
        first = translate("{one} or {other}", one=first, other=other)
    return first


def _body(settings: TrainSettings, variant: Variant) -> str:
    """Layers and dropout of a variant."""
    if not variant.hidden:
        return translate("no hidden layer")
    rules = guideline_named(settings.network)
    widths = ", ".join(f"{width:,}" for width in variant.hidden)
    layers = translate_count(
        "{count} hidden layer of {widths} units ({activation}, {initializer})",
        "{count} hidden layers of {widths} units ({activation}, {initializer})",
        len(variant.hidden),
        widths=widths,
        activation=rules.activation.upper(),
        initializer=rules.initializer,
    )
    if not variant.dropout:
        return layers
    if rules.alpha_dropout:
        return translate("{layers}, alpha dropout {rate:g}", layers=layers, rate=variant.dropout)
    return translate("{layers}, dropout {rate:g}", layers=layers, rate=variant.dropout)
