"""A sweep of small networks: what a trial is, what is found, what is refused."""

from typing import Any

import keras
import numpy as np
import optuna
import pytest
from optuna.trial import TrialState

import epochal
from epochal.errors import InputError
from epochal.sweeps import sweep
from tests.sweeps.networks import X, Y, build

QUIET: dict[str, Any] = {"verbose": 0, "epochs": 2}


@pytest.fixture(scope="module")
def found() -> epochal.Sweep:
    space = {"learning_rate": (1e-3, 1e-1, "log"), "dropout": [0.0, 0.3], "units": (2, 4)}
    return sweep(build, X, Y, space, trials=5, seeds=2, members_at_once=4, **QUIET)


def test_a_trial_is_a_single_fit_with_its_settings_seed_and_rows(found: epochal.Sweep) -> None:
    assert found.rows is not None
    for setting in (found.best, found.settings[-1]):
        for seed, (taken, left_out), value in zip(
            found.seeds, found.rows, setting.values, strict=True
        ):
            keras.utils.set_random_seed(seed)
            model = build(**setting.settings)
            run = epochal.fit(
                model,
                X[taken],
                Y[taken],
                validation_data=(X[left_out], Y[left_out]),
                epochs=2,
                seed=seed,
                verbose=0,
            )
            assert value == run.history["val_loss"][-1]


def test_what_is_found(found: epochal.Sweep) -> None:
    assert found.ended == ""
    means = [np.mean(setting.values) for setting in found.settings]
    assert means == sorted(means)
    assert len(means) == 5
    assert found.best.interval.value == pytest.approx(means[0])
    assert found.simplest in found.alike
    assert len(found.study.get_trials(states=(TrialState.COMPLETE,))) == 5
    assert (
        found.best.weights
        == 4 * found.best.settings["units"] + 2 * (found.best.settings["units"]) + 1
    )
    table = found.table()
    assert list(table.columns[:5]) == ["trial", "learning_rate", "dropout", "units", "val_loss"]
    assert table["verdict"][0] == "best"


def test_the_conclusion_and_what_a_notebook_shows(found: epochal.Sweep) -> None:
    assert found.conclusion.startswith("Of 5 settings with 2 fits each, learning_rate=")
    assert "has the best val_loss:" in found.conclusion
    assert found.conclusion.split(".")[0] in found._repr_html_().replace("&#39;", "'")


def test_importances_add_up(found: epochal.Sweep) -> None:
    importances = found.importances()
    assert importances.sum() == pytest.approx(1)
    assert set(importances.index) == {"learning_rate", "dropout", "units"}


@pytest.mark.parametrize("kind", ["history", "slice"])
def test_plots_are_optunas(found: epochal.Sweep, kind: str) -> None:
    figure = found.plot(kind, None if kind == "history" else ["learning_rate"])
    axes = figure.axes[0]
    assert axes.get_ylabel() == "val_loss"
    axes.set_ylim(0.31400, 0.31401)
    figure.canvas.draw()
    assert axes.yaxis.get_major_formatter().get_offset() == "", "what is alike is read whole"


def test_an_unknown_plot_is_refused(found: epochal.Sweep) -> None:
    with pytest.raises(InputError, match=r"kind must be one of .*, got 'slices'. Did you mean"):
        found.plot("slices")


def test_equal_seeds_choose_equal_trials() -> None:
    space = {"learning_rate": (1e-3, 1e-1, "log")}
    tables = [
        sweep(build, X, Y, space, trials=2, seeds=1, seed=3, **QUIET)
        .table()
        .drop(columns="seconds")
        for _ in range(2)
    ]
    assert tables[0].equals(tables[1])


def test_all_combinations_of_choices_are_tried_once() -> None:
    space = {"dropout": [0.0, 0.5], "activation": ["relu", "tanh"]}
    found = sweep(build, X, Y, space, trials=50, seeds=1, **QUIET)
    tried = {tuple(setting.settings.values()) for setting in found.settings}
    assert len(found.settings) == 4
    assert len(tried) == 4
    assert found.conclusion.endswith("One fit each cannot tell settings apart.")


def test_a_compiled_models_layers_loss_and_optimiser_have_settings() -> None:
    space = {"learning_rate": [0.01], "dropout.drop": [0.0, 0.9], "l2": [0.0, 0.1]}
    model = build()
    model.compile(model.optimizer, keras.losses.BinaryCrossentropy())
    held = (X[:20], Y[:20])
    found = sweep(
        model, X, Y, space | {"label_smoothing": [0.2]}, trials=4, seeds=1, validation=held, **QUIET
    )
    values = {tuple(each.settings.values()): each.values[0] for each in found.settings}
    for (rate, dropout, l2, smoothing), value in values.items():
        keras.utils.set_random_seed(found.seeds[0])
        penalty = keras.regularizers.L2(l2) if l2 else None
        twin = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(4, "relu", kernel_regularizer=penalty),
                keras.layers.Dropout(dropout),
                keras.layers.Dense(1, "sigmoid", kernel_regularizer=penalty),
            ]
        )
        loss = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
        twin.compile(keras.optimizers.Adam(rate), loss)
        run = epochal.fit(
            twin, X, Y, validation_data=held, epochs=2, seed=found.seeds[0], verbose=0
        )
        assert value == run.history["val_loss"][-1]
    assert found.rows is None


def test_the_value_is_that_of_the_epoch_whose_weights_are_restored() -> None:
    stopping = keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
    found = sweep(
        build,
        X,
        Y,
        {"learning_rate": [0.5]},
        trials=1,
        seeds=1,
        callbacks=[stopping],
        epochs=12,
        verbose=0,
    )
    assert found.rows is not None
    taken, left_out = found.rows[0]
    keras.utils.set_random_seed(found.seeds[0])
    run = epochal.fit(
        build(0.5),
        X[taken],
        Y[taken],
        validation_data=(X[left_out], Y[left_out]),
        epochs=12,
        seed=found.seeds[0],
        callbacks=[keras.callbacks.EarlyStopping(patience=1)],
        verbose=0,
    )
    losses = run.history["val_loss"]
    assert found.best.values[0] == min(losses) != losses[-1]


def test_accuracy_is_maximised() -> None:
    found = sweep(
        build,
        X,
        Y,
        {"learning_rate": [1e-6, 0.03]},
        trials=2,
        seeds=2,
        objective="val_accuracy",
        epochs=8,
        verbose=0,
    )
    assert found.higher_is_better
    assert found.best.settings["learning_rate"] == 0.03


def test_a_setting_whose_loss_diverges_is_told_and_comes_last() -> None:
    found = sweep(build, X * 1e18, Y, {"learning_rate": [1e-3, 1e30]}, trials=2, seeds=1, **QUIET)
    table = found.table()
    assert table["verdict"].iloc[-1] == "diverged"
    assert table["learning_rate"].iloc[-1] == 1e30


def test_a_pruner_ends_trials_that_fall_behind() -> None:
    rates = [0.05, 0.04, 1e-7, 2e-7, 3e-7]
    found = sweep(
        build,
        X,
        Y,
        {"learning_rate": rates},
        trials=5,
        seeds=2,
        epochs=6,
        members_at_once=2,
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=2),
        verbose=0,
    )
    pruned = found.study.get_trials(states=(TrialState.PRUNED,))
    assert {trial.params["learning_rate"] for trial in pruned} <= {1e-7, 2e-7, 3e-7}
    assert pruned
    steps = [max(trial.intermediate_values) for trial in pruned]
    assert max(steps) < 12, "a trial that was pruned has not had all its epochs"
    whole = found.study.get_trials(states=(TrialState.COMPLETE,))
    for trial in whole:
        assert sorted(trial.intermediate_values) == list(range(1, 13))
    assert (found.table()["verdict"] == "pruned").sum() == len(pruned)


def no_model(learning_rate: float) -> Any:
    return None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"trials": 0}, "trials must be a whole number of at least 1, got 0: give e.g. 30"),
        ({"trials": None}, "trials must be a number where no seconds are given, got None"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1, got 0: give e.g. 3"),
        ({"seconds": 0}, "seconds must be a finite number above 0, got 0: give e.g. 60"),
        ({"seed": 2**32}, r"seed must be below 2\*\*32, got 4294967296"),
        ({"members_at_once": 0}, "members_at_once must be a whole number of at least 1"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1"),
        ({"objective": ""}, "objective must be a name in the history of a fit, got ''"),
        (
            {"objective": "val_los"},
            "of a fit, one of .*, got 'val_los': .* Did you mean 'val_loss'",
        ),
        ({"direction": "min"}, "direction must be 'minimize' or 'maximize', got 'min'"),
        ({"executor": "rey"}, r"executor must be None or 'ray', got 'rey'\. Did you mean 'ray'"),
        (
            {"executor": "ray", "pruner": optuna.pruners.MedianPruner()},
            "pruner must be None with executor='ray', whose workers do not see the study",
        ),
        ({"rows": [1], "validation": (X, Y)}, "rows must be None where validation is given"),
        ({"rows": [1]}, r"rows must be a pair .* for each of 3 seeds, got 1 of them"),
        ({"model_or_builder": 3}, "model_or_builder must be a keras.Model or a function .*, got 3"),
        ({"model_or_builder": no_model}, r"model must be a keras\.Model.*, got None"),
        (
            {"seconds": 1e-9},
            "seconds must be enough for one setting of 3 fits, got 1e-09 s: give more",
        ),
        ({"storage": 3}, "storage must be a file, an SQLAlchemy address or an Optuna storage"),
        (
            {"storage": "postgresql+psycopg://nobody@127.0.0.1:1/x"},
            "storage must be one that can be reached, got 'postgresql",
        ),
        ({"storage": "/proc/no/x.db"}, r"storage must be .*, got '/proc/no/x.db'"),
        ({"storage": "what://x"}, r"storage must be one that can be reached, got 'what://x' \("),
        (
            {"space": {"learning_rat": (0.1, 0.2)}},
            r"space must hold arguments of model_or_builder \(learning_rate, .*\) or settings of "
            r"fit \(.*\), got 'learning_rat': .*\. Did you mean 'learning_rate'\?",
        ),
        (
            {"space": {"dropout.dro": (0.1, 0.2)}, "model_or_builder": build()},
            r"space must hold settings of fit \(.*\) or of the model \(.*dropout\.drop, .*\), got "
            r"'dropout.dro', which no layer, .* Did you mean 'dropout.drop'\?",
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "model_or_builder": build,
        "x": X,
        "y": Y,
        "space": {"learning_rate": (0.01, 0.1)},
        "trials": 2,
        "epochs": 1,
        "verbose": 0,
    }
    with pytest.raises(InputError, match=message):
        sweep(**(arguments | changed))
