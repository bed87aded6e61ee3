"""Every Keras callback, and a user's own, behaves as with `model.fit`."""

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import keras
import numpy as np
import pytest
from keras import callbacks as kc
from numpy.testing import assert_allclose, assert_array_equal

import epochal
from epochal.training.callbacks import early_stopping
from tests.tolerances import LOSS_PARITY, WEIGHT_PARITY
from tests.training.chosen import chosen
from tests.training.parity import (
    EVEN_ROWS,
    Pair,
    assert_parity,
    assert_same_history,
    assert_same_weights,
    dense_net,
    fit_both,
    numbers,
)

X, Y = numbers(EVEN_ROWS, 6), numbers(EVEN_ROWS, 1, seed=1)
STEPS = 5  # an epoch, of 8 rows


def parity_with(make: Callable[[], Any], **arguments: Any) -> Pair:
    """Train with the callbacks of `make` by each, and compare; returns the pair."""
    optimizer = arguments.pop("optimizer", lambda: keras.optimizers.SGD(0.05, momentum=0.9))
    pair = fit_both(
        lambda: dense_net(optimizer=optimizer()),
        X,
        Y,
        callbacks=make,
        **({"validation_data": (X[:16], Y[:16])} | arguments),
    )
    assert_parity(pair)
    return pair


EPOCH_ONLY: dict[str, Callable[[], Any]] = {
    "early stopping": lambda: kc.EarlyStopping(
        "val_loss", patience=1, min_delta=0.02, restore_best_weights=True
    ),
    "plateau": lambda: kc.ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.05),
    "scheduler": lambda: kc.LearningRateScheduler(lambda epoch, rate: rate * 0.5**epoch),
    "lambda": lambda: kc.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(extra=epoch)),
    "a list in a list": lambda: [[kc.LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))]],
    "one alone in a tuple": lambda: (kc.TerminateOnNaN(),),
}


@pytest.mark.parametrize("name", EPOCH_ONLY)
def test_epoch_callbacks_cost_nothing_and_do_what_keras_does(name):
    pair = parity_with(lambda: list(keras.tree.flatten(EPOCH_ONLY[name]())), epochs=5)
    assert not pair.run.batch_by_batch
    assert (pair.run.engine, pair.run.engine_reason) == chosen()


def test_early_stopping_really_stops_and_restores():
    stops: list[kc.EarlyStopping] = []

    def make() -> list[kc.Callback]:
        stops.append(
            kc.EarlyStopping("val_loss", patience=2, min_delta=10, restore_best_weights=True)
        )
        return stops[-1:]

    pair = parity_with(make, epochs=9)
    assert len(pair.run.epoch) == 3
    theirs, ours = stops
    assert ours.stopped_epoch == theirs.stopped_epoch == 2
    assert ours.best_epoch == theirs.best_epoch == 0


def test_early_stopping_of_estimators_is_that_of_keras():
    """Which has JAX compare losses; its `monitor_op` is NumPy's."""
    theirs = kc.EarlyStopping("val_loss", patience=2, restore_best_weights=True, mode="min")
    fits = []
    for stopping in (theirs, early_stopping("val_loss", 2)):
        keras.utils.set_random_seed(0)
        model = dense_net(optimizer=keras.optimizers.SGD(0.3, momentum=0.9))
        run = epochal.fit(
            model,
            X,
            Y,
            epochs=60,
            validation_split=0.3,
            callbacks=[stopping],
            seed=0,
            verbose=0,
        )
        fits.append((run.history, stopping.best_epoch, stopping.best, model.get_weights()))
    (history, *best, weights), (their_history, *their_best, their_weights) = fits
    assert len(history["loss"]) < 60
    assert (history, best) == (their_history, their_best)
    for one, other in zip(weights, their_weights, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize("save_freq", ["epoch", 3])
def test_model_checkpoint_writes_the_same_models(tmp_path, save_freq):
    folders = iter([tmp_path / "theirs", tmp_path / "ours"])

    def make() -> list[kc.Callback]:
        name = "{epoch}.keras" if save_freq == "epoch" else "{epoch}-{batch}.keras"
        return [kc.ModelCheckpoint(str(next(folders) / name), save_freq=save_freq)]

    pair = parity_with(make, epochs=2)
    assert pair.run.batch_by_batch == (save_freq != "epoch")
    theirs = sorted(path.name for path in (tmp_path / "theirs").iterdir())
    assert sorted(path.name for path in (tmp_path / "ours").iterdir()) == theirs
    assert len(theirs) == (2 if save_freq == "epoch" else 3)
    for name in theirs:
        one, other = (keras.saving.load_model(tmp_path / who / name) for who in ("ours", "theirs"))
        assert_same_weights(one, other)
        assert int(one.optimizer.iterations) == int(other.optimizer.iterations)


def test_model_checkpoint_keeps_the_best_weights_alone(tmp_path):
    paths = iter([tmp_path / "theirs.weights.h5", tmp_path / "ours.weights.h5"])
    pair = parity_with(
        lambda: [
            kc.ModelCheckpoint(
                str(next(paths)), "val_loss", save_best_only=True, save_weights_only=True
            )
        ],
        epochs=4,
    )
    pair.ours.load_weights(tmp_path / "ours.weights.h5")
    pair.theirs.load_weights(tmp_path / "theirs.weights.h5")
    assert_same_weights(pair.ours, pair.theirs)


def test_csv_logger_writes_the_same_file(tmp_path):
    paths = iter([tmp_path / "theirs.csv", tmp_path / "ours.csv"])
    parity_with(lambda: [kc.CSVLogger(str(next(paths)))], epochs=3)
    ours, theirs = (
        [line.split(",") for line in (tmp_path / name).read_text().splitlines()]
        for name in ("ours.csv", "theirs.csv")
    )
    assert ours[0] == theirs[0] == ["epoch", "loss", "val_loss"]
    assert_allclose(np.array(ours[1:], float), np.array(theirs[1:], float), **LOSS_PARITY)


@pytest.mark.parametrize("rate", [1e3, 1e12])
def test_terminate_on_nan_stops_after_the_same_step(rate):
    pair = fit_both(
        lambda: dense_net(optimizer=keras.optimizers.SGD(rate)),
        numbers(400, 6),
        numbers(400, 1),
        callbacks=lambda: [kc.TerminateOnNaN()],
        epochs=3,
    )
    steps = int(pair.theirs.optimizer.iterations)
    assert int(pair.ours.optimizer.iterations) == steps
    assert pair.run.epoch == pair.history.epoch
    assert not pair.run.batch_by_batch
    assert len(pair.run.losses) == len(pair.run.learning_rates) == steps
    assert np.isfinite(pair.run.losses[:-1]).all()
    assert not np.isfinite(pair.run.losses[-1])
    assert_same_history(pair.run.history, pair.history.history)
    for one, other in zip(pair.ours.weights, pair.theirs.weights, strict=True):
        assert_array_equal(np.isfinite(one), np.isfinite(other))


class Interrupt(kc.Callback):
    """Fails when an epoch begins."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.at:
            raise RuntimeError("the power failed")


@pytest.mark.parametrize("seed", [None, 5])
def test_backup_and_restore_resumes_as_if_never_interrupted(tmp_path, seed):
    def fit(callbacks: list) -> tuple[keras.Model, epochal.Run]:
        keras.utils.set_random_seed(7)
        model = dense_net(optimizer="adam")
        run = epochal.fit(
            model,
            X,
            Y,
            batch_size=8,
            epochs=5,
            shuffle=seed is not None,
            seed=seed,
            verbose=0,
            callbacks=callbacks,
        )
        return model, run

    whole, run = fit([])
    backup = str(tmp_path / "backup")
    with pytest.raises(RuntimeError, match="the power failed"):
        fit([kc.BackupAndRestore(backup), Interrupt(3)])
    resumed, rest = fit([kc.BackupAndRestore(backup)])
    assert rest.epoch == [3, 4]
    assert_array_equal(rest.losses, run.losses[3 * STEPS :])
    for one, other in zip(resumed.weights, whole.weights, strict=True):
        assert_array_equal(one, other)
    assert int(resumed.optimizer.iterations) == 5 * STEPS
    assert not Path(backup).exists() or not any(Path(backup).iterdir())


def test_backup_and_restore_is_that_of_keras(tmp_path):
    folders = iter([tmp_path / "theirs", tmp_path / "ours"] * 2)
    backup = lambda: kc.BackupAndRestore(str(next(folders)))  # noqa: E731
    make = lambda: dense_net(optimizer="adam")  # noqa: E731
    arguments: dict[str, Any] = {"shuffle": False, "epochs": 4, "batch_size": 8, "verbose": 0}
    for fit in (keras.Model.fit, epochal.fit):
        keras.utils.set_random_seed(7)
        with pytest.raises(RuntimeError, match="the power failed"):
            fit(make(), X, Y, callbacks=[backup(), Interrupt(2)], **arguments)
    assert_parity(fit_both(make, X, Y, callbacks=lambda: [backup()], **arguments))


@pytest.mark.parametrize("on_epoch", [True, False])
def test_swapping_averaged_weights(on_epoch):
    pair = parity_with(
        lambda: [kc.SwapEMAWeights(swap_on_epoch=on_epoch)],
        optimizer=lambda: keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.8),
        epochs=3,
    )
    assert pair.run.batch_by_batch is False


class Listener(BaseHTTPRequestHandler):
    """Keeps what is sent to it."""

    received: list[Any]

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        """Nothing on the terminal."""


def test_remote_monitor_sends_the_same():
    pytest.importorskip("requests")
    received: list[Any] = []
    handler = type("Handler", (Listener,), {"received": received})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        parity_with(lambda: [kc.RemoteMonitor(root, send_as_json=True)], epochs=2)
        server.shutdown()
    theirs, ours = received[:2], received[2:]
    assert [sorted(message) for message in ours] == [["epoch", "loss", "val_loss"]] * 2
    for one, other in zip(ours, theirs, strict=True):
        assert_allclose(list(one.values()), list(other.values()), **LOSS_PARITY)


class ExponentialDecay(kc.Callback):
    """The source document's, for today's Keras: the rate falls tenfold over `s` steps."""

    def __init__(self, s: int) -> None:
        super().__init__()
        self.s = s

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        optimizer.learning_rate = float(optimizer.learning_rate) * 0.1 ** (1 / self.s)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs["lr"] = float(self.model.optimizer.learning_rate)


class OneCycleScheduler(kc.Callback):
    """The source document's, for today's Keras."""

    def __init__(self, iterations: int, max_rate: float) -> None:
        super().__init__()
        self.iterations, self.max_rate = iterations, max_rate
        self.start_rate = max_rate / 10
        self.last_iterations = iterations // 10 + 1
        self.half_iteration = (iterations - self.last_iterations) // 2
        self.last_rate = self.start_rate / 1000
        self.iteration = 0

    def _interpolate(self, one: float, two: float, rate_one: float, rate_two: float) -> float:
        return (rate_two - rate_one) * (self.iteration - one) / (two - one) + rate_one

    def on_batch_begin(self, batch: int, logs: Any = None) -> None:
        half = self.half_iteration
        if self.iteration < half:
            rate = self._interpolate(0, half, self.start_rate, self.max_rate)
        elif self.iteration < 2 * half:
            rate = self._interpolate(half, 2 * half, self.max_rate, self.start_rate)
        else:
            rate = self._interpolate(2 * half, self.iterations, self.start_rate, self.last_rate)
            rate = max(rate, self.last_rate)
        self.iteration += 1
        self.model.optimizer.learning_rate = rate


@pytest.mark.parametrize(
    "make", [lambda: ExponentialDecay(10), lambda: OneCycleScheduler(3 * STEPS, 0.2)]
)
def test_the_documents_callbacks_set_the_rate_of_every_step(make):
    pair = parity_with(lambda: [make()], epochs=3)
    name = type(make()).__name__
    assert pair.run.batch_by_batch
    assert pair.run.engine == chosen()[0]
    assert pair.run.engine_reason == (
        f"{chosen()[1]}; batch by batch, which is slower, because {name} overrides on_batch_begin"
    )
    if name == "ExponentialDecay":
        expected = 0.05 * 0.1 ** (np.arange(1, 3 * STEPS + 1) / 10)
        assert_allclose(pair.run.learning_rates, expected, **LOSS_PARITY)
    else:
        steps = 3 * STEPS
        half = (steps - (steps // 10 + 1)) // 2
        corners = [0, half, 2 * half, steps], [0.02, 0.2, 0.02, 0.02 / 1000]
        assert_allclose(
            pair.run.learning_rates, np.interp(np.arange(steps), *corners), **LOSS_PARITY
        )


class Watcher(kc.Callback):
    """Notes every call of every hook, and what the model is there."""

    def __init__(self, look: bool = False) -> None:
        super().__init__()
        self.calls: list[tuple] = []
        self.look = look

    def note(self, hook: str, *arguments: Any) -> None:
        *position, logs = arguments
        if logs is not None and "outputs" in logs:
            logs = {name: np.shape(value) for name, value in logs.items()}
        self.calls.append((hook, tuple(position), dict(logs or {})))
        if self.look:
            weights = [np.asarray(weight).copy() for weight in self.model.get_weights()]
            self.calls[-1] += (int(self.model.optimizer.iterations), weights)


def _hook(name: str) -> Callable:
    if name.rpartition("_")[0].removeprefix("on_") in ("train", "test", "predict"):
        return lambda self, logs=None: self.note(name, logs)
    return lambda self, position, logs=None: self.note(name, position, logs)


HOOKS = [
    f"on_{place}_{end}"
    for place in (
        *("train", "test", "predict", "epoch"),
        *("train_batch", "test_batch", "predict_batch"),
    )
    for end in ("begin", "end")
]
for hook in HOOKS:
    setattr(Watcher, hook, _hook(hook))


def assert_same_calls(ours: Watcher, theirs: Watcher) -> None:
    assert [call[:2] for call in ours.calls] == [call[:2] for call in theirs.calls]
    for one, other in zip(ours.calls, theirs.calls, strict=True):
        assert sorted(one[2]) == sorted(other[2]), one[:2]
        for name, value in other[2].items():
            assert type(one[2][name]) is type(value)
            assert_allclose(one[2][name], value, err_msg=str(one[:2]), **LOSS_PARITY)
        if len(one) > 3:
            assert one[3] == other[3]
            for weight, their_weight in zip(one[4], other[4], strict=True):
                assert_allclose(weight, their_weight, **WEIGHT_PARITY)


@pytest.mark.parametrize("look", [False, True])
@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_every_hook_is_called_in_keras_order_with_keras_logs(look, steps_per_execution):
    watchers: list[Watcher] = []

    def make() -> list[kc.Callback]:
        watchers.append(Watcher(look))
        return watchers[-1:]

    pair = fit_both(
        lambda: dense_net(metrics=["mae"], steps_per_execution=steps_per_execution),
        X,
        Y,
        callbacks=make,
        validation_data=(X[:20], Y[:20]),
        epochs=2,
    )
    theirs, ours = watchers
    pair.theirs.evaluate(X, Y, batch_size=8, callbacks=[theirs], verbose=0)
    epochal.evaluate(pair.ours, X, Y, batch_size=8, callbacks=[ours], verbose=0)
    pair.theirs.predict(X, batch_size=8, callbacks=[theirs], verbose=0)
    epochal.predict(pair.ours, X, batch_size=8, callbacks=[ours], verbose=0)
    assert_same_calls(ours, theirs)


def test_epoch_hooks_alone_come_in_keras_order_too():
    class Epochs(kc.Callback):
        def __init__(self) -> None:
            super().__init__()
            self.calls: list[Any] = []

        def on_train_begin(self, logs: Any = None) -> None:
            self.calls.append(("train begins", logs))

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.calls.append((epoch, logs))

        def on_test_end(self, logs: Any = None) -> None:
            self.calls.append(("tested", sorted(logs)))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.calls.append((epoch, sorted(logs), self.model.get_weights()[0].shape))

        def on_train_end(self, logs: Any = None) -> None:
            self.calls.append(("train ends", sorted(logs)))

    watchers: list[Epochs] = []

    def make() -> list[kc.Callback]:
        watchers.append(Epochs())
        return watchers[-1:]

    assert not parity_with(make).run.batch_by_batch
    assert watchers[0].calls == watchers[1].calls


class StopAt(kc.Callback):
    def __init__(self, batch: int) -> None:
        super().__init__()
        self.batch = batch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch == self.batch:
            self.model.stop_training = True


def test_training_stops_at_the_batch_that_says_so():
    pair = parity_with(lambda: [StopAt(2)], epochs=3)
    assert len(pair.run.losses) == 3
    assert pair.run.epoch == [0]


class Halver(kc.Callback):
    """Changes weights in the middle of an epoch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch % 2:
            self.model.set_weights([weight / 2 for weight in self.model.get_weights()])


def test_a_callback_may_change_the_weights_at_any_batch():
    parity_with(lambda: [Halver()])  # which asserts


class StopLooking(kc.Callback):
    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.model.stop_evaluating = batch >= 1

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self.model.stop_predicting = batch >= 1


def test_evaluation_and_prediction_stop_when_a_callback_says_so():
    keras.utils.set_random_seed(7)
    model = dense_net()
    arguments: dict[str, Any] = {"batch_size": 8, "verbose": 0, "callbacks": [StopLooking()]}
    assert_allclose(
        epochal.evaluate(model, X, Y, **arguments), model.evaluate(X, Y, **arguments), **LOSS_PARITY
    )
    predicted = epochal.predict(model, X, **arguments)
    assert predicted.shape == (16, 1)
    assert_allclose(predicted, model.predict(X, **arguments), **LOSS_PARITY)


def test_a_callback_list_is_taken_as_it_is():
    model, stop = dense_net(), StopAt(0)
    callbacks = kc.CallbackList([stop], model=model, epochs=3, steps=STEPS)
    run = epochal.fit(model, X, Y, epochs=3, verbose=0, callbacks=callbacks)
    assert callbacks.callbacks == [stop]
    assert run.params["steps"] == STEPS
    assert len(run.losses) == 1
    assert run.history["loss"] == pytest.approx([run.losses[0]])
