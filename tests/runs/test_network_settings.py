"""Settings of the network and its training: each changes what it should, in every guideline."""

import json
import shlex
from typing import Any
from unittest import mock

import keras
import numpy as np
import pandas as pd
import pytest

from epochal.errors import InputError
from epochal.models.guidelines import ALL_GUIDELINES
from epochal.runs import TrainSettings, plan_table, train_table
from epochal.runs.command import command_of
from epochal.runs.network import balance_of, build
from epochal.runs.observer import observer_for
from epochal.runs.preparation import prepare
from epochal.runs.training import planned_recipe, train_once
from epochal.training.population import by_folds
from epochal.training.progress import Display
from epochal.tuning import member_fits, single_fit

QUIET = observer_for(Display(0))


def table(rows=120, share=0.5, seed=0):
    random = np.random.default_rng(seed)
    yes = random.random(rows) < share
    return pd.DataFrame(
        {
            "x": random.normal(yes, 1),
            "z": random.normal(size=rows),
            "y": np.where(yes, "yes", "no"),
            "number": random.normal(3 * yes, 1),
        }
    )


def planned(target="y", **given):
    frame = table().drop(columns="number" if target == "y" else "y")
    return plan_table(frame, TrainSettings.from_options(target, **given))


def built(**given):
    """The networks of a plan, one for each variant, and its recipe."""
    plan = planned(**given)
    prepared = prepare(plan)
    recipe = planned_recipe(plan, prepared)
    balance = balance_of(plan.task, plan.settings, prepared.training.y)
    features = prepared.training.x.shape[1]
    models = [
        build(plan.task, features, plan.settings, recipe, variant, 0, balance)
        for variant in recipe.variants
    ]
    return models, recipe


def hidden(model):
    return [layer for layer in model.layers if layer.name.startswith("hidden_")]


ways = pytest.mark.parametrize("network", ALL_GUIDELINES)
counts = pytest.mark.parametrize("members", [1, 4])


@ways
@counts
def test_l2_is_on_every_hidden_kernel_and_on_no_other(network, members):
    for model in built(network=network, members=members, l2=0.03)[0]:
        assert all(
            float(layer.kernel_regularizer.l2) == pytest.approx(0.03) for layer in hidden(model)
        )
        assert model.get_layer("head").kernel_regularizer is None
    for model in built(network=network, members=members)[0]:
        assert all(
            layer.kernel_regularizer is None or float(layer.kernel_regularizer.l2) == 0
            for layer in hidden(model)
        )


@ways
@counts
def test_dropout_is_after_every_hidden_layer(network, members):
    kind = keras.layers.AlphaDropout if network == "self-normalizing" else keras.layers.Dropout
    for model in built(network=network, members=members, dropout=0.35)[0]:
        rates = [layer.rate for layer in model.layers if isinstance(layer, kind)]
        assert rates == [0.35] * len(hidden(model))
    for model in built(network=network, members=members, dropout=0)[0]:
        assert not any("Dropout" in type(layer).__name__ for layer in model.layers)


@ways
def test_weight_decay_is_the_optimisers(network):
    own = 0.01 if network == "tabular" else None
    assert {model.optimizer.weight_decay for model in built(network=network)[0]} == {own}
    given = {model.optimizer.weight_decay for model in built(network=network, weight_decay=0.2)[0]}
    assert given == {0.2}


def test_weight_decay_shrinks_what_no_gradient_moves():
    """A step of a rate r takes r * decay * w off, for an optimiser that has none of its own too."""
    (model,), _ = built(network="default", members=1, weight_decay=0.5)
    layer = hidden(model)[0]
    before = np.asarray(layer.kernel)
    model.optimizer.learning_rate = 0.1
    x = np.zeros((4, before.shape[0]), np.float32)  # the gradient of the kernel is 0
    model.fit(x, np.array([[0], [1], [0], [1]], np.float32), epochs=1, verbose=0)
    np.testing.assert_allclose(np.asarray(layer.kernel), before * (1 - 0.1 * 0.5), rtol=1e-5)


@ways
@counts
def test_the_learning_rate_is_the_highest_of_the_training(network, members):
    plan = planned(network=network, members=members, learning_rate=0.0123, epochs=2, hidden=[4])
    fitted = train_once(plan, QUIET).fitted
    assert fitted.peak_learning_rate == 0.0123
    assert fitted.curve is None  # no range test
    for run in fitted.runs:
        assert run.learning_rates.max() == pytest.approx(0.0123, rel=0.05)


@ways
@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("patience", [2, 9])
def test_patience_is_the_early_stoppings(network, members, patience):
    plan = planned(network=network, members=members, patience=patience, epochs=1, hidden=[4])
    found = []

    class Watched(keras.callbacks.EarlyStopping):
        def on_train_begin(self, logs=None):
            found.append(self.patience)
            super().on_train_begin(logs)

    with mock.patch.object(keras.callbacks, "EarlyStopping", Watched):
        train_once(plan, QUIET)
    assert found == [patience] * members


def test_no_network_stops_early_by_a_penalty():
    for members in (1, 2):
        plan = planned(network="default", members=members, l2=1.0, epochs=6, hidden=[4])
        fitted = train_once(plan, QUIET).fitted
        assert fitted.loss == "binary_crossentropy"
        for run, best in zip(fitted.runs, fitted.best_epochs, strict=True):
            assert best == np.argmin(run.history["val_binary_crossentropy"])
            penalties = np.subtract(run.history["val_loss"], run.history["val_binary_crossentropy"])
            assert (penalties > 0).all()
        assert fitted.history["loss"][0] < min(fitted.runs[0].history["loss"])


def test_the_validation_part_has_the_size_that_is_asked_for(tmp_path):
    rows = planned(members=1, validation_size=0.3).rows
    assert rows == {"training": 60, "validation": 36, "test": 24}
    assert planned(members=1).rows["validation"] == 18
    (fold, *_), *_ = planned(members=1, validation_size=0.25, cv=4).folds
    assert len(fold.validation) == pytest.approx(0.25 * 90, abs=1)
    run = train_table(
        table(), "y", drop="number", members=1, validation_size=0.3, epochs=1, out=tmp_path / "r"
    )
    assert run.record.settings["validation_size"] == 0.3
    assert run.record.rows["validation"] == 36


GIVEN: dict[str, Any] = {
    "learning_rate": 0.01,
    "dropout": 0.25,
    "l2": 0.001,
    "weight_decay": 0.05,
    "patience": 7,
    "validation_size": 0.2,
    "oversample": True,
    "try_remedies": True,
}


def test_they_stand_in_the_command_in_run_json_and_on_the_page(tmp_path):
    given = {**GIVEN, "try_remedies": False, "members": 1, "epochs": 2, "hidden": [4]}
    run = train_table(table(), "y", drop="number", out=tmp_path / "run", **given)
    saved = json.loads((run.path / "run.json").read_text())["settings"]
    assert {name: saved[name] for name in given if name != "hidden"} == {
        name: value for name, value in given.items() if name != "hidden"
    }
    for words in ("--learning-rate 0.01", "--dropout 0.25", "--l2 0.001", "--weight-decay 0.05"):
        assert words in run.record.command
    assert "--patience 7 --validation-size 0.2 --oversample" in run.record.command
    network = run.record.network
    assert "dropout 0.25, L2 0.001, " in network
    assert "AdamW with weight decay 0.05, cosine decay from 0.01" in network
    assert network.endswith("Rows of rarer classes are repeated, and the probabilities put right.")
    page = run.report.read_text(encoding="utf-8")
    for name, value in {
        "L2": 0.001,
        "weight decay": 0.05,
        "patience": 7,
        "oversample": True,
    }.items():
        assert f"<dt>{name}</dt><dd>{value}</dd>" in page


def test_the_command_repeats_them():
    words = shlex.split(command_of("t.csv", TrainSettings.from_options("y", **GIVEN)))
    for name, value in GIVEN.items():
        option = f"--{name.replace('_', '-')}"
        assert option in words
        assert value is True or words[words.index(option) + 1] == str(value)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"l2": -1}, "l2 must be a finite number of at least 0, got -1: give e.g. 0.001."),
        ({"l2": float("inf")}, "l2 must be a finite number of at least 0, got inf"),
        (
            {"weight_decay": "much"},
            "weight_decay must be a finite number of at least 0, got 'mu",
        ),
        (
            {"dropout": 1},
            "dropout must be a number of at least 0 and below 1, got 1: give e.g. 0",
        ),
        ({"dropout": True}, "dropout must be a number of at least 0 and below 1, got True"),
        ({"learning_rate": 0}, "learning_rate must be a finite number above 0, got 0: give e.g."),
        ({"patience": 0}, "patience must be a whole number of at least 1, got 0: give e.g. 32."),
        (
            {"validation_size": 1.0},
            "validation_size must be a fraction above 0 and below 1, got 1.0: give e.g. 0.15.",
        ),
        (
            {"validation_size": 0.5, "test_size": 0.6},
            "test_size must be a fraction above 0 and below 0.5 (50% of the rows are for "
            "validation), got 0.6: give e.g. 0.2.",
        ),
        (
            {"class_weight": "balance"},
            "class_weight must be 'balanced' or 'auto', or left out, got 'balance': give 'auto' to "
            "see whether it helps. Did you mean 'balanced'?",
        ),
        (
            {"class_weight": {0: 1}},
            "class_weight must be 'balanced' or 'auto', or left out, got",
        ),
        ({"oversample": 1}, "oversample must be True or False, got 1: give e.g. True."),
        ({"try_remedies": "yes"}, "try_remedies must be True or False, got 'yes': give e.g. True."),
        (
            {"oversample": True, "class_weight": "balanced"},
            "oversample must not be given with class_weight, got both, which do the same: leave "
            "one of them out.",
        ),
        (
            {"l2": 0.1, "hidden": ()},
            "l2 must be left out of a network without hidden layers, which are what it "
            "regularizes, got 0.1: leave it out.",
        ),
        (
            {"dropout": 0.1, "hidden": ()},
            "dropout must be left out of a network without hidden",
        ),
        (
            {"try_remedies": True, "time": "1m"},
            "time must not be given with try_remedies, whose trainings come on top of it, got 60 "
            "s: leave one of them out, or give epochs.",
        ),
        (
            {"class_weight": "auto", "time": 5},
            "time must not be given with class_weight 'auto', whose trainings come on top of it",
        ),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as error:
        TrainSettings.from_options("y", **wrong)
    assert str(error.value).startswith(message)


def test_what_the_table_cannot_have_is_refused():
    with pytest.raises(
        InputError,
        match=r"validation_size must be left out where several networks are trained, as each "
        r"stops by training rows that it leaves out, got 0\.2 and 20 networks: leave it out, or "
        r"train one \(members=1\)\.",
    ):
        planned(validation_size=0.2)
    for name, value in {"class_weight": "auto", "oversample": True}.items():
        with pytest.raises(
            InputError,
            match=f"{name} must be left out for a target without classes, got the task "
            "'regression': leave it out",
        ):
            planned("number", **{name: value})


def test_zero_is_no_regularization_and_fine_without_hidden_layers():
    settings = TrainSettings.from_options("y", l2=0, dropout=0, hidden=())
    assert (settings.l2, settings.dropout) == (0, 0)


@pytest.mark.parametrize("members", [1, 3])
def test_class_weights_are_scikit_learns_in_the_fit(members):
    plan = plan_table(
        table(200, share=0.2).drop(columns="number"),
        TrainSettings.from_options(
            "y", class_weight="balanced", members=members, epochs=2, hidden=[4]
        ),
    )
    where, name = (single_fit, "fit") if members == 1 else (member_fits, "train_by_folds")
    with mock.patch.object(where, name, wraps=getattr(where, name)) as fitting:
        trained = train_once(plan, QUIET)
    y = trained.prepared.training.y.reshape(-1).astype(int)
    expected = {code: len(y) / (2 * np.sum(y == code)) for code in (0, 1)}
    given = fitting.call_args.kwargs
    found = given["class_weight"] if members == 1 else given["balance"].class_weight
    assert found == pytest.approx(expected)
    assert given.get("sample_weight") is None


@pytest.mark.parametrize("given", [{"class_weight": "balanced"}, {"oversample": True}])
@pytest.mark.parametrize("members", [1, 3])
def test_probabilities_are_those_of_the_table(given, members):
    frame = table(400, share=0.1).drop(columns="number")
    plan = plan_table(
        frame, TrainSettings.from_options("y", members=members, epochs=30, hidden=[4], **given)
    )
    trained = train_once(plan, QUIET)
    share = float(trained.prepared.training.y.mean())
    p = trained.model.predict(trained.prepared.training.x, verbose=0).mean()
    assert share == pytest.approx(0.1, abs=0.03)
    assert p == pytest.approx(share, abs=0.06)  # without the correction about a half
    assert "Corrected" not in repr(trained.model.get_compile_config())
    best = trained.fitted.best_epochs
    assert [
        np.argmin(run.history["val_corrected_crossentropy"]) for run in trained.fitted.runs
    ] == list(best)


@pytest.mark.parametrize("members", [1, 3])
def test_no_row_that_judges_is_repeated_or_trained_on(members):
    frame = table(150, share=0.2).drop(columns="number")
    settings = TrainSettings.from_options(
        "y", oversample=True, members=members, epochs=1, hidden=[4]
    )
    plan = plan_table(frame, settings)
    if members == 1:
        with mock.patch.object(single_fit, "fit", wraps=single_fit.fit) as fitting:
            trained = train_once(plan, QUIET)
        (x, y), given = fitting.call_args.args[1:3], fitting.call_args.kwargs
        held_out = given["validation_data"][0]
        assert len(held_out) == plan.rows["validation"]
        assert len(np.unique(held_out, axis=0)) == len(held_out)
        rows = {row.tobytes() for row in x}
        assert not rows & {row.tobytes() for row in held_out}
        assert rows == {row.tobytes() for row in trained.prepared.training.x}
        assert np.sum(y == 1) == np.sum(y == 0)
        return
    with mock.patch.object(
        by_folds, "train_population", wraps=by_folds.train_population
    ) as training:
        trained = train_once(plan, QUIET)
    y = trained.prepared.training.y.reshape(-1)
    for taken, left_out in training.call_args.kwargs["rows"]:
        assert not set(taken) & set(left_out)
        assert sorted({*taken, *left_out}) == list(range(len(y)))
        assert len(set(left_out)) == len(left_out)
        assert np.sum(y[taken] == 1) == np.sum(y[taken] == 0)


def test_a_single_balanced_network_is_saved_as_plain_keras(tmp_path):
    run = train_table(
        table(), "y", drop="number", members=1, oversample=True, epochs=2, out=tmp_path / "run"
    )
    model = keras.saving.load_model(run.model, safe_mode=True)
    assert model.output_shape == (None, 1)
