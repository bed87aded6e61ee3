"""What runs show: curves made by hand, and small real runs that are made to show each kind."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.testing import assert_allclose
from sklearn.datasets import load_wine, make_circles

import epochal
from epochal.diagnosis import row_losses
from epochal.diagnosis.curves import Regularizers, TrainingCurves
from epochal.diagnosis.diagnosis import KINDS, Diagnosis
from epochal.diagnosis.row_losses import constant_loss, row_losses_of
from epochal.diagnosis.rules import diagnose
from epochal.scoring.interval import mean_interval
from epochal.translation import language
from tests.tolerances import FLOAT32_REDUCTION, STILL_MOVING
from tests.training.parity import compiled, dense_net, labels, numbers

FALLING = list(np.geomspace(1.0, 0.1, 10))
TURNED = [1.0, 0.8, 0.7, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 1.0]
SETTLED = [1.0, 0.6, 0.45, 0.41, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]


def judged(losses: Any, tested: Any = (), **more: Any) -> Diagnosis:
    return diagnose(TrainingCurves(losses=losses, val_losses=tested, **more))


@pytest.mark.parametrize(
    ("course", "kind", "words"),
    [
        (
            TrainingCurves(losses=FALLING, val_losses=TURNED),
            "overfitting",
            "from epoch 5 on the validation loss rose from 0.65 by 0.35, while the training loss "
            "fell to 0.1",
        ),
        (
            TrainingCurves(losses=FALLING, val_losses=FALLING),
            "still improving",
            "the validation loss was still falling at the end, to 0.1 from 0.167",
        ),
        (
            TrainingCurves(losses=FALLING),
            "still improving",
            "the training loss was still falling at the end, to 0.1 from 0.167",
        ),
        (
            TrainingCurves(losses=SETTLED, val_losses=SETTLED),
            "fine",
            "the validation loss settled at 0.4, beside a training loss of 0.4",
        ),
        (
            TrainingCurves(losses=SETTLED),
            "unknown",
            "the training loss settled at 0.4, but without validation data nothing tells whether "
            "that holds on other rows",
        ),
        (
            TrainingCurves(losses=SETTLED, val_losses=SETTLED, constant=0.41),
            "underfitting",
            "the training loss 0.4 is hardly below 0.41, that of always predicting the same",
        ),
        (
            TrainingCurves(losses=SETTLED, val_losses=SETTLED, constant=0.3),
            "underfitting",
            "the training loss 0.4 is no lower than 0.3, that of always predicting the same",
        ),
        (
            TrainingCurves(losses=[*SETTLED[:-1], 9.0], val_losses=SETTLED, constant=1.1),
            "diverged",
            "the training loss rose from 0.4 to 9",
        ),
        (
            TrainingCurves(losses=[1.0, np.nan]),
            "diverged",
            "the loss was no longer finite in epoch 2",
        ),
        (TrainingCurves(losses=[]), "unknown", "no epoch was run"),
    ],
    ids=lambda value: value if value in KINDS else "",
)
def test_what_curves_show(course, kind, words):
    diagnosis = diagnose(course)
    assert diagnosis.kind == kind
    assert diagnosis.sentence == words
    assert str(diagnosis) == f"{kind}: {words}. Next: {diagnosis.remedy}."
    assert "\n" not in str(diagnosis)


def test_a_step_that_breaks_is_named_with_the_rate_that_broke_it():
    steps = np.array([1.0, 0.9, np.inf, np.nan])
    rates = np.array([0.1, 0.2, 0.3, 0.4])
    diagnosis = judged([0.9, np.nan], step_losses=steps, rates=rates)
    assert diagnosis.sentence == "the loss was no longer finite at step 3, at learning rate 0.2"
    assert diagnosis.evidence == {"step": 3, "learning_rate": 0.2}


def test_a_turn_must_outlast_noise():
    jitter = [*SETTLED[:-1], 0.405]
    assert judged(FALLING, jitter).kind == "fine"
    assert judged(FALLING, [*FALLING[:-1], 0.2]).kind != "overfitting"  # one epoch says nothing
    assert judged(SETTLED, TURNED).kind == "overfitting"
    rising = [0.5, *FALLING[::-1]]  # the training loss rises too: not a matter of learnt rows
    assert judged(rising[: len(TURNED)], TURNED).kind != "overfitting"


@pytest.mark.parametrize(
    ("shift", "caveat"), [(0.4, ""), (0.05, ", not statistically significant")]
)
def test_the_rows_say_how_sure_a_rise_is(shift, caveat):
    generator = np.random.default_rng(0)
    before = generator.normal(0.65, 0.2, 200)
    now = before + shift + generator.normal(0, 1.0, 200)
    diagnosis = judged(FALLING, TURNED, best_rows=before, last_rows=now)
    low, high = mean_interval(now - before)
    assert diagnosis.kind == "overfitting"
    assert diagnosis.evidence["rise"] == pytest.approx((now - before).mean())
    assert (diagnosis.evidence["low"], diagnosis.evidence["high"]) == (low, high)
    assert (low > 0) == (caveat == "")
    words = f" (95% interval {low:.3g} to {high:.3g}, 200 validation rows{caveat}), while"
    assert words in diagnosis.sentence


def test_memorised_rows_are_overfitting_though_nothing_rises():
    tested = [1.0, 0.8, *[0.7] * 8]
    assert judged(FALLING, tested, constant=1.1).kind == "overfitting"
    assert judged(FALLING, tested).kind == "fine"  # nothing to measure the gap by
    assert judged(FALLING, tested, constant=50.0).kind == "fine"
    diagnosis = judged(FALLING, tested, constant=1.1, last_rows=np.full(50, 0.7))
    assert diagnosis.sentence == (
        "after epoch 3 the validation loss got no better than 0.7, while the training loss fell "
        "to 0.1: a gap of 0.6 (95% interval 0.6 to 0.6, 50 validation rows)"
    )


def test_a_penalty_is_no_gap_and_no_underfitting():
    added = np.array(SETTLED) + 5
    assert judged(list(added), list(added), penalty=5.0, constant=1.1).kind == "fine"
    assert judged(list(added), list(added), constant=1.1).kind == "underfitting"


def test_epochs_are_counted_as_the_fit_counts_them():
    diagnosis = judged(
        FALLING, [1.0, 0.5, 0.6, 0.7, 0.9], val_epochs=[1, 3, 5, 7, 9], first_epoch=20
    )
    assert diagnosis.kind == "overfitting"
    assert diagnosis.evidence["best_epoch"] == 24


OVERFITTED = TrainingCurves(losses=FALLING, val_losses=TURNED)


@pytest.mark.parametrize(
    ("traits", "remedy"),
    [
        (Regularizers(), "EarlyStopping(restore_best_weights=True), then L2(1e-4) on the kernels"),
        (
            Regularizers(self_normalizing=True),
            "EarlyStopping(restore_best_weights=True), then AlphaDropout(0.1)",
        ),
        (Regularizers(stops_early=True), "L2(1e-4) on the kernels, then more rows"),
        (Regularizers(stops_early=True, penalty=True), "Dropout(0.2), then more rows"),
        (
            Regularizers(stops_early=True, penalty=True, dropout=True),
            "more rows, or a smaller network",
        ),
    ],
)
def test_the_guidelines_order_against_overfitting(traits, remedy):
    assert diagnose(replace(OVERFITTED, regularizers=traits)).remedy == remedy


KEPT = Regularizers(stops_early=True, keeps_best=True)


def test_a_fit_that_keeps_its_best_epoch_stopped_in_time():
    diagnosis = diagnose(replace(OVERFITTED, regularizers=KEPT))
    assert str(diagnosis) == (
        "fine: it stopped in time, with the weights of epoch 4: from epoch 5 on the validation "
        "loss rose from 0.65 by 0.35, while the training loss fell to 0.1. Next: more rows, or "
        "columns that tell more."
    )
    tested = [1.0, 0.8, *[0.7] * 8]
    diagnosis = judged(FALLING, tested, constant=1.1, regularizers=KEPT)
    assert diagnosis.kind == "fine"
    assert diagnosis.sentence.startswith("it stopped in time, with the weights of epoch 3: after")


def test_weights_of_a_best_epoch_that_memorised_rows_overfit():
    losses = [1.0, 0.2, 0.1, 0.1, 0.1, 0.1]
    diagnosis = judged(losses, [1.0, *[0.9] * 5], constant=1.1, regularizers=KEPT)
    assert diagnosis.kind == "overfitting"


@pytest.mark.parametrize(
    ("traits", "penalty", "remedy"),
    [
        (Regularizers(penalty=True), 0.2, "a weaker penalty: it is 50% of the training loss"),
        (Regularizers(dropout=True), 0.0, "less dropout, then another learning rate "),
        (
            Regularizers(),
            0.0,
            "another learning rate (epochal.find_learning_rate), then more units ",
        ),
    ],
)
def test_what_to_try_against_underfitting(traits, penalty, remedy):
    diagnosis = judged(SETTLED, SETTLED, constant=0.2, penalty=penalty, regularizers=traits)
    assert diagnosis.kind == "underfitting"
    assert diagnosis.remedy.startswith(remedy)


def test_a_longer_schedule_for_a_run_with_one():
    assert judged(FALLING).remedy == "more epochs, for example 20"
    scheduled = judged(FALLING, regularizers=Regularizers(schedule=True))
    assert scheduled.remedy == "more epochs, for example 20, with a schedule of that length"


CONSTANTS: dict[str, tuple[Any, np.ndarray, int, float]] = {
    # loss, targets, outputs, the closed form
    "mse": ("mse", np.array([[1.0], [3.0], [8.0]]), 1, 26 / 3),
    "mae": ("mae", np.array([[1.0], [3.0], [8.0]]), 1, 7 / 3),
    "binary": ("binary_crossentropy", np.array([0, 0, 0, 1]), 1, 0.5623351),
    "multiclass": ("sparse_categorical_crossentropy", np.array([0, 1, 1, 2]), 3, 1.0397208),
    "one-hot": ("categorical_crossentropy", np.eye(3)[[0, 1, 1, 2]], 3, 1.0397208),
    "logits": (
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        np.array([0, 1, 1, 2]),
        3,
        1.0397208,
    ),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_the_loss_of_a_constant_is_the_closed_form(name):
    loss, targets, outputs, expected = CONSTANTS[name]
    model = compiled(keras.Input((2,)), layers.Dense(outputs), loss=loss)
    losses = row_losses_of(model)
    assert losses is not None
    found = constant_loss(model, targets.astype(np.float32))()
    assert found is not None
    assert_allclose(found, expected, **FLOAT32_REDUCTION)


class OwnStep(keras.Sequential):
    def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
        return 2 * super().compute_loss(*args, **kwargs)


def test_losses_that_are_not_taken_apart():
    shapes = keras.Input((6,)), layers.Dense(1)
    assert row_losses_of(compiled(*shapes, loss=lambda y, p: keras.ops.mean((y - p) ** 2))) is None
    assert row_losses_of(compiled(*shapes, loss=keras.losses.MeanSquaredError("sum"))) is None
    assert row_losses_of(compiled(*shapes, loss="mse", loss_weights=0.5)) is None
    own = OwnStep(list(shapes))
    own.compile("sgd", "mse")
    assert row_losses_of(own) is None
    for of_several in (keras.losses.Dice(), keras.losses.tversky, keras.losses.Circle()):
        assert row_losses_of(compiled(*shapes, loss=of_several)) is None


def test_rows_in_blocks_have_the_same_losses(monkeypatch):
    model = compiled(keras.Input((6,)), layers.Dense(3), loss="sparse_categorical_crossentropy")
    outputs, targets = np.abs(numbers(50, 3)), labels(50, 3)
    losses = row_losses_of(model)
    assert losses is not None
    whole = losses(targets, outputs)
    monkeypatch.setattr(row_losses, "_VALUES_A_BLOCK", 21)
    found = losses(targets, outputs)
    assert_allclose(found, whole, **FLOAT32_REDUCTION)
    picked = (outputs / outputs.sum(axis=1, keepdims=True))[np.arange(50), targets.reshape(-1)]
    assert_allclose(found, -np.log(picked), **FLOAT32_REDUCTION)


# Real runs, made to show each kind.


def wide(*, classes: int, features: int, rate: float = 0.01, **kwargs: Any) -> keras.Model:
    keras.utils.set_random_seed(3)
    return compiled(
        keras.Input((features,)),
        layers.Dense(64, "relu", **kwargs),
        layers.Dense(64, "relu", **kwargs),
        layers.Dense(classes, "softmax"),
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
    )


def wine(noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """178 wines of three kinds, standardised, in mixed order; with some kinds misread."""
    x, y = load_wine(return_X_y=True)
    generator = np.random.default_rng(0)
    order = generator.permutation(len(x))
    x, y = ((x - x.mean(axis=0)) / x.std(axis=0))[order], y[order]
    wrong = generator.random(len(y)) < noise
    y[wrong] = generator.integers(0, 3, wrong.sum())
    return x.astype(np.float32), y


def fit(model: keras.Model, x: Any, y: Any, **arguments: Any) -> epochal.Run:
    return epochal.fit(model, x, y, **({"verbose": 0, "seed": 1} | arguments))


def test_a_run_that_overfits():
    x, y = wine(noise=0.5)
    model = wide(classes=3, features=13)
    run = fit(model, x, y, epochs=12, validation_split=0.5)
    diagnosis = run.diagnosis
    assert diagnosis.kind == "overfitting"
    tested = run.history["val_loss"]
    assert diagnosis.evidence["best_epoch"] == 1 + int(np.argmin(tested))
    # Of the rows one by one: the same rise as that of the epochs' losses.
    assert diagnosis.evidence["rise"] == pytest.approx(tested[-1] - min(tested), rel=1e-3)
    assert 0 < diagnosis.evidence["low"] < diagnosis.evidence["rise"] < diagnosis.evidence["high"]
    assert "89 validation rows" in diagnosis.sentence
    assert run.diagnosis is diagnosis


def test_the_look_back_leaves_the_model_as_it_was():
    x, y = wine(noise=0.5)
    runs, weights = [], []
    for data in (None, 0.5):
        model = wide(classes=3, features=13)
        half = x[:89], y[:89]
        arguments = {} if data is None else {"validation_data": (x[89:], y[89:])}
        runs.append(fit(model, *half, epochs=20, **arguments))
        weights.append(model.get_weights())
    assert runs[1].diagnosis.kind == "overfitting"
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_early_stopping_gives_the_best_weights_and_the_diagnosis_compares_them_with_the_last():
    x, y = wine(noise=0.5)
    stop = keras.callbacks.EarlyStopping(patience=8, restore_best_weights=True)
    model = wide(classes=3, features=13)
    run = fit(model, x, y, epochs=100, validation_split=0.5, callbacks=[stop])
    tested = run.history["val_loss"]
    assert run.diagnosis.kind == "fine"
    assert run.diagnosis.evidence["rise"] == pytest.approx(tested[-1] - min(tested), rel=1e-3)
    in_time = f"it stopped in time, with the weights of epoch {stop.best_epoch + 1}: from epoch"
    assert in_time in run.diagnosis.sentence
    kept = epochal.evaluate(model, x[89:], y[89:], verbose=0)
    assert kept == pytest.approx(min(tested), rel=1e-4)


def test_a_run_that_underfits():
    x, y = make_circles(400, noise=0.1, factor=0.4, random_state=0)
    model = compiled(
        keras.Input((2,)),
        layers.Dense(1, "sigmoid"),  # a line, for what only a circle can part
        optimizer=keras.optimizers.Adam(0.05),
        loss="binary_crossentropy",
    )
    run = fit(model, x, y, epochs=40, validation_split=0.25)
    assert run.diagnosis.kind == "underfitting"
    assert run.diagnosis.evidence["constant"] == pytest.approx(np.log(2), rel=1e-2)


@pytest.mark.parametrize("rate", [1e3, 1e12])
def test_a_run_that_diverges(rate):
    model = dense_net(optimizer=keras.optimizers.SGD(rate))
    run = fit(model, numbers(400, 6), numbers(400, 1), epochs=3, batch_size=8)
    diagnosis = run.diagnosis
    assert diagnosis.kind == "diverged"
    assert diagnosis.evidence["learning_rate"] == pytest.approx(rate)
    assert diagnosis.evidence["step"] >= 2
    assert "ten times lower" in diagnosis.remedy


def test_a_run_that_blows_up_and_stays_finite():
    model = compiled(keras.Input((6,)), layers.Dense(1), optimizer=keras.optimizers.SGD(1.0))
    x = numbers(64, 6)
    run = fit(model, x, x.sum(axis=1), epochs=2, batch_size=8)
    assert np.all(np.isfinite(run.losses))
    assert run.diagnosis.kind == "diverged"
    assert run.diagnosis.sentence.startswith("the training loss rose from ")


def test_a_run_that_is_cut_short():
    x, y = wine()
    run = fit(wide(classes=3, features=13, rate=1e-4), x, y, epochs=6, validation_split=0.3)
    assert run.diagnosis.kind == "still improving"
    assert run.diagnosis.remedy == "more epochs, for example 12"
    one = fit(wide(classes=3, features=13, rate=1e-3), x, y, epochs=1, batch_size=8)
    assert one.diagnosis.kind == "still improving"


def test_a_run_that_is_fine():
    x = numbers(600, 6)
    y = x @ np.arange(1.0, 7.0) + numbers(600, seed=5)
    model = compiled(keras.Input((6,)), layers.Dense(1), optimizer=keras.optimizers.Adam(0.05))
    run = fit(model, x, y, epochs=60, validation_split=0.3)
    assert run.diagnosis.kind == "fine"
    trained, tested = np.c_[x[:420], np.ones(420)], np.c_[x[420:], np.ones(180)]
    least = np.mean((tested @ np.linalg.lstsq(trained, y[:420])[0] - y[420:]) ** 2)
    assert run.history["val_loss"][-1] == pytest.approx(least, rel=STILL_MOVING)


def test_nothing_is_claimed_where_nothing_tells():
    x, y = wine()
    run = fit(wide(classes=3, features=13), x, y, epochs=60)
    assert run.diagnosis.kind in ("unknown", "still improving")
    assert (
        fit(wide(classes=3, features=13), x, y, epochs=0).diagnosis.sentence == "no epoch was run"
    )


def test_a_generator_is_judged_by_its_curves():
    x, y = wine(noise=0.5)

    class Batches(keras.utils.PyDataset):
        def __init__(self, start: int) -> None:
            super().__init__()
            self.start = start

        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> Any:
            rows = slice(self.start + 44 * index, self.start + 44 * index + 44)
            return x[rows], y[rows]

    run = fit(
        wide(classes=3, features=13), Batches(0), None, validation_data=Batches(88), epochs=40
    )
    assert run.diagnosis.kind == "overfitting"
    assert "interval" not in run.diagnosis.sentence
    assert np.isnan(run.diagnosis.evidence["low"])


def test_weighted_rows_are_judged_by_their_curves():
    x, y = wine(noise=0.5)
    data = x[89:], y[89:], np.full(89, 2.0)
    run = fit(wide(classes=3, features=13), x[:89], y[:89], validation_data=data, epochs=30)
    assert run.diagnosis.kind == "overfitting"
    assert "interval" not in run.diagnosis.sentence


def test_several_outputs_and_keras_own_loop_have_a_verdict_too():
    entry = keras.Input((6,))
    model = keras.Model(entry, [layers.Dense(1)(entry), layers.Dense(1)(entry)])
    model.compile("sgd", ["mse", "mse"])
    x, y = numbers(44, 6), numbers(44, 1, seed=1)
    assert fit(model, x, [y, y], epochs=3, validation_split=0.3).diagnosis.kind in KINDS
    eager = dense_net(run_eagerly=True)
    assert fit(eager, x, y, epochs=3, validation_split=0.3).diagnosis.kind in KINDS


def test_labels_that_no_class_has_are_left_alone():
    model = compiled(
        keras.Input((6,)),
        layers.Dense(3, "softmax"),
        loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=-1),
    )
    y = labels(44, 3)
    y[:4] = -1
    assert fit(model, numbers(44, 6), y, epochs=2, validation_split=0.3).diagnosis.kind in KINDS


def test_a_diagnosis_is_said_in_korean_and_its_kind_is_a_key():
    with language("ko"):
        found = diagnose(TrainingCurves(losses=[2.0, 1.0, 0.5], val_losses=[2.0, 1.3, 0.7]))
        assert str(found) == (
            "아직 나아지는 중: 검증 손실이 마지막까지 1.3에서 0.7로 줄고 있었습니다. "
            "다음에 해 볼 것: 더 많은 에포크, 예를 들어 6번."
        )
    assert found.kind == "still improving"


def test_a_fit_that_is_stopped_before_its_first_step_is_judged() -> None:
    class Stopping(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            self.model.stop_training = True

    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    data = numbers(8, 2), numbers(8, 1)
    run = epochal.fit(model, *data, validation_data=data, callbacks=[Stopping()], verbose=0)
    assert "loss" not in run.history
    assert run.diagnosis.kind == "unknown"
