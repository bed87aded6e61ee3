"""What can be done about what a training shows."""

from dataclasses import replace

import pytest

from epochal.diagnosis.diagnosis import KINDS, Diagnosis
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.models.recipes import recipe_for
from epochal.translation import language
from epochal.tuning.ensemble_diagnosis import diagnose_members
from epochal.tuning.remedies import Training, advised, kind_to_treat, remedies_for


def training(guideline="tabular", rate=0.002, **given):
    decay = given.pop("weight_decay", None)
    recipe = recipe_for(guideline, 1000, 10, **given)
    return Training(guideline=guideline, recipe=recipe, learning_rate=rate, weight_decay=decay)


def changes(kind, *given, **settings):
    return [remedy.changes for remedy in remedies_for(kind, training(*given, **settings))]


def test_against_overfitting_more_regularization_and_then_a_smaller_network():
    assert changes("overfitting") == [
        {"dropout": 0.3},
        {"l2": 0.01},
        {"weight_decay": 0.1},
        {"hidden": (128, 128)},
    ]


def test_what_is_there_is_made_stronger_and_ends_somewhere():
    given = {"dropout": 0.4, "l2": 0.002, "weight_decay": 0.03, "hidden": (12, 8)}
    assert changes("overfitting", "default", **given) == [
        {"dropout": 0.5},
        {"l2": 0.02},
        {"weight_decay": 0.3},
        {"hidden": (8, 8)},
    ]
    most = changes("overfitting", "default", dropout=0.5, hidden=(8,))
    assert most == [{"l2": 0.01}, {"weight_decay": 0.1}]
    # A linear model has no hidden layers to regularize or to make smaller.
    assert changes("overfitting", "default", hidden=()) == [{"weight_decay": 0.1}]


def test_a_self_normalizing_network_has_alpha_dropout_alone():
    assert changes("overfitting", "self-normalizing", hidden=(32,)) == [
        {"dropout": 0.1},
        {"hidden": (16,)},
    ]


def test_against_underfitting_a_larger_network_other_rates_and_less_regularization():
    assert changes("underfitting", "default", rate=0.01, hidden=(32, 16), l2=0.1) == [
        {"hidden": (64, 32)},
        {"learning_rate": 0.03},
        {"learning_rate": 0.0033},
        {"l2": 0.0},
    ]
    assert {"dropout": 0.0} in changes("underfitting")
    assert {"hidden": (64, 64)} in changes("underfitting", "default", hidden=())


def test_while_it_improves_more_epochs_and_after_divergence_a_lower_rate():
    assert changes("still improving", epochs=20, patience=7) == [
        {"epochs": 40, "patience": 14},
        {"learning_rate": 0.006},
    ]
    assert changes("diverged", rate=0.5) == [{"learning_rate": 0.05}]


@pytest.mark.parametrize("guideline", ALL_GUIDELINES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_remedy_changes_something(kind, guideline):
    for remedy in remedies_for(kind, training(guideline)):
        assert remedy.what
        assert remedy.changes
        recipe = training(guideline).recipe
        for name in {"dropout", "l2", "hidden"} & set(remedy.changes):
            assert any(getattr(one, name) != remedy.changes[name] for one in recipe.variants)


def test_what_stopped_in_time_is_treated_as_overfitting_and_what_settled_is_not():
    settled = Diagnosis(kind="fine", sentence="", remedy="", evidence={"loss": 0.3})
    assert kind_to_treat(settled) == "fine"
    for evidence in ({"rise": 0.1}, {"gap": 0.2}):
        assert kind_to_treat(replace(settled, evidence=evidence)) == "overfitting"
    assert kind_to_treat(diagnose_members([3, 9, 4], 100)) == "overfitting"
    assert kind_to_treat(diagnose_members([99, 98, 97], 100)) == "still improving"


def test_advice_is_in_the_callers_words():
    found = Diagnosis(kind="overfitting", sentence="so it is", remedy="Dropout(0.2)")
    assert str(advised(found, ["--dropout 0.3", "--l2 0.01", "--hidden 8"])) == (
        "overfitting: so it is. Next: --dropout 0.3, --l2 0.01, or --hidden 8."
    )
    assert advised(found, ["--l2 1"]).remedy == "--l2 1"
    assert advised(found, []) is found


def test_advice_is_in_the_current_language_and_remedies_are_names():
    found = Diagnosis(kind="overfitting", sentence="그렇습니다", remedy="")
    with language("ko"):
        assert str(advised(found, ["--dropout 0.3", "--l2 0.01", "--hidden 8"])) == (
            "과대적합: 그렇습니다. 다음에 해 볼 것: --dropout 0.3, --l2 0.01 또는 --hidden 8."
        )
        assert remedies_for("diverged", training())[0].what == "a lower learning rate"
