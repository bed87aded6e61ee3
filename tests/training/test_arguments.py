"""The text of every message of the entry points, of the order of batches and of the display."""

import inspect
from typing import Any

import keras
import numpy as np
import pytest

import epochal
from epochal.bridge.checks import check_compiled_model
from epochal.errors import InputError
from tests.training.parity import ROWS, compiled, dense_net, numbers

X, Y = numbers(ROWS, 6), numbers(ROWS, 1, seed=1)


def says(sentence: str) -> Any:
    """Raises an InputError of exactly this sentence."""

    class Raises:
        def __enter__(self) -> None:
            self.context = pytest.raises(InputError)
            self.info = self.context.__enter__()

        def __exit__(self, *raised: Any) -> bool:
            caught = bool(self.context.__exit__(*raised))
            assert str(self.info.value) == sentence
            return caught

    return Raises()


def head(**kwargs: Any) -> keras.Model:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    model.compile(**kwargs)
    return model


@pytest.mark.parametrize("verb", ["fit", "evaluate", "predict"])
@pytest.mark.parametrize(
    ("model", "kind"), [("a model", "'a model'"), (keras.layers.Dense, "<class"), (None, "None")]
)
def test_a_model_must_be_one(verb, model, kind):
    with pytest.raises(
        InputError,
        match=f"^model must be a keras.Model, got {kind}.*: pass the "
        rf"model itself, as in epochal.{verb}\(model, ...\)\.$",
    ):
        getattr(epochal, verb)(model, X)


def test_a_layer_is_named_by_its_class():
    layer = keras.layers.Dense(1)
    with says(
        "model must be a keras.Model, got a keras.src.layers.core.dense.Dense: "
        "pass the model itself, as in epochal.fit(model, ...)."
    ):
        epochal.fit(layer, X, Y)


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_a_model_must_be_compiled(verb):
    with says(
        f"model must be compiled before epochal.{verb}, got 'bare' without a loss: "
        "call model.compile(optimizer, loss) first."
    ):
        getattr(epochal, verb)(keras.Sequential([keras.layers.Dense(1)], name="bare"), X, Y)


def test_a_fit_needs_an_optimizer_and_an_evaluation_does_not():
    model = head(optimizer=None, loss="mse")
    with says(
        "model must be compiled with an optimizer before epochal.fit, got none: "
        "call model.compile(optimizer, loss)."
    ):
        epochal.fit(model, X, Y)
    assert epochal.evaluate(model, X, Y, verbose=0) > 0


@pytest.mark.parametrize(
    ("loss", "answer"),
    [
        ("binary_crossentroypy", " Did you mean 'binary_crossentropy'?"),
        ("mean_square_error", " Did you mean 'mean_squared_error'?"),
        ("zzz", ""),
    ],
)
def test_a_misspelt_loss_is_answered_with_its_name(loss, answer):
    with says(f"model must be compiled with a loss that Keras knows, got {loss!r}.{answer}"):
        epochal.fit(head(loss=loss), X, Y)


@pytest.mark.parametrize("argument", ["metrics", "weighted_metrics"])
@pytest.mark.parametrize("structure", [lambda m: [m], lambda m: [[m]]])
def test_a_misspelt_metric_is_answered_with_its_name(argument, structure):
    with says(
        "model must be compiled with metrics that Keras knows, got 'acuracy'. "
        "Did you mean 'accuracy'?"
    ):
        epochal.fit(head(loss="mse", **{argument: structure("acuracy")}), X, Y)


@pytest.mark.parametrize("metric", ["accuracy", "acc", "mae", "AUC", "mean_squared_error", "ce"])
def test_the_names_that_keras_takes_are_taken(metric):
    check_compiled_model(head(loss="mse", metrics=[metric]), "fit")  # which raises otherwise


@pytest.mark.parametrize(
    ("argument", "value", "least"),
    [
        ("epochs", -1, 0),
        ("epochs", 2.0, 0),
        ("epochs", True, 0),
        ("initial_epoch", -1, 0),
        ("batch_size", 0, 1),
        ("batch_size", "32", 1),
        ("steps_per_epoch", 0, 1),
        ("validation_steps", 0, 1),
        ("validation_batch_size", 0, 1),
        ("validation_freq", 0, 1),
        ("seed", -3, 0),
        ("seed", 1.5, 0),
    ],
)
def test_counts_are_whole(argument, value, least):
    with says(
        f"{argument} must be a whole number of at least {least}, got {value!r}: give for example 1."
    ):
        epochal.fit(dense_net(), X, Y, **{argument: value})


@pytest.mark.parametrize("verb", ["evaluate", "predict"])
@pytest.mark.parametrize("argument", ["batch_size", "steps"])
def test_counts_are_whole_elsewhere_too(verb, argument):
    with says(f"{argument} must be a whole number of at least 1, got 0: give for example 1."):
        getattr(epochal, verb)(dense_net(), X, **{argument: 0})


@pytest.mark.parametrize("value", [-0.1, 1, 1.5, "a fifth", None])
def test_a_split_is_a_share(value):
    with says(
        f"validation_split must be at least 0 and below 1, got {value!r}: "
        "0.2 holds the last fifth of the rows out."
    ):
        epochal.fit(dense_net(), X, Y, validation_split=value)


def test_class_weights_go_by_class():
    with says(
        "class_weight must be a dict of class index to weight, got [1, 2]: write {0: 1.0, 1: 5.0}."
    ):
        epochal.fit(dense_net(), X, Y, class_weight=[1, 2])  # type: ignore[arg-type]


def test_a_schedule_is_a_schedule():
    with says(
        "schedule must be a Keras LearningRateSchedule, got 0.1: "
        "set a fixed rate with model.optimizer.learning_rate."
    ):
        epochal.fit(dense_net(), X, Y, schedule=0.1)


def test_callbacks_are_callbacks():
    with says(
        "callbacks must be Keras callbacks, got 3: pass instances of keras.callbacks.Callback."
    ):
        epochal.fit(dense_net(), X, Y, callbacks=[keras.callbacks.TerminateOnNaN(), 3])
    kind = keras.callbacks.EarlyStopping
    with says(
        f"callbacks must be Keras callbacks, got {kind!r}: "
        "pass instances of keras.callbacks.Callback, with its arguments in parentheses."
    ):
        epochal.fit(dense_net(), X, Y, callbacks=kind)


def test_an_engine_has_a_name():
    with says("engine must be one of auto, native, xla, got 'xlaa'. Did you mean 'xla'?"):
        epochal.fit(dense_net(), X, Y, engine="xlaa")


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_data_must_be_there(verb):
    with says("x must be arrays or something that yields batches, got None: pass the data."):
        getattr(epochal, verb)(dense_net())
    with says(
        "y must hold the targets that the loss compares with, got None: "
        "pass them, or compile the model without a loss."
    ):
        getattr(epochal, verb)(dense_net(), X)


def test_validation_data_must_hold_targets():
    with says(
        "validation_data must hold the targets that the loss compares with, got None: "
        "pass them, or compile the model without a loss."
    ):
        epochal.fit(dense_net(), X, Y, validation_data=X)


def test_a_model_that_needs_no_targets_is_given_none():
    class Reconstruct(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(6)

        def call(self, x: Any) -> Any:
            return self.dense(x)

        def compute_loss(self, x: Any, y: Any, y_pred: Any, *_: Any, **__: Any) -> Any:
            return keras.ops.mean((x - y_pred) ** 2)

    model = Reconstruct()
    model.compile("adam", "mse")
    run = epochal.fit(model, X, epochs=20, verbose=0)
    assert run.history["loss"][-1] < run.history["loss"][0]


@pytest.mark.parametrize(
    ("arguments", "name", "kind"),
    [
        ({"x": [[1.0, 2.0]]}, "x", "a list of Python numbers or text"),
        ({"x": X, "y": [1, 2]}, "y", "a list of Python numbers or text"),
        ({"x": X, "y": Y, "sample_weight": 3}, "sample_weight", "3"),
        ({"x": "passengers.csv"}, "x", "'passengers.csv'"),
    ],
)
def test_data_must_be_arrays(arguments, name, kind):
    with says(f"{name} must be arrays, got {kind}: make an array with np.asarray."):
        epochal.fit(dense_net(), **arguments)


def test_arrays_are_looked_at_closely():
    with pytest.raises(InputError, match=r"^y must have as many rows as x \(5\), got 44"):
        epochal.fit(dense_net(), X[:5], Y)
    holed = X.copy()
    holed[3, 2] = np.nan
    with pytest.raises(InputError, match=r"^x must be finite, got nan at"):
        epochal.fit(dense_net(), holed, Y)
    with pytest.raises(InputError, match=r"^x must be finite, got nan at"):
        epochal.predict(dense_net(), holed)
    model = compiled(
        keras.Input((6,)),
        keras.layers.Dense(3, "softmax"),
        loss="sparse_categorical_crossentropy",
    )
    with pytest.raises(InputError, match=r"^y must hold"):
        epochal.fit(model, X, np.full(ROWS, 3))
    with pytest.raises(InputError, match=r"^y must hold"):
        epochal.fit(model, X, np.eye(3)[np.zeros(ROWS, int)])


def test_nothing_has_happened_to_a_model_whose_fit_was_refused():
    model = compiled(keras.layers.Dense(1))
    for wrong in ({"seed": -1}, {"verbose": 7}, {"shuffle": "batches"}, {"engine": "gpu"}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            epochal.fit(model, X, Y, **wrong)
    assert not model.built


def test_a_shuffle_has_three_ways():
    with says("shuffle must be True, False or 'batch', got 'batches': choose one."):
        epochal.fit(dense_net(), X, Y, shuffle="batches")


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_verbosity_is_that_of_keras(verb):
    with says("verbose must be 'auto', 0, 1 or 2, got 3: choose one."):
        getattr(epochal, verb)(dense_net(), X, Y, verbose=3)


def without_input(loss: str) -> keras.Model:
    model = keras.Sequential([keras.layers.Dense(2, "softmax")])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("verb", ["fit", "evaluate"])
def test_the_targets_of_a_model_that_is_not_yet_built_are_judged_too(verb):
    labels = 1 + np.arange(ROWS) % 2
    sparse = "sparse_categorical_crossentropy"
    with says(
        f"y must hold labels from 0 on for {sparse}, got labels from 1 to 2: "
        "number the classes from 0 with y - 1."
    ):
        getattr(epochal, verb)(without_input(sparse), X, labels, verbose=0)
    with says(
        f"y must hold integer labels for {sparse}, got one-hot rows (shape ({ROWS}, 2)): "
        "use categorical_crossentropy, or y.argmax(axis=1)."
    ):
        getattr(epochal, verb)(without_input(sparse), X, np.eye(2)[labels - 1], verbose=0)


def test_the_held_out_targets_of_a_model_that_is_not_yet_built_are_judged_too():
    labels = np.arange(ROWS) % 2
    with says(
        "validation_data's y must hold labels from 0 on for sparse_categorical_crossentropy, got "
        "labels from 1 to 2: number the classes from 0 with validation_data's y - 1."
    ):
        epochal.fit(
            without_input("sparse_categorical_crossentropy"),
            X,
            labels,
            validation_data=(X, labels + 1),
            verbose=0,
        )


def test_what_is_wrong_with_validation_data_is_said_of_it():
    with pytest.raises(
        InputError, match=r"^validation_data's y must have as many rows as validation_data's x \("
    ):
        epochal.fit(dense_net(), X, Y, validation_data=(X, Y[:9]))
    holed = X.copy()
    holed[3, 2] = np.nan
    with says("validation_data's x must be finite, got nan at [3, 2]: fill or drop such values."):
        epochal.fit(dense_net(), X, Y, validation_data=(holed, Y))
    with says(
        "validation_data's y must be arrays, got a list of Python numbers or text: "
        "make an array with np.asarray."
    ):
        epochal.fit(dense_net(), X, Y, validation_data=(X, [1, 2]))


def test_rows_must_have_the_shape_of_the_models_input():
    wide = f"must hold at least one row of the shape (6), got the shape ({ROWS}, 5): "
    remedy = "give as many values per row as the model was built for."
    for verb in ("fit", "evaluate", "predict"):
        with says(f"x {wide}{remedy}"):
            getattr(epochal, verb)(dense_net(), X[:, :5], *([] if verb == "predict" else [Y]))
    with says(f"validation_data's x {wide}{remedy}"):
        epochal.fit(dense_net(), X, Y, validation_data=(X[:, :5], Y))
    with says(
        "x must hold at least one row of the shape (6), got the shape (6,): pass a single row as "
        "x[np.newaxis]."
    ):
        epochal.predict(dense_net(), X[0])


@pytest.mark.parametrize(
    ("shape", "given"), [((6,), X[:, :, None]), ((6, 1), X), ((1,), X[:, 0]), ((None,), X)]
)
def test_rows_that_keras_itself_reshapes_are_taken(shape, given):
    model = keras.Sequential([keras.Input(shape), keras.layers.Flatten()])
    assert len(epochal.predict(model, given, verbose=0)) == ROWS


def test_keras_own_loop_is_handed_its_arguments_and_no_other_name(monkeypatch):
    """Whatever is added to `fit` does not reach `model.fit` unless it is one of its arguments."""
    taken = inspect.signature(keras.Model.fit).parameters
    seen: dict[str, Any] = {}

    def watched(self: keras.Model, *arrays: Any, **named: Any) -> None:
        seen.update(named)

    model = dense_net(run_eagerly=True)
    monkeypatch.setattr(keras.Model, "fit", watched)
    epochal.fit(model, X, Y, batch_size=4, epochs=3, validation_freq=2, seed=1, verbose=0)
    assert set(seen) == set(taken) - {"self", "x", "y"}
    assert (seen["batch_size"], seen["epochs"], seen["validation_freq"]) == (4, 3, 2)
