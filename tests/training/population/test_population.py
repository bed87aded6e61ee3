"""A population of members, each of which is what a single fit gives."""

import _thread
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal.bridge.build import seeded_building
from epochal.engine.native import program
from epochal.errors import InputError
from epochal.training import train_population
from tests.engines import ENGINES

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((90, 5)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int32")
STOPPING = {"patience": 1, "restore_best_weights": True}


def build(
    learning_rate: Any = 0.01,
    beta_1: float = 0.9,
    weight_decay: float = 0.0,
    clipnorm: float | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    dropout: float = 0.0,
    max_norm: float = 9.0,
    smoothing: float = 0.0,
) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(
                8,
                "relu",
                kernel_regularizer=keras.regularizers.L1L2(l1, l2),
                kernel_constraint=keras.constraints.MaxNorm(max_norm),
            ),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    optimizer = keras.optimizers.AdamW(
        learning_rate, beta_1=beta_1, weight_decay=weight_decay, clipnorm=clipnorm
    )
    loss = keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def momentum_build(learning_rate: float, momentum: float, nesterov: bool = False) -> keras.Model:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, "sigmoid")])
    optimizer = keras.optimizers.SGD(learning_rate, momentum=momentum, nesterov=nesterov)
    model.compile(optimizer, "binary_crossentropy")
    return model


def linear(learning_rate: float = 1e20) -> keras.Model:
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def single_fit(
    builder: Callable[..., keras.Model], member: Any, x: Any, y: Any, **plan: Any
) -> Any:
    """What the documents promise that `member` is."""
    keras.utils.set_random_seed(member.seed)
    of_fit = {"epochs", "batch_size", "schedule", "shuffle", "class_weight"}
    model = builder(**{k: v for k, v in member.settings.items() if k not in of_fit})
    plan |= {k: v for k, v in member.settings.items() if k in of_fit}
    if member.rows is not None:
        x, y = x[member.rows], y[member.rows]
    return epochal.fit(model, x, y, seed=member.seed, verbose=0, **plan)


def assert_equal(member: Any, run: Any) -> None:
    assert member.run.history == run.history
    assert np.array_equal(member.run.losses, run.losses)
    weights = zip(member.run.model.get_weights(), run.model.get_weights(), strict=True)
    assert all(np.array_equal(ours, theirs) for ours, theirs in weights)
    slots = zip(member.run.model.optimizer.variables, run.model.optimizer.variables, strict=True)
    assert all(np.array_equal(ours.value, theirs.value) for ours, theirs in slots)


def assert_equals_single_fits(rows: Any, engine: str, members: Any) -> None:
    plan: dict[str, Any] = {"epochs": 4, "batch_size": 16, "engine": engine}
    population = train_population(
        build,
        X,
        Y,
        members=members,
        rows=rows,
        callbacks=[keras.callbacks.EarlyStopping(**STOPPING)],
        seed=1,
        verbose=0,
        **plan,
    )
    assert len(population) == len(members)
    for member in population.members:
        held_out = (X[member.left_out], Y[member.left_out])
        stopping = keras.callbacks.EarlyStopping(**STOPPING)
        plan |= {"validation_data": held_out, "callbacks": [stopping]}
        assert member.run.engine == engine
        assert_equal(member, single_fit(build, member, X, Y, **plan))


@pytest.mark.native
@pytest.mark.parametrize("rows", ["folds", "bootstrap", "numbers"])
def test_a_member_is_what_a_single_fit_on_its_rows_gives(rows: Any) -> None:
    if rows == "numbers":
        rows = [np.arange(60), RANDOM.permutation(90)[:40], [*range(9), 5]]
    assert_equals_single_fits(rows, "native", [{}, {"dropout": 0.5}, {"epochs": 2}])


@pytest.mark.slow
def test_members_on_xla_are_what_single_fits_on_their_rows_give() -> None:
    assert_equals_single_fits("bootstrap", "xla", [{"dropout": 0.2}, {"dropout": 0.2}])


@pytest.mark.native
def test_members_differ_in_every_setting_and_equal_single_fits() -> None:
    settings: list[dict[str, Any]] = [
        {"learning_rate": 0.1},
        {"learning_rate": keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)},
        {"schedule": epochal.schedules.OneCycle(0.05), "beta_1": 0.8},
        {"weight_decay": 0.1, "clipnorm": 0.1},
        {"l1": 0.01, "l2": 0.02, "max_norm": 0.5},
        {"dropout": 0.5, "smoothing": 0.2},
        {"seed": 5, "batch_size": 7, "shuffle": False, "class_weight": {0: 1.0, 1: 3.0}},
    ]
    validation = (X[:20], Y[:20])
    plan: dict[str, Any] = {"epochs": 2, "batch_size": 16}
    population = train_population(
        build, X, Y, members=settings, validation=validation, seed=2, verbose=0, **plan
    )
    assert len({member.run.history["loss"][-1] for member in population.members}) == len(settings)
    for member in population.members:
        run = single_fit(build, member, X, Y, validation_data=validation, **plan)
        assert_equal(member, run)
    assert population.members[6].seed == 5


@pytest.mark.native
def test_momentum_and_weights_of_rows() -> None:
    weights = RANDOM.random((2, 90))
    own = RANDOM.random(90).astype("float32")
    population = train_population(
        momentum_build,
        X,
        Y,
        members=[
            {"learning_rate": 0.1, "momentum": 0.5},
            {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
        ],
        rows=weights,
        sample_weight=own,
        epochs=2,
        verbose=0,
    )
    for member, its_weights in zip(population.members, weights, strict=True):
        total = its_weights.astype("float32") * own
        assert_equal(
            member, single_fit(momentum_build, member, X, Y, sample_weight=total, epochs=2)
        )


@pytest.mark.native
def test_copies_of_a_model_draw_their_own_weights_and_keep_what_was_adapted() -> None:
    normalization = keras.layers.Normalization()
    normalization.adapt(X)
    frozen = keras.layers.Dense(5, trainable=False)
    seeded = keras.layers.Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=1))
    model = keras.Sequential([keras.Input((5,)), normalization, frozen, seeded])
    model.compile(keras.optimizers.Adam(0.5), "mse")
    before = [np.array(weight) for weight in model.get_weights()]
    population = train_population(
        model, X, Y, members=[{}, {"learning_rate": 0.001}], epochs=0, seed=0, verbose=0
    )
    assert all(map(np.array_equal, before, model.get_weights()))
    copies = [population.model(number) for number in (0, 1)]
    for copy in copies:
        for ours, theirs in zip(copy.layers[:2], model.layers[:2], strict=True):
            assert all(map(np.array_equal, ours.get_weights(), theirs.get_weights()))
    kernels = [copy.layers[2].get_weights()[0] for copy in copies]
    assert not np.array_equal(*kernels)
    assert not np.array_equal(kernels[0], seeded.get_weights()[0])
    rates = [float(copy.optimizer.learning_rate) for copy in copies]
    np.testing.assert_allclose(rates, [0.5, 0.001], rtol=1e-6)


@pytest.mark.native
def test_a_builder_that_takes_a_seed_is_given_that_of_its_member() -> None:
    def seeded(seed: int) -> keras.Model:
        return epochal.network("binary", 5, hidden=(4,), seed=seed)

    population = train_population(seeded, X, Y, members=2, epochs=0, verbose=0)
    for number, member in enumerate(population.members):
        ours, theirs = population.model(number), seeded(member.seed)
        assert all(map(np.array_equal, ours.get_weights(), theirs.get_weights()))


@pytest.mark.native
@pytest.mark.parametrize("cores", [1, 3])
def test_one_seed_decides_everything(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawing_build() -> keras.Model:
        return build(dropout=float(np.random.uniform(0.1, 0.9)))

    options: dict[str, Any] = {"rows": "bootstrap", "epochs": 2, "verbose": 0, "seed": 3}
    first = train_population(drawing_build, X, Y, members=3, **options)
    monkeypatch.setattr("epochal.training.population.plan.cores", lambda: cores)
    second = train_population(drawing_build, X, Y, members=3, **options)
    for one, other in zip(first.members, second.members, strict=True):
        assert_equal(one, other.run)
    assert len({member.seed for member in first.members}) == 3


def test_building_a_member_leaves_the_global_generators_alone():
    keras.utils.set_random_seed(1)
    expected = keras.random.normal((3,))
    keras.utils.set_random_seed(1)
    before: tuple[Any, Any] = random.getstate(), np.random.get_state()
    with seeded_building(5):
        inside = build(), random.random(), np.random.random(), keras.random.normal((2,))  # noqa: S311
    after: tuple[Any, Any] = random.getstate(), np.random.get_state()
    assert after[0] == before[0]
    assert np.array_equal(after[1][1], before[1][1])
    assert np.array_equal(keras.random.normal((3,)), expected)
    keras.utils.set_random_seed(5)
    outside = build(), random.random(), np.random.random(), keras.random.normal((2,))  # noqa: S311
    assert inside[1:3] == outside[1:3]
    assert np.array_equal(inside[3], outside[3])
    assert all(map(np.array_equal, inside[0].get_weights(), outside[0].get_weights()))


@pytest.mark.native
def test_metrics_have_the_same_names_in_every_member() -> None:
    def with_auc() -> keras.Model:
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(1, "sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=[keras.metrics.AUC()])
        return model

    population = train_population(with_auc, X, Y, members=2, verbose=0)
    assert [list(member.run.history) for member in population.members] == [["auc", "loss"]] * 2


@pytest.mark.parametrize("engine", ENGINES)
def test_a_member_that_diverges_fails_alone(engine: str) -> None:
    rates = [{"learning_rate": 0.01}, {"learning_rate": 1e20}]
    population = train_population(linear, X, Y, members=rates, epochs=5, engine=engine, verbose=0)
    assert [member.diverged for member in population.members] == [None, 0]
    assert [len(member.run.epoch) for member in population.members] == [5, 1]
    assert population.table()["diverged"].tolist() == [False, True]
    message = "got member 1, whose loss did not in epoch 1: take one of \\[0\\]"
    with pytest.raises(InputError, match=message):
        population.model(1)
    assert len(population.ensemble().models) == 1


@pytest.mark.native
def test_where_all_diverge_there_is_no_ensemble() -> None:
    population = train_population(linear, X, Y, members=2, epochs=3, verbose=0)
    with pytest.raises(InputError, match="must have a member whose loss stayed finite, got 2 that"):
        population.ensemble()


class InterruptsLater(keras.callbacks.Callback):
    """Ctrl-C in the long training of one member."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.epoch:
            _thread.interrupt_main()


@pytest.mark.native
@pytest.mark.parametrize("cores", [1, 2])
def test_ctrl_c_keeps_what_has_ended(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epochal.training.population.plan.cores", lambda: cores)
    population = train_population(
        build,
        X,
        Y,
        members=[{"epochs": 1}, {"epochs": 1}, {"epochs": 10**6}, {"epochs": 10**6}],
        callbacks=[InterruptsLater(20)],
        verbose=0,
    )
    assert population.interrupted
    assert [member.number for member in population.members] == [0, 1]


@pytest.mark.native
def test_ctrl_c_before_any_member_has_ended_keeps_those_that_had_an_epoch() -> None:
    population = train_population(
        build, X, Y, members=2, epochs=10**6, callbacks=[InterruptsLater(3)], verbose=0
    )
    assert population.interrupted
    assert all(1 <= len(member.run.epoch) < 10**6 for member in population.members)
    assert population.ensemble().predict(X).shape[0] == len(X)


class InterruptsAtOnce(keras.callbacks.Callback):
    """Ctrl-C before the first step of any member."""

    def on_train_begin(self, logs: Any = None) -> None:
        _thread.interrupt_main()
        time.sleep(1)


@pytest.mark.native
def test_ctrl_c_before_any_member_had_an_epoch_is_raised_and_none_trains_on() -> None:
    before = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        train_population(
            build, X, Y, members=2, epochs=10**6, callbacks=[InterruptsAtOnce()], verbose=0
        )
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name.startswith("ThreadPoolExecutor")]


@pytest.mark.native
def test_a_time_ends_it_as_ctrl_c_does() -> None:
    population = train_population(
        build, X, Y, members=[{"epochs": 1}, {"epochs": 10**6}], seconds=1, verbose=0
    )
    assert [member.number for member in population.members] == [0]
    assert population.out_of_time
    assert not population.interrupted
    message = r"seconds must be enough for an epoch of one member, got 1e-09: give more"
    with pytest.raises(InputError, match=message):
        train_population(
            build, X, Y, members=1, epochs=9, seconds=1e-9, callbacks=[Waits()], verbose=0
        )
    with pytest.raises(InputError, match="seconds must be a number above 0, got 0: give"):
        train_population(build, X, Y, members=1, seconds=0, verbose=0)


class Waits(keras.callbacks.Callback):
    def on_train_begin(self, logs: Any = None) -> None:
        time.sleep(1)


class Fails(keras.callbacks.Callback):
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise RuntimeError("a callback's own error")


@pytest.mark.native
def test_an_error_in_a_member_is_raised_and_ends_the_others() -> None:
    with pytest.raises(RuntimeError, match="a callback's own error"):
        train_population(build, X, Y, members=3, epochs=10**6, callbacks=[Fails()], verbose=0)


@pytest.mark.native
def test_members_share_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    place = program.place

    def noting(data: Any) -> Any:
        if isinstance(data, tuple):
            seen.append(data[0])
        return place(data)

    monkeypatch.setattr(program, "place", noting)
    doubles = X.astype("float64")
    train_population(build, doubles, Y, members=3, rows="bootstrap", verbose=0)
    assert len(seen) >= 6  # training and validation of each
    assert all(np.shares_memory(each, seen[0]) for each in seen)
    seen.clear()
    train_population(build, X, Y, members=2, rows="folds", verbose=0)
    assert all(np.shares_memory(each, X) for each in seen)


@pytest.mark.native
def test_each_member_leaves_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    train_population(build, X, Y, members=2, epochs=2, seed=0, verbose=2)
    lines = sorted(capsys.readouterr().out.splitlines())
    assert len(lines) == 2
    for number, line in enumerate(lines):
        assert line.startswith(f"member {number}: 2 epochs in ")
        assert "loss 0." in line
    train_population(build, X, Y, members=2, verbose=0)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"members": 0}, "members must be a whole number of at least 1, got 0: give a number"),
        ({"members": []}, "members must hold at least one member, got none"),
        ({"members": [3]}, r"members\[0\] must be a dict of settings, got 3"),
        ({"members": [{"seed": -1}]}, r"members\[0\]'s seed must be a whole number of at least 0"),
        ({"members": [{"seed": 2**32}]}, r"members\[0\]'s seed must be below 2\*\*32, got 4294967"),
        ({"members": [{}, {"rate": 1}]}, r"members\[1\] must hold settings that model_or_builder"),
        ({"members": [{"epochs": -1}]}, "epochs must be a whole number of at least 0, got -1"),
        ({"model_or_builder": "net"}, "model_or_builder must be a keras.Model or a function"),
        ({"model_or_builder": lambda: 3}, "model must be a keras.Model, got 3"),
        ({"how": "vmap"}, "how must be 'auto' or 'threads', got 'vmap', one program of all"),
        ({"how": "thread"}, r"how must be 'auto' or 'threads', got 'thread'\. Did you mean 'threa"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1: leave it out"),
        ({"x": iter([])}, "x must be arrays, got a list_iterator, which yields batches of its own"),
        ({"rows": "folds", "members": 91}, "got 91 members and 4. rows of class"),
        ({"validation": (X[:2, :3], Y[:2])}, "validation's x must hold at least one row of the sh"),
        ({"callbacks": [3]}, "callbacks must be Keras callbacks, got 3"),
    ],
)
def test_wrong_arguments_are_refused(changed: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"model_or_builder": build, "x": X, "y": Y, "members": 2}
    with pytest.raises(InputError, match=message):
        train_population(**(arguments | {"verbose": 0} | changed))


def test_settings_that_a_model_has_not_are_refused() -> None:
    message = (
        r"members\[0\] must hold settings of fit \(batch_size, .*\) or of the model \(.*\), "
        r"got 'beta1', which no layer, loss or optimiser of it has: for any other give a function "
        r".*\. Did you mean 'beta_1'\?"
    )
    with pytest.raises(InputError, match=message):
        train_population(build(), X, Y, members=[{"beta1": 0.8}], verbose=0)


class Subclass(keras.Model):
    def call(self, inputs: Any) -> Any:
        return inputs


def test_a_subclass_needs_a_builder() -> None:
    message = "got Subclass, a subclass with a call of its own: give a function that builds"
    with pytest.raises(InputError, match=message):
        train_population(Subclass(), X, Y, members=2, verbose=0)


def test_a_model_that_runs_eagerly_is_refused() -> None:
    def eager() -> keras.Model:
        model = build()
        model.compile("sgd", "binary_crossentropy", run_eagerly=True)
        return model

    with pytest.raises(InputError, match="an engine can run, but the model is compiled with run_e"):
        train_population(eager, X, Y, members=2, verbose=0)


class HoldsALock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.lock = _thread.allocate_lock()


def test_a_callback_that_cannot_be_copied_is_refused() -> None:
    with pytest.raises(InputError, match=r"callbacks must be such as can be copied, .*HoldsALock"):
        train_population(build, X, Y, members=2, callbacks=[HoldsALock()], verbose=0)


def test_each_member_is_told_of_when_it_has_ended_and_may_have_callbacks_of_its_own() -> None:
    ended: list[int] = []
    seen: dict[int, int] = {}

    def callbacks_of(number: int) -> list[keras.callbacks.Callback] | None:
        def count(epoch: int, logs: Any) -> None:
            seen[number] = epoch + 1

        return None if number == 1 else [keras.callbacks.LambdaCallback(on_epoch_end=count)]

    population = train_population(
        build,
        X,
        Y,
        members=[{"epochs": 1}, {"epochs": 5}, {"epochs": 2}],
        callbacks=callbacks_of,
        on_member=lambda member: ended.append(member.number),
        at_once=1,
        seed=0,
        verbose=0,
    )
    assert seen == {0: 1, 2: 2}, "one that has no callbacks is left out"
    assert ended == [0, 2]
    assert [member.number for member in population.members] == [0, 2]


def test_what_is_raised_where_a_member_is_told_of_ends_the_population() -> None:
    def refuse(member: Any) -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        train_population(build, X, Y, members=3, on_member=refuse, seed=0, verbose=0)


def test_none_at_once_is_refused() -> None:
    with pytest.raises(InputError, match="at_once must be a whole number of at least 1, got 0"):
        train_population(build, X, Y, members=2, at_once=0, verbose=0)
